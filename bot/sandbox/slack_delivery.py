"""How deliveries travel to the bot: signed HTTP requests, or envelopes through Socket Mode."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
import io
import itertools
import json
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.sandbox.slack_exchange import PATIENCE, Ack, Kind
from bot.sandbox.slack_objects import APP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.slack_exchange import Exchange, Retry
    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_workspace import News

MOST_SOCKETS = 10
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


@dataclasses.dataclass(eq=False)
class _Socket:
    ws: web.WebSocketResponse
    request: web.Request
    leaving: bool = False


class Sockets:
    """The Socket Mode connections of the bot; each delivery goes to one of them, in turn."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._sockets: list[_Socket] = []
        self._unanswered: dict[str, asyncio.Future[Json]] = {}
        self._turn = itertools.count()

    @property
    def open(self) -> int:
        """How many connections take deliveries."""
        return len(self._taking())

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Speak with one connection until it closes."""
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if self.open >= MOST_SOCKETS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await ws.close()
            return ws
        socket = _Socket(ws, request)
        await ws.send_json(self._hello())
        self._sockets.append(socket)
        self._news.tell()
        try:
            async for message in ws:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._answered(json.loads(message.data))
        finally:
            self._sockets.remove(socket)
            self._news.tell()
        return ws

    async def deliver(self, exchange: Exchange, retry: Retry | None, patience: float) -> Ack:
        """Send an envelope through the next connection and return the acknowledgement."""
        taking = self._taking()
        if not taking:
            return Ack(status=0, trouble="no connection")
        socket = taking[next(self._turn) % len(taking)]
        envelope = _envelope(exchange, retry)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._unanswered[envelope["envelope_id"]] = answer
        started = time.monotonic()
        try:
            async with asyncio.timeout(patience):
                await socket.ws.send_json(envelope)
                said = await answer
        except TimeoutError:
            return Ack(status=0, seconds=time.monotonic() - started, trouble="timeout")
        except ConnectionError as error:
            return Ack(status=0, seconds=time.monotonic() - started, trouble=f"broken: {error}")
        finally:
            del self._unanswered[envelope["envelope_id"]]
        return Ack(status=200, body=said.get("payload"), seconds=time.monotonic() - started)

    async def disconnect(self, reason: str, count: int | None = None) -> None:
        """Tell connections, by default all, that they end: a warning first changes nothing.

        Slack leaves the closing to the client, and gives the connection no more deliveries.
        """
        for socket in self._taking()[:count]:
            socket.leaving = reason != "warning"
            body = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            await socket.ws.send_json(body)

    def cut(self) -> None:
        """Break every connection without a word."""
        for socket in self._sockets:
            if socket.request.transport:
                socket.request.transport.abort()

    async def close(self) -> None:
        """End every connection in good order."""
        for socket in list(self._sockets):
            await socket.ws.close()

    def _taking(self) -> list[_Socket]:
        return [socket for socket in self._sockets if not (socket.leaving or socket.ws.closed)]

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.open + 1,
            "connection_info": {"app_id": APP},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }

    def _answered(self, said: Json) -> None:
        answer = self._unanswered.get(said.get("envelope_id", ""))
        if answer and not answer.done():
            answer.set_result(said)


def _as_request(exchange: Exchange) -> tuple[bytes, str]:
    if exchange.kind is Kind.COMMAND:
        return urlencode(exchange.payload).encode(), _FORM
    if exchange.kind is Kind.INTERACTION:
        return urlencode({"payload": json.dumps(exchange.payload)}).encode(), _FORM
    return json.dumps(exchange.payload).encode(), "application/json"


def _envelope(exchange: Exchange, retry: Retry | None) -> Json:
    event = exchange.kind is Kind.EVENT
    repeated = {
        "retry_attempt": retry.number if retry else 0,
        "retry_reason": retry.reason if retry else "",
    }
    return {
        "envelope_id": str(uuid.uuid4()),
        "type": exchange.kind.value,
        "payload": exchange.payload,
        "accepts_response_payload": not event,
        **(repeated if event else {}),
    }
