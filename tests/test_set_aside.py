"""What ends the process, or breaks, three times in the same step is set aside; nothing else."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import (
    Failure,
    FilingState,
    LateLook,
    WaitingFor,
)
from bot.errors import SetAsideError
from bot.filing import deaths, resuming
from bot.filing.decide import (
    Look,
    Rest,
    Say,
    SetAside,
    Settle,
    next_step,
)
from bot.filing.steps import Steps
from bot.filing.troubles import set_aside
from bot.lines import AT_HAND
from bot.reply_to import ReplyTo
from storage.sqlite import open_store
from tests.builders import ANA, NOON, filing_of
from tests.looking import QUARANTINE, SENT, error_of
from tests.portal_calls import fault
from tests.workshop import CASE, Shop, now, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain import Filing
    from bot.filing.decide import Step
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from bot.worker import Worker
    from tests.world import World

THRICE = ("Look",) * 3
FOREVER = 3600.0


@pytest.fixture
async def shop(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(slack, portal, tmp_path) as shop:
        yield shop


# what is counted


def test_a_step_that_began_three_times_and_never_ended_is_not_taken_again():
    twice, thrice = filing_of(begun=THRICE[1:]), filing_of(begun=THRICE)

    assert isinstance(next_step(twice, NOON, QUARANTINE), Look)
    assert next_step(thrice, NOON, QUARANTINE) == SetAside("Look")


def test_deaths_in_other_steps_do_not_count_for_this_one():
    filing = filing_of(begun=("Look", "Look", "Copy", "Copy", "ReadBack"))

    assert isinstance(next_step(filing, NOON, QUARANTINE), Look)


def test_a_step_that_ends_takes_back_its_own_beginnings_only():
    filing = filing_of(begun=("Look", "Copy", "Look", deaths.BREAK))

    assert deaths.ended(filing, "Look").begun == ("Copy",)
    clean = filing_of()
    assert deaths.ended(clean, "Look") is clean


def test_what_rests_is_not_set_aside():
    filing = filing_of(begun=("Rest",) * 2, wake_at=NOON.replace(hour=13), spoken=True)

    assert isinstance(next_step(filing, NOON, QUARANTINE), Rest)


# what follows


def test_it_fails_with_a_reference_and_keeps_its_attempt():
    aside = set_aside(filing_of(attempt=SENT, begun=("Settle",) * 3), "9F3C", NOON)
    again = resuming.retried(aside, NOON, aside.reply)

    assert (aside.state, error_of(aside), aside.unsaid) == (
        FilingState.FAILED,
        SetAsideError,
        True,
    )
    assert aside.begun == ()
    assert aside.late is not None
    assert isinstance(next_step(again, NOON, QUARANTINE), Settle)


@pytest.mark.parametrize("step", ["Share", "LookLate"])
def test_of_what_has_ended_only_the_deadly_rest_is_dropped(step: str):
    late = LateLook(attempt=SENT, due=NOON)
    done = filing_of(
        state=FilingState.DONE,
        finished_at=NOON,
        late=late,
        sharing=ReplyTo(channel="C1") if step == "Share" else None,
        begun=(step,) * 3,
    )

    assert next_step(done, NOON, QUARANTINE) == SetAside(step)
    aside = set_aside(done, "9F3C", NOON)

    assert (aside.state, aside.over) == (FilingState.DONE, True)


def test_if_telling_of_it_is_deadly_too_nothing_is_told():
    once = set_aside(filing_of(state=FilingState.DONE, unsaid=True), "9F3C", NOON)
    twice = set_aside(dataclasses.replace(once, begun=("Say",) * 3), "0A0A", NOON)

    assert isinstance(next_step(once, NOON, QUARANTINE), Say)
    assert twice.over


# processes that die


async def die(shop: Shop, worker: Worker, *, calls: int) -> None:
    """End a process in the middle of a call, as a kill does.

    `calls` hang by then, its own and those of the processes before it.
    """
    await shop.portal.until(lambda: shop.portal.in_flight == calls)
    await killed(worker)


async def stopped(shop: Shop, worker: Worker, *, calls: int) -> None:
    """End a process in the middle of a call, as a restart by the operator does."""
    await shop.portal.until(lambda: shop.portal.in_flight == calls)
    await worker.stop(0)


async def killed(worker: Worker) -> None:
    """End a process that gets no time to note anything."""
    running = list(worker._running.values())
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await worker.stop(0)


async def over(shop: Shop, id_: str) -> None:
    """Wait until a filing has nothing left to do, which is later than what the person reads."""
    async with asyncio.timeout(20):
        while not (await shop.filing(id_)).over:
            pass  # each look takes its time


async def test_what_ends_the_process_is_set_aside_told_and_can_be_tried_again(shop: Shop):
    hang = fault(shop.portal, "GET", "crm/case/7$", latency=FOREVER)
    id_ = await shop.accept(record=CASE)
    first = shop.worker()
    first.wake(id_)
    await die(shop, first, calls=1)
    counts = [(await shop.filing(id_)).begun.count("Look")]
    for calls in (2, 3, 4):
        worker = shop.worker()
        await worker.start()
        await die(shop, worker, calls=calls)
        counts.append((await shop.filing(id_)).begun.count("Look"))
    shop.portal.faults.remove(hang)

    await shop.worker().start()
    [told] = await shop.told()

    assert counts == [0, 1, 2, 3]  # what the first process was at, nobody knows
    assert told.startswith("I set this request aside, since it stopped me three times.")
    assert "Nothing was attached." in told
    aside = await shop.filing(id_)
    assert error_of(aside) is SetAsideError
    assert [one.id for one in await shop.store.filings.set_aside(shop.ana)] == [id_]
    assert [one.id for one in await shop.store.filings.retriable(shop.ana)] == [id_]
    await shop.store.filings.save(resuming.retried(aside, now(), aside.reply))
    shop.worker().wake(id_)
    [_, answer] = await shop.told(2)
    assert answer.startswith("Attached 2 files to Case #7")


async def test_only_what_was_under_way_is_counted_and_the_others_go_on(shop: Shop):
    hang = fault(shop.portal, "GET", "crm/case/7$", latency=FOREVER)
    poisoned = await shop.accept(record=CASE)
    later = await shop.accept(record=CASE, wake_at=now() + timedelta(hours=1))
    waits: dict[str, Any] = {"state": FilingState.WAITING, "expires_at": now() + timedelta(hours=1)}
    asked = await shop.accept(waiting_for=WaitingFor.FILES, **waits)
    others = []
    for number in range(3):
        other = await shop.accept(record=shop.portal.case(f"Case {number}"))
        others.append(other)
        worker = shop.worker()
        await worker.start()
        await over(shop, other)
        await die(shop, worker, calls=number + 1)
    shop.portal.faults.remove(hang)

    assert [(await shop.filing(id_)).state for id_ in others] == [FilingState.DONE] * 3
    assert [(await shop.filing(id_)).begun for id_ in others] == [()] * 3
    assert [(await shop.filing(id_)).begun for id_ in (later, asked)] == [(), ()]
    assert (await shop.filing(poisoned)).begun == THRICE


async def test_an_attach_that_ends_the_process_was_noted_with_its_intent(shop: Shop):
    hang = fault(shop.portal, "POST", "crm/", latency=5, times=1)
    id_ = await shop.accept(record=CASE)
    worker = shop.worker()
    worker.wake(id_)

    await shop.portal.until(lambda: hang.times == 0)
    await killed(worker)

    assert (await shop.filing(id_)).begun == ("Attach",)


async def test_stops_in_peace_set_nothing_aside_however_often_they_cut_a_step_off(shop: Shop):
    hang = fault(shop.portal, "GET", "crm/case/7$", latency=FOREVER)
    id_ = await shop.accept(record=CASE)
    for calls in range(1, 6):
        worker = shop.worker()
        await worker.start()
        await stopped(shop, worker, calls=calls)
    shop.portal.faults.remove(hang)

    await shop.worker().start()
    [told] = await shop.told()

    assert told.startswith("Attached 2 files to Case #7")
    assert (await shop.filing(id_)).begun == ()


def test_a_stop_in_peace_takes_back_one_beginning_and_no_death():
    filing = filing_of(begun=("Look", "Copy", "Look"))

    assert deaths.spared(filing, "Look").begun == ("Look", "Copy")
    assert deaths.spared(filing, "Attach") is filing


class Watched(Steps):
    """Steps that remember how many of a kind were under way at once."""

    def __init__(self, steps: Steps) -> None:
        self.__dict__.update(steps.__dict__)
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def perform(self, filing: Filing, step: Step) -> Filing:
        name = f"{type(step).__name__} after {len(filing.begun) - 1} deaths"
        self.at_once[name] += 1
        self.most[name] = max(self.most[name], self.at_once[name])
        try:
            return await super().perform(filing, step)
        finally:
            self.at_once[name] -= 1


@pytest.mark.parametrize(("died", "most"), [(1, AT_HAND.person), (2, 1)])
async def test_who_shares_the_blame_twice_is_taken_alone_and_cleared(
    shop: Shop, died: int, most: int
):
    fault(shop.portal, "GET", "crm/case", latency=0.05)
    ids = [
        await shop.accept(record=shop.portal.case(f"Case {number}"), begun=("Look",) * died)
        for number in range(6)
    ]
    watched = Watched(shop.steps)
    shop.steps = watched

    await shop.worker().start()
    await shop.told(6)

    assert watched.most[f"Look after {died} deaths"] == most
    filings = [await shop.filing(id_) for id_ in ids]
    assert [(one.state, one.begun) for one in filings] == [(FilingState.DONE, ())] * 6


async def test_a_young_process_gets_on_with_the_others_first(shop: Shop):
    suspect = await shop.accept(record=CASE, begun=THRICE[1:])
    other = await shop.accept(record=shop.portal.case("Another case"))
    worker = shop.worker(probation=timedelta(minutes=1))

    await worker.start()
    await over(shop, other)
    worker.wake(suspect)
    await settled(worker)

    assert worker.resting == 1
    assert (await shop.filing(other)).state is FilingState.DONE
    assert (await shop.filing(suspect)).begun == THRICE[1:]


async def test_what_breaks_outside_of_its_steps_is_set_aside_as_well(shop: Shop):
    failure = Failure("AnErrorOfNoKnownVersion")
    id_ = await shop.accept(state=FilingState.FAILED, failure=failure, unsaid=True)
    worker = shop.worker()
    for count in (1, 2):
        worker.wake(id_)
        await settled(worker)
        assert (await shop.filing(id_)).begun == (deaths.BREAK,) * count
        assert worker.resting == 1

    worker.wake(id_)
    [told] = await shop.told()

    assert told.startswith("I set this request aside")
    assert (await shop.filing(id_)).over


async def settled(worker: Worker) -> None:
    """Wait until nothing is under way."""
    await asyncio.wait([*worker._running.values()])


# what the person can do


async def test_status_shows_what_was_set_aside_and_retry_takes_it_up(ana: World):
    failure = SetAsideError("9F3C").failure()
    facts: dict[str, Any] = {"state": FilingState.FAILED, "failure": failure}
    user = dataclasses.replace(ANA, team=ana.slack.team, id="U0ANA")
    await ana.stop()
    async with open_store(ana.settings.database_url) as store:
        for number, receipt in enumerate(("A7K2", "B8M3")):
            filing = filing_of(user, at=number, receipt=receipt, portal=ana.portal.url, **facts)
            await store.filings.accept(filing)
        await store.filings.accept(filing_of(dataclasses.replace(user, id="U0BEN"), **facts))
    await ana.start()

    status = await ana.say("status")
    answer = await ana.say("retry a7k2")

    assert "2 requests set aside." in status.text
    assert "1. attach files 12 and 13 to Case #7. Receipt B8M3." in status.all_text()
    assert "`/attach retry B8M3` tries the first again." in status.all_text()
    assert answer.text.startswith("Attached 2 files to Case #7")
    assert "1 request set aside." in (await ana.say("status")).text
