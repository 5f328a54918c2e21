"""The line between a client and the portal: it is logged, and it may be slow or cut."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING

from aiohttp import web

from bot.sandbox.portal_faults import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.domain import Clock
    from bot.sandbox.portal_model import Person

Answer = tuple[web.StreamResponse, "Person | None"]
DROPPED = 0
SECRET = frozenset({"authorization", "cookie"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that was dealt with, in the order of the answers; `at` is when it came in.

    `status` is 0 where no answer went out, `person` the name it ran under, `seconds` how long it
    was under way here.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    status: int
    person: str
    at: datetime
    seconds: float


class CutError(Exception):
    """The connection ends here."""


class Pace:
    """How an upload is taken in: piece by piece."""

    async def read(self, size: int) -> None:
        """Take a piece of `size` bytes."""


class FaultyPace(Pace):
    """Takes its time for each piece, and ends the connection after so many bytes."""

    def __init__(self, fault: Fault, pause: Callable[[float], Awaitable[None]]) -> None:
        self._fault = fault
        self._pause = pause
        self._size = 0

    async def read(self, size: int) -> None:
        await self._pause(self._fault.pace)
        self._size += size
        if self._fault.reads is not None and self._size > self._fault.reads:
            raise CutError


PACE = web.RequestKey("pace", Pace)
NO_PACE = Pace()


class Line:
    """Carries requests to the portal and answers back."""

    def __init__(self, portal: Callable[[web.Request], Awaitable[Answer]], clock: Clock) -> None:
        self._portal = portal
        self._clock = clock
        self._closing = asyncio.Event()
        self._changed = asyncio.Condition()
        self.faults = Faults()
        self.requests: list[Seen] = []
        self.in_flight = 0
        self.most_in_flight = 0

    def open(self) -> None:
        self._closing.clear()

    def close(self) -> None:
        """Let what is slow end now."""
        self._closing.set()

    async def carry(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or cut its connection."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        person, status = "", DROPPED
        at, began = self._clock(), time.monotonic()
        try:
            await self.tell()
            response, who = await self._faulty(request)
            person, status = who.name if who else "", response.status
        except (CutError, ConnectionResetError):  # one of both sides went away
            response = _cut(request)
        finally:
            self.in_flight -= 1
            seconds = time.monotonic() - began
            self.requests.append(
                _seen(request, status=status, person=person, at=at, seconds=seconds)
            )
            await self.tell()
        return response

    async def tell(self) -> None:
        """Wake those who wait for a change."""
        async with self._changed:
            self._changed.notify_all()

    async def until(self, predicate: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(predicate)

    async def _faulty(self, request: web.Request) -> Answer:
        fault = self.faults.take(request.method, request.path)
        if fault is None:
            return await self._portal(request)
        if fault.drop == "before":
            raise CutError
        request[PACE] = FaultyPace(fault, self._pause)
        if fault.latency:
            await self._take_in(request)
            await self._pause(fault.latency)
        if fault.replaces and not fault.acts:
            answer: Answer = _instead(fault), None
        else:
            answer = await self._portal(request)
            await self.tell()
        await self._pause(fault.linger)
        return await _after(request, answer, fault)

    async def _take_in(self, request: web.Request) -> None:
        """Read what the client sends before it goes away; uploads stay a stream."""
        if not request.content_type.startswith("multipart/"):
            await request.read()

    async def _pause(self, seconds: float) -> None:
        if not seconds:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        if self._closing.is_set():
            raise CutError


async def _after(request: web.Request, answer: Answer, fault: Fault) -> Answer:
    response, person = answer
    if fault.drop == "after":
        raise CutError
    if fault.drop == "middle":
        return await _half(request, response), person
    if fault.replaces and fault.acts:
        return _instead(fault), person
    return answer


def _instead(fault: Fault) -> web.Response:
    body = fault.body if fault.body is not None else "<html><body>Bad Gateway</body></html>"
    raw = body.encode() if isinstance(body, str) else body
    headers = {"Content-Type": "text/html", **fault.headers}
    return web.Response(status=fault.status or 200, body=raw, headers=headers)


async def _half(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Announce the whole answer and send one half of it."""
    body = response.body if isinstance(response, web.Response) else None
    if not isinstance(body, bytes):
        raise CutError
    cut = web.StreamResponse(status=response.status, headers=response.headers)
    cut.content_length = len(body)
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    _cut(request)
    return cut


def _cut(request: web.Request) -> web.Response:
    """End the connection; the answer returned goes nowhere."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _seen(request: web.Request, *, status: int, person: str, at: datetime, seconds: float) -> Seen:
    return Seen(
        method=request.method,
        path=request.path,
        query=dict(request.query),
        headers={name: _shown(name, value) for name, value in request.headers.items()},
        status=status,
        person=person,
        at=at,
        seconds=seconds,
    )


def _shown(name: str, value: str) -> str:
    """Return a header without its secret; the scheme of a key may be read."""
    if name.lower() not in SECRET:
        return value
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} ..." if blank and name.lower() == "authorization" else "..."
