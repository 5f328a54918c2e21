"""Socket Mode: connections come and go, and no command is lost."""

from __future__ import annotations

import asyncio
from contextlib import closing
from socket import create_server
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.domain import EntityRef, EntityType
from bot.sandbox.slack import Fault
from tests.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack

CASE_7 = EntityRef(EntityType.CASE, 7)


@pytest.fixture
async def socket(
    slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
) -> AsyncIterator[World]:
    async with a_world(slack, portal, tmp_path, {"SLACK_APP_TOKEN": slack.app_token}) as world:
        await world.start()
        await world.connect()
        yield world


async def test_a_connection_that_slack_refreshes_costs_no_command(socket: World):
    await socket.slack.disconnect("refresh_requested", 1)
    answers = [await socket.say(f"case 7 {file}") for file in (12, 13)]
    await socket.slack.connected(2)
    await socket.slack.disconnect("refresh_requested", 1)
    answers.append(await socket.say("list case 7"))

    assert [answer.text.partition(" ")[0] for answer in answers] == ["Attached", "Attached", "Case"]


async def test_an_event_that_came_twice_is_acknowledged_twice(socket: World):
    exchange = await socket.slack.command("case 7 12")
    await socket.slack.redeliver(exchange)
    await socket.slack.answer(exchange)
    await socket.say("status")

    assert all(ack.good for ack in exchange.acks)
    assert len(socket.portal.events_of(CASE_7)) == 2


async def test_no_command_is_lost_while_slack_refreshes(socket: World):
    refreshing = asyncio.create_task(socket.slack.refresh(1, notice=0.1))
    exchanges = [await socket.slack.command(text) for text in ("status", "list case 7") * 5]
    await refreshing
    await socket.slack.connected(2)

    assert all(exchange.ack.good for exchange in exchanges)


async def watched(socket: World) -> str:
    """Start the bot anew with an admin port, and return its address."""
    await socket.stop()
    with closing(create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    return (await socket.start(ATTACHBOT_ADMIN_PORT=str(port))).admin_url


async def read(url: str) -> tuple[int, str]:
    async with aiohttp.request("GET", url) as answer:
        return answer.status, await answer.text()


async def until_it_says(url: str, words: str) -> int:
    """Return the status with which an address comes to say that."""
    async with asyncio.timeout(20):
        while words not in (said := await read(url))[1]:
            pass  # each question takes its time
    return said[0]


async def until_ready_says(admin: str, words: str) -> None:
    status = await until_it_says(f"{admin}/readyz", f"{words}\n")
    assert status == (200 if words == "ready" else 503)


async def test_readiness_names_a_lost_connection_until_it_is_back(socket: World):
    admin = await watched(socket)
    socket.slack.faults["link"] = Fault("unresolvable")
    socket.slack.cut()
    await until_ready_says(admin, "no connection to Slack")

    del socket.slack.faults["link"]
    await until_ready_says(admin, "ready")


async def test_readiness_names_a_refused_app_token(socket: World):
    admin = await watched(socket)
    socket.slack.faults["apps.connections.open"] = Fault("token_revoked")
    socket.slack.cut(1)

    await until_ready_says(admin, "Slack refuses the app token (token_revoked)")


async def test_readiness_says_that_socket_mode_is_switched_off(socket: World):
    admin = await watched(socket)
    await socket.slack.switch_off_sockets()

    await until_ready_says(admin, "Socket Mode is switched off in the app's settings")
    await until_it_says(f"{admin}/metrics", "attachbot_socket_connections 0.0")


async def test_open_connections_are_counted(socket: World):
    admin = await watched(socket)

    assert "attachbot_socket_connections 2.0" in (await read(f"{admin}/metrics"))[1]
