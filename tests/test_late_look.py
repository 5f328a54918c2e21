"""Eleven minutes after a lost answer the bot counts what became of it, and tells what is new."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.domain import (
    Attempt,
    Failure,
    FileId,
    FilingState,
    Item,
    ItemState,
    LateLook,
    Purpose,
    SharedFile,
    SlackUser,
)
from bot.errors import (
    KeyRefusedError,
    NoFilesLeftError,
    NotAttachedError,
    OutcomeUnknownError,
    PortalAwayError,
    VanishedError,
)
from bot.filing import late, outcomes, resuming
from bot.filing.decide import LookLate, ReadBack, Rest, Say, next_step
from bot.filing.doubles import looked_late
from bot.filing.retention import sweep
from bot.filing.troubles import troubled
from bot.portal.model import Event
from storage.sqlite import open_store
from tests.builders import NOON, OFFICE, filing_of
from tests.looking import KEEP, QUARANTINE, SENT, at, error_of, file, item
from tests.portal_calls import fault
from tests.workshop import CASE, Shop, now, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from bot.domain import Filing
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from tests.world import World

ONE_MODE = pytest.mark.parametrize("unstarted", ["http"], indirect=True)
DUE = NOON + late.LATE
LATE = LateLook(attempt=SENT, due=DUE)
FILES = (file(12), file(13))
FIRST, SECOND = Event(5, FILES), Event(4, FILES)
"""As the portal lists them: the newest first."""


def sent(**facts: Any) -> Filing:
    return filing_of(**{"attempt": SENT, "looked": True, **facts})


def done(**facts: Any) -> Filing:
    """Return a filing that attached after a lost answer, which the person knows."""
    items = (item(ItemState.ATTACHED), item(ItemState.ATTACHED, 13))
    given = {"state": FilingState.DONE, "items": items, "event": 4, "late": LATE, **facts}
    return sent(**given)


def unknown(**facts: Any) -> Filing:
    """Return a filing that was given up without knowing."""
    ended = outcomes.failed(sent(items=(item(ItemState.READY),)), OutcomeUnknownError(OFFICE), NOON)
    return dataclasses.replace(ended, **{"unsaid": False, **facts})


# when


def test_an_answer_that_came_has_no_late_look():
    attached = outcomes.attached(sent(), 4, FILES, at(1))

    assert outcomes.read_back(attached, FILES, at(2)).late is None


def test_a_lost_answer_is_looked_for_eleven_minutes_after_the_call():
    lost = outcomes.not_settled(sent(), at(2))

    assert lost.late
    assert (lost.late.due, lost.late.attempt.watermark) == (at(2) + late.LATE, 3)


def test_a_repeat_moves_the_late_look_behind_itself():
    lost = outcomes.not_settled(sent(), at(2))
    again = outcomes.attaching(lost, SENT.files, at(70))

    attached = outcomes.attached(again, 4, FILES, at(75))

    assert again.late
    assert again.late.due == at(70) + late.LATE
    assert attached.late
    assert attached.late.due == at(75) + late.LATE


def test_what_a_refused_repeat_forgets_the_late_look_remembers():
    lost = outcomes.not_settled(sent(), at(2))
    again = outcomes.attaching(lost, SENT.files, at(70))
    busy = PortalAwayError(OFFICE)
    refused = troubled(again, busy, at(71), keep=KEEP, chance=0, lost=True)
    anew = dataclasses.replace(refused, watermark=9)

    other = outcomes.attaching(anew, (FileId(13), FileId(14)), at(90))

    assert other.late
    looked_for = [(one.watermark, one.files) for one in other.late.attempts]
    assert looked_for == [(9, (13, 14)), (3, (12, 13))]


@pytest.mark.parametrize(("sent_by", "due"), [(at(2), at(70)), (at(90), at(90))])
def test_of_two_calls_the_later_one_is_waited_for_and_the_older_mark_counts(
    sent_by: datetime, due: datetime
):
    before = LateLook(attempt=SENT, due=at(70) + late.LATE, earlier=(SENT,))
    repeat = dataclasses.replace(SENT, watermark=8, repeats=1)
    other = dataclasses.replace(SENT, files=(FileId(14),), watermark=8)

    again = late.expect(sent(attempt=repeat, late=before), sent_by).late
    anew = late.expect(sent(attempt=other, late=before), sent_by).late

    due += late.LATE
    oldest = dataclasses.replace(repeat, watermark=3)
    assert again == LateLook(attempt=oldest, due=due, earlier=(SENT,))
    assert anew == LateLook(attempt=other, due=due, earlier=(SENT, SENT))
    assert late.expect(filing_of(), NOON).late is None
    assert late.postpone(sent(), NOON).late is None


@pytest.mark.parametrize("end", [FilingState.FAILED, FilingState.CANCELLED])
def test_every_end_that_knows_no_outcome_has_a_late_look(end: FilingState):
    ends = {
        FilingState.FAILED: lambda: outcomes.failed(sent(), KeyRefusedError(OFFICE), at(9)),
        FilingState.CANCELLED: lambda: outcomes.lapsed(sent(), at(9)),
    }

    assert ends[end]().late == LATE


def test_a_list_has_none():
    listed = outcomes.done(filing_of(purpose=Purpose.LIST), NOON)

    assert listed.late is None


def test_it_rests_until_then_and_telling_comes_first():
    assert next_step(done(), at(9), QUARANTINE) == Rest(DUE)
    assert isinstance(next_step(done(), DUE, QUARANTINE), LookLate)
    assert isinstance(next_step(done(unsaid=True), DUE, QUARANTINE), Say)


# what it means


def test_one_event_is_silence():
    filing = done()

    seen = looked_late(filing, [SECOND], DUE)

    assert seen == dataclasses.replace(filing, late=None)
    assert seen.over


def test_two_events_are_told_and_the_request_stays_done():
    seen = looked_late(done(), [FIRST, SECOND], DUE)

    assert (seen.state, seen.doubles, seen.unsaid) == (FilingState.DONE, (4, 5), True)
    assert seen.late is None


def test_what_was_given_up_and_is_there_is_read_back():
    seen = looked_late(unknown(), [SECOND], DUE)

    assert (seen.state, seen.event, seen.unsaid) == (FilingState.READY, 4, False)
    assert isinstance(next_step(seen, DUE, QUARANTINE), ReadBack)


def test_what_was_given_up_and_is_there_twice_is_both():
    seen = looked_late(unknown(), [FIRST, SECOND], DUE)
    back = outcomes.read_back(seen, FILES, DUE)

    assert (back.state, back.doubles, back.unsaid) == (FilingState.DONE, (4, 5), True)


def test_what_was_refused_after_a_lost_call_and_is_there_is_read_back():
    refused = unknown(attempt=None, late=LATE)

    seen = looked_late(refused, [SECOND], DUE)

    assert (seen.state, seen.event) == (FilingState.READY, 4)


def test_what_was_given_up_and_is_not_there_is_known_not_to_be():
    seen = looked_late(unknown(), [], DUE)
    again = resuming.retried(seen, DUE, seen.reply)

    assert (error_of(seen), seen.unsaid, seen.late) == (NotAttachedError, True, None)
    assert (again.attempt, again.looked) == (None, False)


def test_what_was_attached_and_is_gone_is_told():
    seen = looked_late(done(), [], DUE)

    assert (error_of(seen), seen.unsaid, seen.late) == (VanishedError, True, None)


def test_what_was_there_before_stays_so():
    there = done(items=(item(ItemState.PRESENT),), event=None, attempt=None)

    assert looked_late(there, [], DUE) == dataclasses.replace(there, late=None)


def test_what_came_with_a_second_try_is_no_double():
    second = dataclasses.replace(SENT, files=(FileId(14),), watermark=4)
    look = dataclasses.replace(LATE, attempt=second, earlier=(SENT,))
    filing = done(event=5, late=look)

    seen = looked_late(filing, [Event(5, (file(14),)), SECOND], DUE)

    assert seen == dataclasses.replace(filing, late=None)


def test_what_was_told_before_a_second_try_failed_is_no_news():
    came = (item(ItemState.ATTACHED), item(ItemState.ATTACHED, 13))
    refused = unknown(attempt=None, late=LATE, items=came)

    assert looked_late(refused, [SECOND], DUE) == dataclasses.replace(refused, late=None)


@pytest.mark.parametrize(
    ("failure", "state"),
    [(NotAttachedError(OFFICE).failure(), ItemState.REFUSED), (None, ItemState.STOPPED)],
)
def test_what_did_not_come_with_a_second_try_has_an_outcome(
    failure: Failure | None, state: ItemState
):
    left = Item(source=SharedFile(id="F1"), state=ItemState.SHARED)
    items = (item(ItemState.READY), left)

    seen = looked_late(unknown(late=LATE, items=items, failure=failure), [SECOND], DUE)

    assert [one.state for one in seen.items] == [ItemState.ATTACHED, state]
    assert seen.items[1].failure == failure


def test_what_failed_after_it_attached_stays_as_it_was_told():
    gone = (item(ItemState.LEFT_OUT), item(ItemState.LEFT_OUT, 13))
    vanished = outcomes.failed(done(late=None, items=gone), VanishedError(CASE), NOON)
    vanished = dataclasses.replace(vanished, late=LATE, unsaid=False)

    assert looked_late(vanished, [SECOND], DUE) == dataclasses.replace(vanished, late=None)


def test_what_was_given_up_goes_on_as_if_it_had_not_been():
    seen = looked_late(unknown(unsaid=True), [SECOND], DUE)

    assert (seen.finished_at, seen.unsaid, seen.attempt) == (None, False, SENT)


def test_an_event_of_other_files_than_were_sent_attached_nothing_of_the_request():
    seen = looked_late(unknown(), [Event(7, (file(99),))], DUE)

    assert (seen.attempt, seen.state, error_of(seen)) == (
        None,
        FilingState.FAILED,
        NoFilesLeftError,
    )


def test_what_is_known_not_to_be_there_is_looked_at_anew():
    assert not looked_late(unknown(looked=True), [], DUE).looked


# trouble


def test_a_late_look_that_fails_is_tried_for_a_day_and_then_given_up_unsaid():
    filing = done()
    first = late.not_now(filing, DUE, chance=1)
    assert first.late
    assert first.late.due == DUE + late.PAUSE
    tries, current = 0, first
    while current.late:
        current = late.not_now(current, current.late.due, chance=0.5)
        tries += 1

    assert 100 < tries < 150
    assert current == dataclasses.replace(filing, late=None)


# the store


@pytest.fixture
async def shop(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(slack, portal, tmp_path) as shop:
        yield shop


async def stored(shop: Shop, **facts: Any) -> str:
    """Store what ended eleven minutes ago; Ana's attempt was the one after the sample's event."""
    person = shop.portal.who("Ana Reyes")
    watermark = shop.portal.events_of(CASE)[0].id
    ago = now() - timedelta(minutes=12)
    attempt = Attempt(files=SENT.files, watermark=watermark, author=person.id, at=ago, unknown=True)
    looks = {"late": LateLook(attempt=attempt, due=now()), "finished_at": ago}
    return await shop.accept(**{"attempt": attempt, "record": CASE, **looks, **facts})


def attached_at(shop: Shop) -> int:
    """Let the portal attach Ana's files once, and return the event."""
    return shop.portal.attach(CASE, [12, 13], by=shop.portal.who("Ana Reyes")).id


