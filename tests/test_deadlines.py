"""Every call that leaves the bot has an end: so long to connect, so long in all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Message, PortalUrl, SlackUser
from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.installation import slack_session
from bot.messenger import Messenger
from bot.portal.network import Call, open_network
from bot.replies import Lost, Refused
from bot.reply_to import ReplyTo
from bot.vault import Vault, new_key
from tests.hurry import HurriedLoop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    Talk = Callable[[str], Awaitable[str]]

ANA = SlackUser("T1", "U0ANA")
CONNECT, SLACK, PORTAL = 5.0, 20.0, 30.0
"""Seconds: the limits that are promised."""


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with one byte every now and then, so that no limit between two bytes is met."""
    with contextlib.closing(writer), contextlib.suppress(ConnectionError):
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            writer.write(b"-")
            await writer.drain()
            await asyncio.sleep(0.5)


@asynccontextmanager
async def a_dripping_server() -> AsyncIterator[str]:
    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def a_server_that_lets_nobody_in() -> AsyncIterator[str]:
    """Listen with a queue that is full: Linux lets the next connection hang."""
    with socket.socket() as listening, socket.socket() as first:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        first.connect(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        yield runner


NEVER_LEFT, UNKNOWN = "never left", "unknown"


async def ask_portal(url: str) -> str:
    async with open_network([ip_network("127.0.0.1/32")]) as network:
        try:
            await network.send(Call(portal=PortalUrl(url), method="POST", path="x", json={}))
        except PortalAwayError:
            return NEVER_LEFT
        except OutcomeUnknownError:
            return UNKNOWN
    return "answered"


async def say(url: str, *, by_url: bool) -> str:
    def now() -> datetime:
        return datetime.now(UTC)

    message = Message("Done")
    async with slack_session() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/", session=session, retry_handlers=[])
        messenger = Messenger(client, session, Vault.of(new_key()), now)
        reply = ReplyTo(
            channel="" if by_url else "C0SALES",
            sealed_url=messenger.seal(f"{url}/hook", ANA) if by_url else "",
            url_until=now() + timedelta(hours=1),
        )
        match await messenger.post(messenger.begun(reply, message), ANA, message):
            case Refused(code="unreachable"):
                return NEVER_LEFT
            case Lost():
                return UNKNOWN
    return "answered"


async def say_by_response_url(url: str) -> str:
    return await say(url, by_url=True)


async def say_by_web_api(url: str) -> str:
    return await say(url, by_url=False)


async def tried(
    server: Callable[[], AbstractAsyncContextManager[str]], talk: Talk
) -> tuple[str, float]:
    """Return what became of a talk to a server, and after how many seconds."""
    began = asyncio.get_running_loop().time()
    async with server() as url:
        return await talk(url), asyncio.get_running_loop().time() - began


@pytest.mark.parametrize(
    ("talk", "deadline"),
    [(ask_portal, PORTAL), (say_by_web_api, SLACK), (say_by_response_url, SLACK)],
)
def test_a_server_that_drips_byte_by_byte_meets_the_deadline(
    runner: asyncio.Runner, talk: Talk, deadline: float
):
    fate, seconds = runner.run(tried(a_dripping_server, talk))

    assert fate == UNKNOWN
    assert seconds >= deadline


@pytest.mark.parametrize("talk", [ask_portal, say_by_web_api, say_by_response_url])
def test_a_server_that_lets_nobody_in_meets_the_limit_of_connecting(
    runner: asyncio.Runner, talk: Talk
):
    fate, seconds = runner.run(tried(a_server_that_lets_nobody_in, talk))

    assert fate == NEVER_LEFT
    assert seconds >= CONNECT
