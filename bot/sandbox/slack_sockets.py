"""Socket Mode on Slack's side: connections that take deliveries, and everything that ends them."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import socket as sockets
import struct
import time
import uuid
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.slack_exchange import Ack, Kind
from bot.sandbox.slack_objects import APP
from bot.sandbox.slack_screen import NotOnScreenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.slack_exchange import Exchange, Retry
    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_workspace import News

MOST_SOCKETS = 10
_LINGER = struct.pack("ii", 1, 0)  # closing discards what is under way: the peer gets a reset


class Lost(StrEnum):
    """Why a delivery got no acknowledgement: `trouble` of its `Ack`."""

    NOWHERE = "no connection"
    """The bot had none open."""
    RESET = "reset by Slack"
    """Slack itself broke the connection before the acknowledgement had come."""
    LEFT = "left by the bot"
    """The bot ended the connection without acknowledging."""
    SILENT = "timeout on a dead line"
    """Nothing travels on that connection any more."""
    LATE = "timeout"


@dataclasses.dataclass(eq=False)
class _Socket:
    """One connection; what it was given has to be acknowledged through it and no other."""

    ws: web.WebSocketResponse
    request: web.Request
    leaving: bool = False
    cut: bool = False
    silent: bool = False
    unanswered: dict[str, asyncio.Future[Json]] = dataclasses.field(default_factory=dict)
    pongs: int = 0

    @property
    def taking(self) -> bool:
        return not (self.leaving or self.cut or self.ws.closed)

    @property
    def lost(self) -> Lost:
        return Lost.RESET if self.cut else Lost.LEFT

    async def say(self, body: Json) -> None:
        if not self.silent:
            await self.ws.send_json(body)

    async def told_to_go(self, reason: str) -> None:
        """Say that this connection ends; after anything but a warning it gets nothing more."""
        self.leaving = self.leaving or reason != "warning"
        with suppress(ConnectionError):  # the bot left first
            await self.say(_disconnect(reason))

    async def closed(self) -> None:
        """Begin the end as a server does, and go on reading: acknowledgements may be under way."""
        if self.silent:
            return
        with suppress(ConnectionError):
            await self.ws.send_frame(struct.pack("!H", WSCloseCode.OK), WSMsgType.CLOSE)

    def reset(self) -> None:
        """Break the connection as a network does: RST, and nothing of what was under way."""
        self.cut = True
        transport = self.request.transport
        if transport is None:
            return
        raw = transport.get_extra_info("socket")
        with suppress(OSError):
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _LINGER)
        transport.abort()

    def hush(self) -> None:
        """Let nothing travel any more, without a sign of that: neither words nor pongs."""
        self.silent = True
        transport = self.request.transport
        if isinstance(transport, asyncio.Transport):
            transport.pause_reading()

    def answered(self, said: Json) -> None:
        answer = self.unanswered.get(said.get("envelope_id", ""))
        if answer and not answer.done():
            answer.set_result(said)

    def end(self) -> None:
        for answer in self.unanswered.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError(self.lost))


class Sockets:
    """The Socket Mode connections of the bot; each delivery goes to one of them, in turn."""

    def __init__(self, news: News) -> None:
        self.switched_on = True
        self._news = news
        self._sockets: list[_Socket] = []
        self._turn = itertools.count()

    @property
    def open(self) -> int:
        """How many connections take deliveries."""
        return len(self._taking())

    @property
    def held(self) -> int:
        """How many connections there are, those included that take nothing more."""
        return len(self._sockets)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Speak with one connection until it closes."""
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        if refusal := self._refusal():
            await ws.send_json(_disconnect(refusal))
            await ws.close()
            return ws
        socket = _Socket(ws, request)
        await ws.send_json(self._hello())
        self._sockets.append(socket)
        self._news.tell()
        try:
            async for message in ws:
                await self._heard(socket, message)
        finally:
            self._sockets.remove(socket)
            socket.end()
            self._news.tell()
        return ws

    async def deliver(self, exchange: Exchange, retry: Retry | None, patience: float) -> Ack:
        """Send an envelope through the next connection and return the acknowledgement."""
        taking = self._taking()
        if not taking:
            return Ack(status=0, trouble=Lost.NOWHERE)
        socket = taking[next(self._turn) % len(taking)]
        envelope = _envelope(exchange, retry)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        socket.unanswered[envelope["envelope_id"]] = answer
        started = time.monotonic()
        try:
            async with asyncio.timeout(patience):
                await socket.say(envelope)
                said = await answer
        except TimeoutError:
            lost = Lost.SILENT if socket.silent else Lost.LATE
            return Ack(status=0, seconds=time.monotonic() - started, trouble=lost)
        except ConnectionError:
            return Ack(status=0, seconds=time.monotonic() - started, trouble=socket.lost)
        finally:
            del socket.unanswered[envelope["envelope_id"]]
        return Ack(status=200, body=said.get("payload"), seconds=time.monotonic() - started)

    async def disconnect(self, reason: str, count: int | None = None) -> None:
        """Tell connections, by default all, that they end: a warning first changes nothing.

        Here Slack leaves the closing to the client, and gives the connection no more deliveries.
        """
        for socket in self._taking()[:count]:
            await socket.told_to_go(reason)

    async def refresh(self, count: int | None, notice: float, patience: float) -> None:
        """Warn the oldest connections, tell them to go `notice` seconds later, and close them.

        Returns when they are gone. One that is still there after `patience` is reset.
        """
        chosen = self._taking()[:count]
        if notice:
            for socket in chosen:
                await socket.told_to_go("warning")
            await asyncio.sleep(notice)
        for socket in chosen:
            await socket.told_to_go("refresh_requested")
            await socket.closed()
        with suppress(NotOnScreenError):
            await self._gone(chosen, patience)
        for socket in self._left(chosen):
            socket.reset()

    def cut(self, count: int | None = None) -> int:
        """Reset the oldest connections, by default all; return how many there were."""
        chosen = self._taking()[:count]
        for socket in chosen:
            socket.reset()
        return len(chosen)

    def hush(self, count: int | None = None) -> None:
        """Let the oldest connections, by default all, fall silent."""
        for socket in self._taking()[:count]:
            socket.hush()

    async def ping(self, patience: float) -> None:
        """Ping every connection and wait until each has ponged."""
        before = {socket: socket.pongs for socket in self._sockets}
        for socket in before:
            await socket.ws.ping()

        def all_ponged() -> bool:
            return all(socket.pongs > pongs for socket, pongs in before.items())

        await self._news.until(all_ponged, "pongs", patience)

    async def close(self) -> None:
        """End every connection in good order, and those without a sign of life at once."""
        for socket in list(self._sockets):
            if socket.silent:
                socket.reset()
            else:
                await socket.ws.close()

    async def _heard(self, socket: _Socket, message: aiohttp.WSMessage) -> None:
        if message.type is WSMsgType.TEXT:
            socket.answered(json.loads(message.data))
        elif message.type is WSMsgType.PING:
            with suppress(ConnectionError):
                await socket.ws.pong(message.data)
        elif message.type is WSMsgType.PONG:
            socket.pongs += 1
            self._news.tell()

    async def _gone(self, chosen: Sequence[_Socket], patience: float) -> None:
        await self._news.until(lambda: not self._left(chosen), "connections to end", patience)

    def _left(self, chosen: Sequence[_Socket]) -> list[_Socket]:
        return [socket for socket in chosen if socket in self._sockets]

    def _taking(self) -> list[_Socket]:
        return [socket for socket in self._sockets if socket.taking]

    def _refusal(self) -> str:
        if not self.switched_on:
            return "link_disabled"
        return "too_many_websockets" if self.open >= MOST_SOCKETS else ""

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.open + 1,
            "connection_info": {"app_id": APP},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}


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