def ended_well(event: int) -> dict[str, Any]:
    items = tuple(
        Item(source=FileId(id_), state=ItemState.ATTACHED, file=file(id_)) for id_ in SENT.files
    )
    return {"state": FilingState.DONE, "event": event, "items": items}


async def test_until_it_is_made_a_filing_is_kept_and_nobody_waits_for_it(shop: Shop):
    due = now() + timedelta(minutes=5)
    waits = dataclasses.replace(LATE, due=due)
    id_ = await shop.accept(**ended_well(4), finished_at=NOON, late=waits)

    assert await shop.store.filings.open_of(shop.ana) == []
    assert await shop.store.filings.unfinished() == [(id_, due)]
    assert await sweep(shop.store.filings, timedelta(days=7), now() + timedelta(days=99)) == 0
    worker = shop.worker()
    await worker.start()
    assert (worker.running, worker.resting) == (0, 1)


async def test_after_a_restart_a_double_is_told_counted_and_left_alone(shop: Shop):
    first, second = attached_at(shop), attached_at(shop)
    id_ = await stored(shop, **ended_well(second))

    await shop.worker().start()
    [told] = await shop.told()

    assert told.startswith("Files 12 and 13 are on Case #7, but its history shows them twice.")
    assert "I deleted nothing" in told
    filing = await shop.filing(id_)
    assert (filing.doubles, filing.over, shop.doubled) == ((first, second), True, 1)
    assert shop.events == [[12, 13], [12, 13]]


