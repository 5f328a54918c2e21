"""How deliveries travel to the bot over HTTP: requests that Slack signed."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import io
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack_exchange import PATIENCE, Ack, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.slack_exchange import Exchange, Retry

_FORM = "application/x-www-form-urlencoded"


@dataclasses.dataclass(kw_only=True)
class Signed:
    """Posts requests to the bot as Slack does; `secret` signs them."""

    secret: str
    clock: Callable[[], float]

    async def deliver(
        self, url: str, exchange: Exchange, retry: Retry | None, patience: float
    ) -> Ack:
        """Post a delivery and return the bot's answer."""
        body, content_type = _as_request(exchange)
        headers = {"Content-Type": content_type}
        if retry:
            headers |= {
                "X-Slack-Retry-Num": str(retry.number),
                "X-Slack-Retry-Reason": retry.reason,
            }
        return await self.post(url, body, headers, patience)

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], patience: float = PATIENCE
    ) -> Ack:
        """Post a signed body; headers given here win over the right ones."""
        started = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    url, data=io.BytesIO(body), headers={**self.headers(body), **headers}
                ) as answer,
            ):
                raw = await answer.read()
        except TimeoutError:
            return Ack(status=0, seconds=time.monotonic() - started, trouble="http_timeout")
        except aiohttp.ClientError as error:
            seconds = time.monotonic() - started
            return Ack(status=0, seconds=seconds, trouble=f"connection_failed: {error}")
        kept = {name.lower(): value for name, value in answer.headers.items()}
        return Ack.of_http(answer.status, raw, kept, time.monotonic() - started)

    def headers(self, body: bytes, timestamp: str = "") -> dict[str, str]:
        """Return the headers of a right request with that body."""
        timestamp = timestamp or str(int(self.clock()))
        signed = f"v0:{timestamp}:".encode() + body
        digest = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return {
            "Content-Type": _FORM,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest}",
        }


def _as_request(exchange: Exchange) -> tuple[bytes, str]:
    if exchange.kind is Kind.COMMAND:
        return urlencode(exchange.payload).encode(), _FORM
    if exchange.kind is Kind.INTERACTION:
        return urlencode({"payload": json.dumps(exchange.payload)}).encode(), _FORM
    return json.dumps(exchange.payload).encode(), "application/json"
