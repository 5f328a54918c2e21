"""Slack's side of Socket Mode misbehaves as the real one does; nothing of the bot takes part."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import WSMsgType
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Fault
from bot.sandbox.slack_sockets import MOST_SOCKETS, Lost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientWebSocketResponse

    from bot.sandbox.slack import SandboxSlack
    from bot.sandbox.slack_screen import Json


async def address(slack: SandboxSlack) -> str:
    """Return an address for one connection, as Slack hands it out."""
    client = AsyncWebClient(base_url=slack.api_url, retry_handlers=[])
    return str((await client.apps_connections_open(app_token=slack.app_token))["url"])


@asynccontextmanager
async def connected(slack: SandboxSlack) -> AsyncIterator[ClientWebSocketResponse]:
    """Open a connection that pongs and closes only when it is told to."""
    url = await address(slack)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, autoping=False, autoclose=False) as line,
    ):
        yield line


async def heard(line: ClientWebSocketResponse) -> Json:
    said: Json = json.loads((await line.receive(timeout=5)).data)
    return said


@asynccontextmanager
async def greeted(slack: SandboxSlack) -> AsyncIterator[ClientWebSocketResponse]:
    async with connected(slack) as line:
        assert (await heard(line))["type"] == "hello"
        await slack.connected()
        yield line


async def acknowledge(line: ClientWebSocketResponse, envelope: Json) -> None:
    await line.send_json({"envelope_id": envelope["envelope_id"]})


async def test_a_refresh_warns_then_asks_to_go_then_closes(slack: SandboxSlack):
    async with greeted(slack) as line:
        refreshing = asyncio.create_task(slack.refresh(notice=0.01))
        told = [(await heard(line))["reason"] for _ in range(2)]
        last = await line.receive(timeout=5)
        late = await slack.command("status")
        await line.close()
        await refreshing

    assert told == ["warning", "refresh_requested"]
    assert last.type is WSMsgType.CLOSE
    assert late.ack.trouble == Lost.NOWHERE


async def test_an_acknowledgement_after_slacks_closing_frame_still_counts(slack: SandboxSlack):
    async with greeted(slack) as line:
        typing = asyncio.create_task(slack.command("status"))
        envelope = await heard(line)
        refreshing = asyncio.create_task(slack.refresh())
        while (await line.receive(timeout=5)).type is not WSMsgType.CLOSE:
            pass
        await acknowledge(line, envelope)
        await line.close()
        await refreshing

    assert (await typing).ack.good


async def test_a_connection_that_does_not_go_is_reset(slack: SandboxSlack):
    slack.patience = 0.05
    async with greeted(slack):
        await slack.refresh()

        await slack.until(lambda: slack.held_connections == 0, "the reset")


async def test_an_acknowledgement_counts_only_on_its_own_connection(slack: SandboxSlack):
    slack.patience = 0.2
    async with greeted(slack) as one, greeted(slack) as other:
        await slack.connected(2)
        typing = asyncio.create_task(slack.command("status"))
        await acknowledge(other, await heard(one))

        assert (await typing).ack.trouble == Lost.LATE


async def test_what_a_connection_left_unacknowledged_is_lost_when_it_leaves(slack: SandboxSlack):
    async with greeted(slack) as line:
        typing = asyncio.create_task(slack.command("status"))
        await heard(line)
        await line.close()

    assert (await typing).ack.trouble == Lost.LEFT


async def test_a_cut_is_a_reset_of_tcp(slack: SandboxSlack):
    url = urlsplit(await address(slack))
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    head = (
        f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    writer.write(head.encode())
    await reader.readuntil(b'"hello"')
    await slack.connected()
    typing = asyncio.create_task(slack.command("status"))
    await reader.readuntil(b"slash_commands")

    assert slack.cut() == 1
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    assert (await typing).ack.trouble == Lost.RESET


async def test_a_hushed_connection_neither_delivers_nor_pongs_nor_ends(slack: SandboxSlack):
    slack.patience = 0.1
    async with greeted(slack) as line:
        slack.hush()
        await line.ping()
        exchange = await slack.command("status")
        with pytest.raises(TimeoutError):
            await line.receive(timeout=0.05)

        assert exchange.ack.trouble == Lost.SILENT
        assert slack.connections == 1


async def test_a_ping_waits_for_the_pong(slack: SandboxSlack):
    async with greeted(slack) as line:
        pinging = asyncio.create_task(slack.ping())
        ping = await line.receive(timeout=5)
        assert ping.type is WSMsgType.PING
        assert not pinging.done()
        await line.pong(ping.data)

        await pinging


async def test_switching_socket_mode_off_ends_connections_and_turns_new_ones_away(
    slack: SandboxSlack,
):
    async with greeted(slack) as line:
        await slack.switch_off_sockets()
        assert (await heard(line))["reason"] == "link_disabled"
        assert slack.connections == 0
        async with connected(slack) as other:
            assert (await heard(other))["reason"] == "link_disabled"


async def test_an_eleventh_connection_is_turned_away(slack: SandboxSlack):
    async with aiohttp.ClientSession() as session:
        lines = [await session.ws_connect(await address(slack)) for _ in range(MOST_SOCKETS)]
        await slack.connected(MOST_SOCKETS)
        async with connected(slack) as line:
            assert (await heard(line))["reason"] == "too_many_websockets"
        for each in lines:
            await each.close()


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_slack_can_refuse_the_app_token(slack: SandboxSlack, code: str):
    slack.faults["apps.connections.open"] = Fault(code)

    with pytest.raises(SlackApiError, match=code):
        await address(slack)


async def test_a_host_that_does_not_resolve_is_handed_out_as_often_as_wanted(slack: SandboxSlack):
    slack.faults["link"] = Fault("unresolvable", times=1)

    url = await address(slack)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorDNSError):
            await session.ws_connect(url)
    async with greeted(slack):
        assert url.startswith("ws://wss-primary.slack.invalid/link?ticket=")


async def test_the_place_where_sockets_connect_can_fail(slack: SandboxSlack):
    async with aiohttp.ClientSession() as session:
        slack.faults["link"] = Fault(503, times=1)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(await address(slack))
        slack.faults["link"] = Fault("drop", times=1)
        with pytest.raises(aiohttp.ClientError):
            await session.ws_connect(await address(slack))
