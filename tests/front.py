"""What stands in front of the bot's site: TLS, and the paths that README lets a proxy pass."""

from __future__ import annotations

import dataclasses
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from tests.certificates import authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

README = (Path(__file__).resolve().parent.parent / "README.md").read_text("utf-8")
_PASSED = ("Content-Type", "Cookie", "User-Agent", "X-Slack-Signature")


def passed_paths() -> tuple[str, ...]:
    """Return the places that the proxy of README passes on."""
    return tuple(re.findall(r"^ *location (?:= )?(\S+) \{", README, re.MULTILINE))


@dataclasses.dataclass
class Front:
    """A reverse proxy; `site` is where the bot listens, known once it does."""

    url: str = ""
    site: str = ""
    refused: list[str] = dataclasses.field(default_factory=list)

    async def pass_on(self, request: web.Request) -> web.Response:
        if not request.path.startswith(passed_paths()):
            self.refused.append(request.path)
            return web.Response(status=404)
        headers = {name: request.headers[name] for name in _PASSED if name in request.headers}
        headers["X-Forwarded-For"] = request.remote or ""
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(
                request.method,
                self.site + request.raw_path,
                headers=headers,
                data=await request.read(),
                allow_redirects=False,
            ) as answer,
        ):
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name not in {"Content-Length", "Date", "Server"}
            }
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


@asynccontextmanager
async def in_front() -> AsyncIterator[Front]:
    """Serve a proxy over TLS, with a certificate of the tests' own."""
    front = Front()
    async with authority().serving(front.pass_on) as front.url:
        yield front
