"""Accepted filings come to their end: once, whatever is slow, cut off, full or stopped."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain import Answer, Failure, FileId, Filing, FilingState, Item, ItemState, WaitingFor
from bot.errors import StoreError
from bot.filing import resuming
from bot.filing.decide import SayProgress
from bot.reply_to import ReplyTo, Way
from bot.sandbox.slack import Fault
from storage.sqlite_filings import SqliteFilings
from tests.portal_calls import fault
from tests.workshop import CASE, Shop, now, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from storage.sqlite import SqliteStore

LONG_AGO = timedelta(minutes=1)


@pytest.fixture
async def shop(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(slack, portal, tmp_path) as shop:
        yield shop


DONE = "Attached 2 files to Case #7, Acme onboarding"


# once


async def test_a_filing_woken_many_times_is_carried_out_once(shop: Shop):
    id_ = await shop.accept()
    worker = shop.worker()
    fault(shop.portal, "POST", "crm/", linger=0.05)

    for _ in range(20):
        worker.wake(id_)
    await shop.attached()
    for _ in range(20):
        worker.wake(id_)
    [answer] = await shop.told()

    assert answer.startswith(DONE)
    assert shop.events == [[12, 13]]
    assert (await shop.filing(id_)).over
    assert [one.path for one in shop.portal.requests].count("/api/2.0/crm/case/7") == 1


async def test_an_attach_whose_answer_is_lost_is_found_and_not_repeated(shop: Shop):
    fault(shop.portal, "POST", "crm/", drop="after")
    shop.worker().wake(await shop.accept())

    [answer] = await shop.told()

    assert answer.startswith(DONE)
    assert shop.events == [[12, 13]]


async def test_it_is_found_also_if_a_file_of_it_has_been_deleted_since(shop: Shop):
    fault(shop.portal, "POST", "crm/", drop="after", linger=0.2)
    id_ = await shop.accept()
    shop.worker().wake(id_)
    await shop.attached()
    del shop.portal.data.files[13]

    await shop.told()

    first, second = (await shop.filing(id_)).items
    assert (first.state, second.state) == (ItemState.ATTACHED, ItemState.LEFT_OUT)
    assert len(shop.events) == 1


async def test_it_is_found_after_a_new_key_if_the_old_one_has_expired_since(shop: Shop):
    fault(shop.portal, "POST", "crm/", drop="after", linger=0.2)
    id_ = await shop.accept()
    worker = shop.worker()
    worker.wake(id_)
    await shop.attached()
    shop.portal.expire(shop.portal.who("Ana Reyes"))
    await shop.slack.shown("U0ANA", "C0SALES")
    await worker.stop(5)
    waiting = await shop.filing(id_)

    shop.portal.token(shop.portal.who("Ana Reyes"))
    await shop.connect()
    await shop.store.filings.save(resuming.resumed(waiting, now()))
    shop.worker().wake(id_)
    [asked, answer] = await shop.told(2)

    assert waiting.waiting_for is WaitingFor.KEY
    assert asked.startswith("Your CRM key has expired")
    assert answer.startswith(DONE)
    assert shop.events == [[12, 13]]


async def test_an_outcome_that_a_later_version_overtook_is_read_from_the_portal(shop: Shop):
    fault(shop.portal, "POST", "crm/", linger=0.2)
    id_ = await shop.accept()
    shop.worker().wake(id_)
    await shop.attached()
    await shop.store.filings.save(dataclasses.replace(await shop.filing(id_), spoken=True))

    [answer] = await shop.told()

    assert answer.startswith(DONE)
    assert shop.events == [[12, 13]]


async def test_a_copy_is_attached_once_and_can_be_read_at_once(shop: Shop):
    items = (Item(source=FileId(14)), Item(source=FileId(12)))
    id_ = await shop.accept(items=items, answer=Answer.COPY)
    shop.worker().wake(id_)

    await shop.told()

    filing = await shop.filing(id_)
    copy = filing.items[0].file
    assert copy is not None
    assert shop.events == [[copy.id, 12]]
    assert shop.portal.data.crm.may_read(
        shop.portal.data.files[copy.id], shop.portal.who("Ana Reyes")
    )


async def test_two_filings_of_the_same_files_at_once_are_one_attach(shop: Shop):
    fault(shop.portal, "POST", "crm/", linger=0.1)
    worker = shop.worker()
    for _ in range(2):
        worker.wake(await shop.accept())

    await shop.told(2)

    assert shop.events == [[12, 13]]


# silence


async def test_after_two_seconds_of_silence_one_message_of_progress_is_replaced_by_the_answer(
    shop: Shop,
):
    fault(shop.portal, "GET", "crm/case/7$", latency=2.4)
    shop.worker().wake(await shop.accept(spoken=False, reply=await shop.clicked()))

    await shop.slack.until(lambda: shop.read()[0].startswith(DONE))

    [_, progress, _] = [shown.text for shown in shop.slack.workspace.history]
    assert progress.startswith("Attaching 2 files to Case #7")
    assert len(shop.read()) == 1


async def test_a_quick_answer_needs_no_progress(shop: Shop):
    fault(shop.portal, "GET", "crm/case/7$", latency=0.3)
    shop.worker().wake(await shop.accept(spoken=False))

    [answer] = await shop.told()

    assert answer.startswith(DONE)


async def test_several_slow_steps_are_one_message_of_progress(shop: Shop):
    fault(shop.portal, "*", "crm/case/7", latency=0.4)
    shop.worker().wake(await shop.accept(spoken=False, asked=LONG_AGO))

    [progress, answer] = await shop.told(2)

    assert progress.startswith("Attaching 2 files")
    assert answer.startswith(DONE)


async def test_progress_that_slack_refuses_holds_nothing_up(shop: Shop):
    fault(shop.portal, "GET", "crm/case/7$", latency=0.5)
    shop.slack.faults["chat.postEphemeral"] = Fault("ratelimited", times=1)
    shop.worker().wake(await shop.accept(spoken=False, asked=LONG_AGO))

    [answer] = await shop.told()

    assert answer.startswith(DONE)


# trouble


class FullDisk(SqliteFilings):
    """A store whose first save of which `full` is true fails."""

    def __init__(self, store: SqliteStore, full: Callable[[Filing], bool]) -> None:
        super().__init__(store._writer, store._reader, store.audit)
        self._full = full
        self.struck = asyncio.Event()

    async def save(self, filing: Filing, /) -> Filing:
        if self._full(filing) and not self.struck.is_set():
            self.struck.set()
            raise StoreError("full")
        return await super().save(filing)


@pytest.mark.parametrize(
    "full",
    [
        lambda filing: filing.looked,
        lambda filing: filing.attempt is not None,
        lambda filing: filing.event is not None,
        lambda filing: filing.state is FilingState.DONE,
    ],
    ids=["look", "intent", "outcome", "end"],
)
async def test_a_store_that_fails_for_a_moment_doubles_and_loses_nothing(shop: Shop, full):
    disk = FullDisk(shop.store, full)
    worker = shop.worker(disk)
    id_ = await shop.accept()
    worker.wake(id_)
    await disk.struck.wait()

    worker.wake(id_)
    [answer] = await shop.told()

    assert answer.startswith(DONE)
    assert shop.events == [[12, 13]]


@pytest.mark.parametrize(("method", "status"), [("GET", 503), ("POST", 429)])
async def test_a_portal_that_is_busy_for_a_moment_is_asked_again_by_itself(shop, method, status):
    fault(shop.portal, method, "crm/case/7", status=status, times=2)
    id_ = await shop.accept()
    shop.worker().wake(id_)

    [answer] = await shop.told()

    assert answer.startswith(DONE)
    assert (await shop.filing(id_)).troubles == 0


async def test_a_question_that_slack_refuses_for_a_moment_is_asked_as_soon_as_it_may(shop: Shop):
    shop.slack.faults["chat.postEphemeral"] = Fault("ratelimited", times=1)
    id_ = await shop.accept(items=(Item(source=FileId(12)), Item(source=FileId(999))))
    shop.worker().wake(id_)

    [question] = await shop.told()

    assert "999" in question
    assert (await shop.filing(id_)).waiting_for is WaitingFor.FILES


async def test_progress_in_a_direct_message_becomes_the_answer(shop: Shop):
    fault(shop.portal, "GET", "crm/case/7$", latency=0.6)
    reply = ReplyTo(channel="C0RANDOM")
    shop.worker().wake(await shop.accept(spoken=False, asked=LONG_AGO, reply=reply))

    def answered() -> bool:
        return any(text.startswith(DONE) for text in direct(shop))

    await shop.slack.until(answered, "the answer")
    await shop.rest()

    [progress, _] = [shown.text for shown in shop.slack.workspace.history]
    assert progress.startswith("Attaching 2 files")
    assert len(direct(shop)) == 1
    methods = [call.method for call in shop.slack.calls]
    assert methods == ["chat.postEphemeral", "chat.postMessage", "chat.update"]


async def test_progress_whose_answer_is_lost_is_not_said_again(shop: Shop):
    fault(shop.portal, "GET", "crm/case/7$", latency=0.5)
    shop.slack.faults["chat.postEphemeral"] = Fault("drop_after", times=1)
    shop.worker().wake(await shop.accept(spoken=False, asked=LONG_AGO))

    [progress, answer] = await shop.told(2)

    assert (progress[:17], answer[: len(DONE)]) == ("Attaching 2 files", DONE)
    assert len(shop.slack.workspace.history) == 2


async def test_progress_that_an_earlier_life_may_have_told_is_not_told_again(shop: Shop):
    filing = shop.steps.intend(await shop.filing(await shop.accept(spoken=False)), SayProgress())

    after = await shop.steps.perform(shop.steps.intend(filing, SayProgress()), SayProgress())

    assert filing.reply.trying is Way.EPHEMERAL
    assert (shop.slack.calls, after.spoken, after.reply.trying) == ([], True, None)


@pytest.mark.parametrize(
    ("channel", "what", "calls", "read"),
    [("C0SALES", 503, 2, 1), ("C0SALES", "drop_after", 3, 2), ("C0RANDOM", None, 1, 0)],
    ids=["busy", "lost", "no member"],
)
async def test_a_summary_is_shared_once_slack_takes_it_or_given_up(
    shop, channel, what, calls, read
):
    if what:
        shop.slack.faults["chat.postMessage"] = Fault(what, times=1)
    items = (Item(source=FileId(12), state=ItemState.ATTACHED),)
    sharing = ReplyTo(channel=channel, openly=True)
    id_ = await shop.accept(state=FilingState.DONE, items=items, sharing=sharing)

    shop.worker().wake(id_)
    await shop.slack.until(lambda: len(shop.slack.calls) == calls)
    await shop.rest()

    assert len(shop.slack.messages_of("U0BEN", channel)) == read
    filing = await shop.filing(id_)
    assert (filing.over, filing.shared is not None) == (True, read > 0)


async def test_what_a_store_could_not_note_as_said_is_said_once_more(shop: Shop):
    worker = shop.worker(FullDisk(shop.store, lambda filing: filing.over))
    id_ = await shop.accept()
    worker.wake(id_)
    await shop.slack.shown("U0ANA", "C0SALES")
    await worker.stop(5)
    left = await shop.filing(id_)

    await shop.worker().start()
    await shop.slack.shown("U0ANA", "U0ANA")
    await shop.rest()

    assert left.reply.trying is Way.EPHEMERAL
    assert [text[: len(DONE)] for text in (*shop.read(), *direct(shop))] == [DONE, DONE]
    assert (await shop.filing(id_)).over


def direct(shop: Shop) -> list[str]:
    """Return what Ana reads in the conversation with the bot."""
    return [one.text for one in shop.slack.messages_of("U0ANA", "U0ANA")]


async def test_a_filing_that_cannot_be_told_does_not_hold_up_the_others(shop: Shop):
    failure = Failure("AnErrorOfNoKnownVersion")
    broken = await shop.accept(state=FilingState.FAILED, failure=failure, unsaid=True)
    good = await shop.accept()
    worker = shop.worker()

    worker.wake(broken)
    worker.wake(good)
    [answer] = await shop.told()

    assert answer.startswith(DONE)
    assert (await shop.filing(broken)).unsaid
    assert worker.running == 0


async def test_forty_filings_at_once_are_each_carried_out_once(shop: Shop):
    cases = [shop.portal.case(f"Case {number}") for number in range(40)]
    ids = [await shop.accept(record=case) for case in cases]
    worker = shop.worker()

    for id_ in ids:
        worker.wake(id_)
    await shop.told(40)

    assert [len(shop.portal.events_of(case)) for case in cases] == [1] * 40
    assert all([(await shop.filing(id_)).over for id_ in ids])
    assert shop.portal.most_in_flight <= 4


# starting and stopping


async def test_what_is_unfinished_is_taken_up_at_the_start(shop: Shop):
    ready = await shop.accept()
    later = await shop.accept(wake_at=now() + timedelta(hours=1), items=(Item(source=FileId(9)),))
    lapsing = await shop.accept(
        state=FilingState.WAITING,
        waiting_for=WaitingFor.FILES,
        expires_at=now() + timedelta(seconds=0.3),
    )
    await shop.accept(state=FilingState.DONE)

    taken_up = await shop.worker().start()
    await shop.told(2)

    assert taken_up == 3
    assert (await shop.filing(ready)).state is FilingState.DONE
    assert (await shop.filing(later)).state is FilingState.READY
    assert (await shop.filing(lapsing)).state is FilingState.CANCELLED


async def test_a_stop_lets_the_step_end_and_claims_no_other(shop: Shop):
    fault(shop.portal, "POST", "crm/", linger=0.2)
    id_, other = await shop.accept(), await shop.accept()
    worker = shop.worker()
    worker.wake(id_)
    await shop.attached()

    await worker.stop(5)
    worker.wake(other)

    stopped = await shop.filing(id_)
    assert (worker.stopping, worker.running) == (True, 0)
    assert (stopped.event, stopped.state) == (shop.portal.events_of(CASE)[-1].id, FilingState.READY)
    assert (shop.read(), (await shop.filing(other)).looked) == ([], False)


@pytest.mark.parametrize("within", [5, 0], ids=["in peace", "cut off"])
async def test_what_a_stop_interrupts_the_next_start_finishes(shop: Shop, within: float):
    fault(shop.portal, "POST", "crm/", linger=0.2)
    id_ = await shop.accept()
    worker = shop.worker()
    worker.wake(id_)
    await shop.attached()
    await worker.stop(within)
    interrupted = await shop.filing(id_)

    taken_up = await shop.worker().start()
    [answer] = await shop.told()

    assert (interrupted.attempt is not None, taken_up) == (True, 1)
    assert (interrupted.event is None) == (within == 0)
    assert answer.startswith(DONE)
    assert shop.events == [[12, 13]]
