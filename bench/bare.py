"""The least that can acknowledge: verify Slack's signature, answer 200. A process of its own."""

from __future__ import annotations

import asyncio
import os
import signal

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

SECRET = "SLACK_SIGNING_SECRET"
PATH = "/slack/events"


def site(secret: str) -> web.Application:
    """Return the site with its one address."""
    verifier = SignatureVerifier(secret)

    async def acknowledge(request: web.Request) -> web.Response:
        body = await request.read()
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        return web.Response(status=200 if verifier.is_valid(body, timestamp, signature) else 401)

    app = web.Application()
    app.router.add_post(PATH, acknowledge)
    return app


async def serve() -> None:
    """Serve on a free port, say which, and end when asked to."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    runner = web.AppRunner(site(os.environ[SECRET]), access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"HTTP at http://127.0.0.1:{runner.addresses[0][1]}{PATH};", flush=True)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
