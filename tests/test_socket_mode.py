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


async def test_readiness_names_a_lost_connection(socket: World):
    await socket.stop()
    with closing(create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    running = await socket.start(ATTACHBOT_ADMIN_PORT=str(port))
    socket.slack.faults["apps.connections.open"] = Fault("link_disabled")
    socket.slack.cut()

    async def said() -> str:
        async with aiohttp.request("GET", f"{running.admin_url}/readyz") as answer:
            return await answer.text()

    async with asyncio.timeout(5):
        while await said() != "no connection to Slack\n":
            pass  # each question takes its time
