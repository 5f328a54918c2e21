"""One portal's trouble is its own: seen from Slack, with a real bot between several portals."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bench.isolation_round import Shown
from bench.office import UNLIMITED
from bench.prove_isolation import missed
from bot.domain import EntityRef, EntityType
from bot.sandbox.portal import SandboxPortal
from tests.portal_calls import fault
from tests.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.slack import SandboxSlack

CASE_7 = EntityRef(EntityType.CASE, 7)
FOREVER = 3600.0
WAITING = 100


def link(portal: SandboxPortal, number: int = 7) -> str:
    return f"{portal.url}/Products/CRM/Cases.aspx?id={number}"


async def connect(world: World, portal: SandboxPortal) -> None:
    """Connect Ana with a portal, by the form."""
    form = await world.slack.opened(await world.slack.command("connect"))
    key = portal.who("Ana Reyes").token
    sent = await world.slack.submit(form, {"portal": portal.url, "key": key})
    assert not sent.errors
    await world.slack.close(await world.slack.opened(sent, "Connected"))


@pytest.fixture
async def world(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[World]:
    env = {"SLACK_SIGNING_SECRET": slack.signing_secret, **UNLIMITED}
    async with a_world(slack, portal, tmp_path, env) as world:
        yield world


@pytest.fixture
async def bad(world: World) -> AsyncIterator[SandboxPortal]:
    """Return a second portal to which Ana is connected, too; what hangs there ends with it."""
    async with SandboxPortal.sample() as bad:
        urls = f"{world.portal.url},{bad.url}"
        await world.start(ATTACHBOT_PORTAL_URL=urls, ATTACHBOT_ADMIN_PORT="0")
        await connect(world, world.portal)
        await connect(world, bad)
        yield bad


async def test_d2_while_a_hundred_requests_hang_at_one_portal_another_is_served(
    world: World, bad: SandboxPortal
):
    fault(bad, "*", "", latency=FOREVER)
    for _ in range(WAITING):
        assert (await world.slack.command(f"{link(bad)} 12")).ack.good
    await bad.until(lambda: bad.in_flight > 0)

    answers = [await world.say(f"{link(world.portal)} {file}") for file in (12, 13)]
    status = await world.slack.command("status")

    assert [one.text[:26] for one in answers] == ["Attached 1 file to Case #7"] * 2
    assert status.said is not None
    assert len(bad.events_of(CASE_7)) == 1  # the one that the sample brings
    assert bad.most_in_flight <= 2


async def test_when_a_portal_works_again_what_waited_for_it_is_done_once(
    world: World, bad: SandboxPortal
):
    hanging = fault(bad, "GET", "crm/case/7$", latency=1.0, times=1)
    cases = [bad.case(f"Case {number}") for number in range(20)]
    exchanges = [await world.slack.command(f"{link(bad)} 12")]
    exchanges += [await world.slack.command(f"{link(bad, case.id)} 12") for case in cases]

    for exchange in exchanges:
        await world.slack.answer(exchange, "Attached 1 file")

    assert hanging.times == 0
    assert [len(bad.events_of(case)) for case in cases] == [1] * 20


async def test_an_operator_sees_which_portal_is_left_alone(
    slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
):
    env = {
        **UNLIMITED,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "ATTACHBOT_ADMIN_PORT": str(_free_port()),
    }
    async with a_world(slack, portal, tmp_path, env) as world:
        running = await world.start()
        await world.connect()
        host = portal.url.removeprefix("http://")
        before = await metrics(running.admin_url)
        fault(portal, "*", "", status=503)
        for number in range(6):
            await slack.command(f"case {number + 1} 12")
        during = ""
        async with asyncio.timeout(20):
            while f'attachbot_circuit_open{{host="{host}"}} 1.0' not in during:
                during = await metrics(running.admin_url)

    assert f'attachbot_circuit_open{{host="{host}"}} 0.0' in before
    assert "attachbot_filings_waiting" in during


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# the proof


GOOD = Shown(rate=10.0, cpu=0.2, undone=0, doubled=0, calls={"failing": 5}, most=4)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, ""),
        ({"rate": 9.6}, ""),
        ({"rate": 9.4}, "kept 94.0% of their rate"),
        ({"undone": 2}, "6 requests were left undone"),
        ({"doubled": 1}, "3 requests were attached twice"),
        ({"most": 5}, "5 calls at a time"),
        ({"calls": {"failing": 60}}, "asked 60 times"),
    ],
    ids=str,
)
def test_the_proof_notices_what_it_is_against(facts: dict[str, Any], says: str):
    sentences = missed([(GOOD, dataclasses.replace(GOOD, **facts))] * 3)

    assert len(sentences) == bool(says)
    assert says in "".join(sentences)


def test_one_noisy_round_decides_nothing():
    noisy = dataclasses.replace(GOOD, rate=5.0)

    assert missed([(GOOD, GOOD), (GOOD, noisy), (GOOD, GOOD)]) == []


async def metrics(url: str) -> str:
    async with aiohttp.ClientSession() as web, web.get(f"{url}/metrics") as answer:
        return await answer.text()
