"""What a person's answer makes of a filing, and what is kept of one that is taken up again."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import (
    Answer,
    EntityRef,
    EntityType,
    Failure,
    Filing,
    FilingState,
    Item,
    ItemState,
    Removal,
    SharedFile,
    Stand,
    WaitingFor,
)
from bot.errors import GoneError
from bot.filing import resuming
from bot.filing.answers import answered
from bot.reply_to import ReplyTo
from tests.builders import NOON, filing_of
from tests.looking import ACME, CASE, QUARANTINE, SENT, at, file, item

READY, WAITING = FilingState.READY, FilingState.WAITING
DONE, FAILED, CANCELLED = FilingState.DONE, FilingState.FAILED, FilingState.CANCELLED
HERE = ReplyTo(channel="C2")
LATER = at(900)
TWIN = item(ItemState.TWIN)
COMING = Item(source=SharedFile(id="F1"), state=ItemState.SHARED)


def waiting(reason: WaitingFor = WaitingFor.FILES, **facts: Any) -> Filing:
    return filing_of(state=WAITING, waiting_for=reason, **facts)


# Answers


@pytest.mark.parametrize(
    ("reason", "answer"),
    [
        (WaitingFor.FILES, Answer.COPY),
        (WaitingFor.FILES, Answer.INSIST),
        (WaitingFor.FILES, Answer.READY),
        (WaitingFor.REPEAT, Answer.REPEAT),
        (WaitingFor.UNDO, Answer.DETACH),
        (WaitingFor.UNDO, Answer.LEAVE),
    ],
)
def test_an_answer_to_the_question_goes_on_where_it_was_given(reason: WaitingFor, answer: Answer):
    filing = answered(waiting(reason), answer, LATER, HERE)

    assert (filing.state, filing.waiting_for, filing.wake_at) == (READY, None, LATER)
    assert (filing.answer, filing.reply) == (answer, HERE)


@pytest.mark.parametrize(
    ("filing", "answer"),
    [
        (waiting(), Answer.REPEAT),
        (waiting(WaitingFor.REPEAT), Answer.COPY),
        (filing_of(state=READY), Answer.COPY),
        (filing_of(state=READY), Answer.REPEAT),
        (filing_of(state=READY, waiting_for=WaitingFor.REPEAT), Answer.REPEAT),
        (waiting(), Answer.ANYWAY),
        (waiting(WaitingFor.RECORD, choices=(ACME,)), EntityRef(EntityType.CASE, 8)),
        (waiting(WaitingFor.RECORD), CASE),
        (filing_of(state=DONE, items=(TWIN,)), Answer.COPY),
        (filing_of(state=DONE, items=(item(ItemState.ATTACHED),)), Answer.ANYWAY),
        (filing_of(state=DONE, items=(item(ItemState.ATTACHED),)), Answer.AGAIN),
        (filing_of(state=DONE, choices=(ACME,)), CASE),
        (filing_of(state=FAILED), CASE),
        (filing_of(state=READY, attempt=SENT), Answer.CANCEL),
        (waiting(attempt=SENT), Answer.CANCEL),
        (filing_of(state=READY, items=(item(ItemState.READY),)), Answer.STOP),
        (filing_of(state=READY, attempt=SENT, items=(COMING,)), Answer.STOP),
        (waiting(items=(COMING,)), Answer.STOP),
    ],
)
def test_an_answer_that_comes_too_late_changes_nothing(filing: Filing, answer: Answer | EntityRef):
    with pytest.raises(GoneError):
        answered(filing, answer, LATER, HERE)


def test_a_choice_becomes_the_record():
    asked = waiting(WaitingFor.RECORD, choices=(ACME,), record=EntityRef(EntityType.CASE, 1))

    filing = answered(asked, CASE, LATER, HERE)

    assert (filing.record, filing.choices, filing.state, filing.reply) == (CASE, (), READY, HERE)


def test_a_choice_can_be_made_after_the_end():
    ended = filing_of(state=FAILED, choices=(ACME,), finished_at=NOON)

    filing = answered(ended, CASE, LATER, HERE)

    assert (filing.record, filing.choices, filing.state, filing.reply) == (CASE, (), READY, HERE)
    assert filing.finished_at is None


def test_a_cancelled_request_says_so_where_it_was_cancelled():
    filing = answered(waiting(), Answer.CANCEL, LATER, HERE)

    assert (filing.state, filing.finished_at, filing.reply) == (CANCELLED, LATER, HERE)


@pytest.mark.parametrize("state", [READY, WAITING])
def test_again_hurries_what_has_not_ended(state: FilingState):
    filing = answered(filing_of(state=state), Answer.AGAIN, LATER, HERE)

    assert (filing.state, filing.wake_at, filing.reply) == (state, LATER, HERE)
    assert filing.unsaid is (state is WAITING)


@pytest.mark.parametrize(
    "ended",
    [
        filing_of(state=FAILED),
        filing_of(state=CANCELLED),
        filing_of(state=DONE, items=(item(ItemState.ATTACHED), item(ItemState.REFUSED, 13))),
        filing_of(state=DONE, items=(item(ItemState.STOPPED),)),
    ],
)
def test_again_takes_up_what_did_not_end_well(ended: Filing):
    filing = answered(ended, Answer.AGAIN, LATER, HERE)

    assert (filing.state, filing.reply) == (READY, HERE)


def test_anyway_takes_up_what_is_there_by_content():
    filing = answered(filing_of(state=DONE, items=(TWIN,)), Answer.ANYWAY, LATER, HERE)

    assert (filing.state, filing.anyway, filing.reply) == (READY, True, HERE)


def test_stop_leaves_what_has_come():
    ready = filing_of(state=READY, items=(item(ItemState.COPIED), COMING))

    filing = answered(ready, Answer.STOP, LATER, HERE)

    assert [one.state for one in filing.items] == [ItemState.COPIED, ItemState.STOPPED]
    assert (filing.state, filing.reply, filing.wake_at) == (READY, HERE, LATER)


# Taking up again

HEAVY: dict[str, Any] = {
    "spoken": True,
    "unsaid": True,
    "untold": True,
    "looked": True,
    "failure": Failure("GoneError"),
    "begun": ("Look", "Look"),
    "troubles": 3,
    "trouble_since": NOON,
    "trouble_told": True,
    "expires_at": NOON,
}


def test_what_goes_on_carries_nothing_of_its_trouble():
    plain = filing_of()
    heavy = dataclasses.replace(plain, state=WAITING, waiting_for=WaitingFor.KEY, **HEAVY)

    assert resuming.resumed(heavy, LATER) == dataclasses.replace(
        plain, wake_at=LATER, asked_at=LATER
    )


def test_what_was_attached_before_is_remembered_when_it_is_taken_up():
    ended = filing_of(
        state=DONE,
        event=5,
        events_before=(3, 4),
        attempt=SENT,
        answer=Answer.COPY,
        finished_at=NOON,
        choices=(ACME,),
        doubles=(4, 5, 6),
        items=(item(ItemState.ATTACHED), item(ItemState.REFUSED, failure=Failure("X"), tries=2)),
    )

    filing = resuming.retried(ended, LATER, HERE)

    assert (filing.attempt, filing.event, filing.events_before) == (None, None, (3, 4, 5, 6))
    assert (filing.answer, filing.finished_at) == (None, None)
    assert (filing.choices, filing.doubles) == ((), ())
    assert filing.items == (item(ItemState.ATTACHED), item(ItemState.SHARED))
    assert filing.reply == HERE


def test_an_attempt_of_unknown_outcome_is_looked_for_as_if_it_was_new():
    sent = dataclasses.replace(SENT, looked_at=at(60), repeats=1, unknown=True)
    refused = item(ItemState.REFUSED)
    ended = filing_of(state=FAILED, attempt=sent, items=(refused,))

    filing = resuming.retried(ended, LATER, HERE)

    assert filing.attempt == dataclasses.replace(sent, looked_at=None, repeats=0)
    assert filing.items == (refused,)


@pytest.mark.parametrize(
    ("facts", "events"),
    [
        ({}, ()),
        ({"event": 5}, (5,)),
        ({"event": 5, "doubles": (4, 5)}, (4, 5)),
        ({"event": 5, "events_before": (3, 5)}, (3, 5)),
        ({"doubles": (4, 5), "events_before": (3,)}, (3, 4, 5)),
        ({"events_before": (3,)}, (3,)),
    ],
)
def test_the_entries_of_a_filing_are_all_it_ever_made(
    facts: dict[str, Any], events: tuple[int, ...]
):
    assert resuming.events_of(filing_of(**facts)) == events


def test_what_is_hurried_is_looked_for_at_once():
    sent = Removal(stand=Stand.REMOVING, sent_at=NOON, looked_at=at(60))
    new = dataclasses.replace(sent, looked_at=None)
    unsent = dataclasses.replace(sent, sent_at=None)
    items = tuple(item(ItemState.PRESENT, removal=one) for one in (sent, new, unsent, None))
    attempt = dataclasses.replace(SENT, looked_at=at(5))
    ready = filing_of(state=READY, attempt=attempt, items=items, spoken=True, unsaid=False)

    filing = resuming.hurried(ready, LATER, HERE)

    before = NOON - timedelta(microseconds=1)
    assert filing.items[0].removal == dataclasses.replace(sent, looked_at=before)
    assert filing.items[1:] == items[1:]
    assert filing.attempt == dataclasses.replace(SENT, looked_at=None)
    assert (filing.wake_at, filing.asked_at, filing.reply) == (LATER, LATER, HERE)
    assert (filing.spoken, filing.unsaid) == (False, False)
    assert resuming.hurried(dataclasses.replace(ready, unsaid=True), LATER, HERE).unsaid


@pytest.mark.parametrize(
    ("looked_at", "doubted"), [(None, None), (at(5), at(5)), (at(59), at(59)), (at(60), None)]
)
def test_a_start_doubts_a_last_look(looked_at: Any, doubted: Any):
    attempt = dataclasses.replace(SENT, looked_at=looked_at)
    filing = filing_of(state=READY, looked=True, attempt=attempt)

    then = resuming.doubted(filing, QUARANTINE)

    assert then.attempt == dataclasses.replace(SENT, looked_at=doubted)
    assert not then.looked


def test_a_start_doubts_nothing_that_has_ended_or_waits():
    ended = filing_of(state=DONE, looked=True)

    assert resuming.doubted(ended, QUARANTINE) == ended
    assert not resuming.doubted(filing_of(looked=True), QUARANTINE).looked


@pytest.mark.parametrize("state", [ItemState.REFUSED, ItemState.STOPPED])
def test_what_did_not_come_is_still_to_come(state: ItemState):
    was = item(state, failure=Failure("X"), tries=3)

    assert resuming.afresh(was) == item(ItemState.SHARED, file=file(12))
    assert resuming.afresh(item(ItemState.TWIN)) == item(ItemState.TWIN)
