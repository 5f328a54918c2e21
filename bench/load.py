"""Load from a process of its own: prepared requests in, times of the answers out."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import json
import re
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

HOST = "127.0.0.1"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One keep-alive connection: cheap enough to leave the server as the slower side."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(_HEAD_END)
        length = _LENGTH.search(head)
        if not end or len(body) < int(length[1] if length else 0):
            return
        self._data = b""
        if self._answer and not self._answer.done():
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed before the answer"))

    async def ask(self, request: bytes) -> int:
        """Send a request and return the status of its answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[Connection]:
    """Open a connection for the length of the block."""
    loop = asyncio.get_running_loop()
    _, opened = await loop.create_connection(Connection, HOST, port)
    try:
        yield opened
    finally:
        opened.close()


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """What a run of requests showed; `waits` are the seconds of each answer."""

    seconds: float
    waits: list[float]
    statuses: list[int]

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    @classmethod
    def of(cls, written: str) -> Run:
        """Return the run that a load process wrote."""
        return cls(**json.loads(written))


def job(port: int, lanes: int, requests: list[bytes], *, rate: float = 0) -> bytes:
    """Return the input of a load process; without a rate it goes as fast as it is answered."""
    texts = [request.decode() for request in requests]
    return json.dumps({"port": port, "lanes": lanes, "rate": rate, "requests": texts}).encode()


async def run(port: int, lanes: int, rate: float, requests: list[bytes]) -> Run:
    """Send all requests, one at a time on each connection; wait until all are connected."""
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(connection(port)) for _ in range(lanes)]
        began = time.perf_counter()
        waits, statuses = await (
            _paced(opened, rate, requests) if rate else _at_full_speed(opened, requests)
        )
        return Run(time.perf_counter() - began, waits, statuses)


Answers = tuple[list[float], list[int]]


async def _at_full_speed(opened: Sequence[Connection], requests: Iterable[bytes]) -> Answers:
    waits: list[float] = []
    statuses: list[int] = []

    async def lane(to: Connection, left: Iterator[bytes]) -> None:
        for request in left:
            began = time.perf_counter()
            statuses.append(await to.ask(request))
            waits.append(time.perf_counter() - began)

    left = iter(requests)
    await asyncio.gather(*(lane(to, left) for to in opened))
    return waits, statuses


async def _paced(opened: Sequence[Connection], rate: float, requests: Sequence[bytes]) -> Answers:
    """Send each request when it is due; its wait counts from then, also for a free connection."""
    waits: list[float] = []
    statuses: list[int] = []
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for to in opened:
        free.put_nowait(to)

    async def one(request: bytes, due: float) -> None:
        to = await free.get()
        statuses.append(await to.ask(request))
        waits.append(time.perf_counter() - due)
        free.put_nowait(to)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as asked:
        for number, request in enumerate(requests):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asked.create_task(one(request, due))
    return waits, statuses


def main() -> None:
    """Do the job that stands on standard input, and print what it showed."""
    given: dict[str, Any] = json.load(sys.stdin)
    requests = [text.encode() for text in given["requests"]]
    gc.disable()  # its pauses would count as the server's
    shown = asyncio.run(run(given["port"], given["lanes"], given["rate"], requests))
    print(json.dumps(dataclasses.asdict(shown)))


if __name__ == "__main__":
    main()