async def test_the_one_event_that_was_expected_is_not_spoken_of(shop: Shop):
    id_ = await stored(shop, **ended_well(attached_at(shop)))
    worker = shop.worker()
    await worker.start()
    await shop.portal.until(lambda: len(shop.portal.requests) > 0)
    await shop.rest()

    assert (shop.read(), (await shop.filing(id_)).over) == ([], True)


async def test_what_was_given_up_too_early_is_told_after_all(shop: Shop):
    attached_at(shop)
    unknown = OutcomeUnknownError(shop.portal.url).failure()
    id_ = await stored(shop, state=FilingState.FAILED, failure=unknown)

    await shop.worker().start()
    [told] = await shop.told()

    assert told.startswith("Attached 2 files to Case #7")
    assert "The portal did it after all" in told
    assert (await shop.filing(id_)).over


async def test_what_never_came_is_known_and_can_be_tried_again(shop: Shop):
    unknown = OutcomeUnknownError(shop.portal.url).failure()
    id_ = await stored(shop, state=FilingState.FAILED, failure=unknown)

    await shop.worker().start()
    [told] = await shop.told()

    assert told.startswith("The files are not on Case #7.")
    assert "Nothing was attached." in told
    assert [one.id for one in await shop.store.filings.retriable(shop.ana)] == [id_]


