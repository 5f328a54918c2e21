"""What a hostile portal can do to the bot: no more than make one call fail, in time."""

from __future__ import annotations

import asyncio
import itertools
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.domain import PortalUrl
from bot.errors import OutcomeUnknownError, PortalError
from bot.portal.client import PortalClient
from bot.portal.model import Credentials
from bot.portal.network import BODY_LIMIT, Network, open_network
from tests.test_portal_network import LOCAL, get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

MEBIBYTE = 1024 * 1024
MOST = 32 * MEBIBYTE
OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"Content-Type: application/json\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
BLOCK = b"x" * 65536

# What is sent, piece by piece, for as long as the bot listens.
ENDLESS: dict[str, Iterable[bytes]] = {
    "status line": (b"HTTP/1.1 200 ", *[BLOCK] * 4096),
    "header name": (OK, *[BLOCK] * 4096),
    "header value": (OK + b"X: ", *[BLOCK] * 4096),
    "headers": (OK, *[b"X: " + b"y" * 4000 + b"\r\n"] * 65536),
    "interim answers": (b"HTTP/1.1 100 Continue\r\n\r\n",) * 65536,
    "body": (JSON + b"\r\n", *[BLOCK] * 4096),
    "body, announced": (JSON + b"Content-Length: 99999999999\r\n\r\n", *[BLOCK] * 4096),
    "chunks": (CHUNKED, *[b"10000\r\n" + BLOCK + b"\r\n"] * 4096),
    "chunk size": (CHUNKED, *[b"0" * 65536] * 4096),
    "chunk extension": (CHUNKED + b"1;", *[BLOCK] * 4096),
    "trailers": (CHUNKED + b"1\r\n{\r\n0\r\n", *[b"X: " + b"y" * 4000 + b"\r\n"] * 65536),
}
# What comes byte by byte, and never to an end.
DRIPPING = {
    "status line": b"HTTP/1.1 200 " + b"x" * 8000,
    "headers": OK + b"X: " + b"y" * 8000,
    "body": JSON + b"Content-Length: 9000\r\n\r\n" + b" " * 8000,
    "chunks": CHUNKED + b"1\r\n \r\n" * 2000,
}


@asynccontextmanager
async def portal_saying(
    said: Iterable[bytes], pause: float = 0
) -> AsyncIterator[tuple[Network, PortalUrl]]:
    """Serve raw bytes to whoever asks, `pause` seconds apart."""
    answering: list[asyncio.Task[object] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.current_task())
        try:
            await reader.readuntil(b"\r\n\r\n")
            for piece in said:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        async with open_network(LOCAL) as network:
            yield network, PortalUrl(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asyncio.gather(*filter(None, answering))


@asynccontextmanager
async def within_bounds() -> AsyncIterator[None]:
    """Fail unless the block ends in good time and takes little memory; both ends count."""
    tracemalloc.start()
    try:
        async with asyncio.timeout(20):
            yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST


@pytest.mark.parametrize("what", ENDLESS)
async def test_d3_what_has_no_end_is_left_in_time_and_fills_no_memory(what: str):
    async with portal_saying(ENDLESS[what]) as (network, portal), within_bounds():
        with pytest.raises(OutcomeUnknownError):
            await network.send(get(portal, deadline=0.3))


@pytest.mark.parametrize("what", DRIPPING)
async def test_d3_what_comes_byte_by_byte_meets_the_deadline(what: str):
    dripping = (bytes([byte]) for byte in DRIPPING[what])
    async with portal_saying(dripping, pause=0.01) as (network, portal), within_bounds():
        with pytest.raises(OutcomeUnknownError):
            await network.send(get(portal, deadline=0.2))


def _filled(unit: bytes, first: bytes = b"[", last: bytes = b"1]") -> bytes:
    room = BODY_LIMIT - len(first) - len(last)
    return first + unit * (room // len(unit)) + last


def _keys() -> Iterator[bytes]:
    return (b'"%x":0' % number for number in itertools.count())


HUGE = {
    "lists": _filled(b"[],"),
    "objects": _filled(b"{},"),
    "objects in objects": _filled(b'{"a":[]},'),
    "numbers": _filled(b"1e5,"),
    "members": b"{" + b",".join(itertools.islice(_keys(), 240_000)) + b"}",
    "deep lists": _filled(b"[", b"", b""),
    "deep objects": _filled(b'{"a":', b"", b"1"),
    "one number": _filled(b"9", b"", b""),
    "one text": _filled(b"x", '["\N{GRINNING FACE}'.encode(), b'"]'),
}


@pytest.mark.parametrize("what", HUGE)
async def test_d3_json_that_unfolds_without_bounds_is_not_understood(what: str):
    body = HUGE[what]
    assert len(body) <= BODY_LIMIT
    said = [JSON + f"Content-Length: {len(body)}\r\n\r\n".encode(), body]
    async with portal_saying(said) as (network, portal), within_bounds():
        with pytest.raises(PortalError):
            await PortalClient(network).who(Credentials(portal, SecretStr("a-key")))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 \xff\xfe\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        CHUNKED + b"zz\r\n",
        JSON + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
        JSON + b"Content-Encoding: \r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 503 x\r\nRetry-After: " + b"9" * 5000 + b"\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_d3_what_is_no_answer_is_an_error_that_has_words(said: bytes):
    async with portal_saying([said]) as (network, portal), within_bounds():
        with pytest.raises(PortalError):
            await PortalClient(network).who(Credentials(portal, SecretStr("a-key")), deadline=0.3)
