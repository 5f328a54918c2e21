"""Filings that cannot be served yet wait as ids, and what they wait for holds up nobody else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain import FilingState
from bot.filing import outcomes
from bot.lines import AT_HAND
from bot.sandbox.portal import SandboxPortal
from tests.portal_calls import fault
from tests.workshop import CASE, Shop, now, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.slack import SandboxSlack

LONG_AGO = timedelta(minutes=1)
FOREVER = 3600.0
DONE = "Attached 2 files to Case #7, Acme onboarding"


@pytest.fixture
async def shop(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(slack, portal, tmp_path) as shop:
        yield shop
        await portal.stop()  # what hangs there is cut off, so that the workers can end


@pytest.fixture
async def good() -> AsyncIterator[SandboxPortal]:
    async with SandboxPortal.sample() as portal:
        yield portal


async def hundreds(shop: Shop, count: int = 300) -> list[str]:
    """Store filings of Ana, each for a case of its own."""
    cases = [shop.portal.case(f"Case {number}") for number in range(count)]
    return await asyncio.gather(*(shop.accept(record=case) for case in cases))


async def test_hundreds_that_wait_for_a_portal_need_neither_tasks_nor_other_portals_places(
    shop: Shop, good: SandboxPortal
):
    await shop.connect(portal=good)
    fault(shop.portal, "*", "", latency=FOREVER)
    worker, before = shop.worker(), len(asyncio.all_tasks())
    for id_ in await hundreds(shop):
        worker.watch(await shop.filing(id_))
    await shop.portal.until(lambda: shop.portal.in_flight == 2)
    tasks, running = len(asyncio.all_tasks()) - before, worker.running

    worker.watch(await shop.filing(await shop.accept(portal=good.url)))
    await good.until(lambda: len(good.events_of(CASE)) == 2, within=30)
    await shop.slack.shown("U0ANA", "C0SALES")

    assert (running, worker.waiting) == (AT_HAND.person, 300 - AT_HAND.person)
    assert tasks < 30
    assert [text.startswith(DONE) for text in shop.read()] == [True]
    assert shop.portal.in_flight == 2


async def test_who_has_hundreds_of_requests_holds_up_nobody_with_a_single_one(shop: Shop):
    await shop.connect("U0BEN", "Ben Ito")
    fault(shop.portal, "GET", "crm/", latency=0.02)
    worker = shop.worker()
    for id_ in await hundreds(shop, 100):
        worker.watch(await shop.filing(id_))

    worker.watch(await shop.filing(await shop.accept(user="U0BEN")))
    await shop.slack.shown("U0BEN", "C0SALES")

    assert worker.waiting > 50


async def test_what_needs_no_portal_does_not_wait_for_one(shop: Shop):
    fault(shop.portal, "*", "", latency=FOREVER)
    worker = shop.worker()
    ids = await hundreds(shop, 50)
    for id_ in ids:
        worker.watch(await shop.filing(id_))
    await shop.portal.until(lambda: shop.portal.in_flight == 2)
    last = await shop.filing(ids[-1])

    await shop.store.filings.save(outcomes.cancelled(last, now()))
    worker.wake(last.id)
    [answer] = await shop.slack.shown("U0ANA", "C0SALES")

    assert answer.text.startswith("Request cancelled")
    assert shop.portal.in_flight == 2


async def test_who_waits_in_line_hears_of_it_once_however_many_requests_wait(shop: Shop):
    fault(shop.portal, "*", "", latency=FOREVER)
    worker = shop.worker()
    for id_ in await hundreds(shop, AT_HAND.person):
        worker.watch(await shop.filing(id_))
    asked = [await shop.accept(spoken=False, asked=LONG_AGO) for _ in range(50)]
    for filing in [await shop.filing(id_) for id_ in asked]:
        worker.watch(filing)

    await shop.slack.shown("U0ANA", "C0SALES")
    await shop.portal.stop()
    await worker.stop(5)

    [progress] = shop.read()
    assert progress.startswith("Attaching 2 files to Case #7")


async def test_who_waits_for_a_record_hears_of_it(shop: Shop):
    fault(shop.portal, "POST", "crm/", linger=FOREVER)
    worker = shop.worker()
    first, second = await shop.accept(), await shop.accept(spoken=False, asked=LONG_AGO)
    worker.watch(await shop.filing(first))
    await shop.attached()

    worker.watch(await shop.filing(second))
    [progress] = await shop.slack.shown("U0ANA", "C0SALES")

    assert progress.text.startswith("Attaching 2 files to Case #7")
    assert shop.events == [[12, 13]]


async def test_many_filings_of_one_record_hold_up_no_other_record(shop: Shop):
    await shop.connect("U0BEN", "Ben Ito")
    fault(shop.portal, "GET", r"crm/case/7$", latency=FOREVER)
    worker, other = shop.worker(), shop.portal.case("Another")
    for _ in range(20):
        worker.watch(await shop.filing(await shop.accept()))
        worker.watch(await shop.filing(await shop.accept(user="U0BEN")))
    await shop.portal.until(lambda: shop.portal.in_flight == 1)

    worker.watch(await shop.filing(await shop.accept(record=other)))
    await shop.portal.until(lambda: len(shop.portal.events_of(other)) == 1, within=30)

    assert shop.events == []


async def test_the_turn_of_a_record_goes_on_past_a_filing_that_does_not_want_it_any_more(
    shop: Shop,
):
    fault(shop.portal, "POST", "crm/", linger=0.5)
    worker = shop.worker()
    first, second, third = [await shop.accept() for _ in range(3)]
    worker.watch(await shop.filing(first))
    await shop.attached()
    for id_ in (second, third):
        worker.watch(await shop.filing(id_))
    await shop.store.filings.save(outcomes.cancelled(await shop.filing(second), now()))

    await shop.told(3)

    states = [(await shop.filing(id_)).state for id_ in (first, second, third)]
    assert states == [FilingState.DONE, FilingState.CANCELLED, FilingState.DONE]