@pytest.mark.parametrize("trouble", ["away", "no key"])
async def test_trouble_of_a_late_look_is_nobodys(shop: Shop, trouble: str):
    if trouble == "away":
        fault(shop.portal, "GET", "history", status=503)
    else:
        await shop.store.accounts.forget(shop.ana)
    id_ = await stored(shop, **ended_well(attached_at(shop)))
    before = await shop.filing(id_)

    after = await shop.steps.perform(before, LookLate())

    assert before.late
    assert after.late
    assert after.late.due > before.late.due + timedelta(minutes=5)
    assert (after.state, shop.read()) == (FilingState.DONE, [])


@ONE_MODE
async def test_a_running_bot_counts_the_doubles_it_has_told_of(
    unstarted: World, unused_tcp_port: int
):
    await unstarted.start()
    await unstarted.connect()
    await unstarted.stop()
    person, ana = unstarted.person("Ana Reyes"), SlackUser(unstarted.slack.team, "U0ANA")
    events = [unstarted.portal.attach(CASE, [12, 13], by=person).id for _ in range(2)]
    attempt = Attempt(files=SENT.files, watermark=events[0] - 1, author=person.id, at=NOON)
    filing = done(
        user=ana,
        portal=unstarted.portal.url,
        event=events[0],
        late=LateLook(attempt=attempt, due=now()),
        reply=dataclasses.replace(done().reply, channel="C0SALES"),
    )
    async with open_store(unstarted.settings.database_url) as store:
        await store.filings.accept(filing)

    running = await unstarted.start(ATTACHBOT_ADMIN_PORT=str(unused_tcp_port))
    told = (await unstarted.slack.shown("U0ANA", "C0SALES"))[-1]
    async with (
        aiohttp.ClientSession() as web,
        web.get(f"{running.admin_url}/metrics") as metrics,
    ):
        page = await metrics.text()

    assert told.buttons == ["Open in CRM", "List files"]
    assert "attachbot_attach_doubles_total 1.0" in page
