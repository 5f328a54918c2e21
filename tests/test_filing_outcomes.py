"""What follows from each step that went well."""

from __future__ import annotations

import dataclasses

import pytest

from bot.domain import (
    Answer,
    EntityName,
    EntityRef,
    EntityType,
    Filing,
    FilingState,
    ItemState,
    Place,
    Purpose,
    UntypedNumber,
    WaitingFor,
)
from bot.errors import (
    CopyMisplacedError,
    NoFilesLeftError,
    NoMatchError,
    OutcomeUnknownError,
)
from bot.filing import outcomes, resuming
from bot.filing.decide import Look, Rest, Settle, next_step
from bot.reply_to import ReplyTo
from tests.builders import NOON, OFFICE, filing_of
from tests.looking import ACME, CASE, KEEP, QUARANTINE, SENT, at, error_of, file, item, looked

BY_NAME = EntityName(EntityType.CASE, "acme")
UNKNOWN = OutcomeUnknownError(OFFICE)
State = ItemState


def states_of(filing: Filing) -> list[ItemState]:
    return [item.state for item in filing.items]


# searching


def test_one_record_with_these_words_is_the_one():
    found = outcomes.found(filing_of(record=BY_NAME, troubles=2), [ACME], NOON, KEEP)

    assert (found.state, found.record, found.entity) == (FilingState.READY, CASE, ACME)
    assert found.troubles == 0


@pytest.mark.parametrize(
    ("record", "count"), [(BY_NAME, 2), (UntypedNumber(7), 1), (UntypedNumber(7), 2)]
)
def test_several_records_and_a_number_without_a_type_are_asked_about(record, count):
    found = outcomes.found(filing_of(record=record), [ACME] * count, NOON, KEEP)

    assert (found.state, found.waiting_for) == (FilingState.WAITING, WaitingFor.RECORD)
    assert (len(found.choices), found.unsaid, found.expires_at) == (count, True, NOON + KEEP)
    assert outcomes.is_about(found, CASE)
    assert not outcomes.is_about(found, EntityRef(EntityType.CONTACT, 7))


@pytest.mark.parametrize("record", [BY_NAME, UntypedNumber(7)])
def test_no_record_ends_the_request(record):
    found = outcomes.found(filing_of(record=record), [], NOON, KEEP)

    assert (found.state, error_of(found), found.unsaid) == (FilingState.FAILED, NoMatchError, True)


# looking


@pytest.mark.parametrize(
    ("states", "answer", "next_state"),
    [
        ([State.READY, State.READY], None, FilingState.READY),
        ([State.READY, State.PRESENT], None, FilingState.READY),
        ([State.PRESENT, State.PRESENT], None, FilingState.DONE),
        ([State.MISSING, State.TRASHED], None, FilingState.FAILED),
        ([State.BLOCKED, State.PRESENT], Answer.INSIST, FilingState.FAILED),
        ([State.READY, State.MISSING], None, FilingState.WAITING),
        ([State.READY, State.MISSING], Answer.READY, FilingState.READY),
        ([State.READY, State.MISSING], Answer.COPY, FilingState.READY),
        ([State.HIDDEN, State.MISSING], None, FilingState.WAITING),
        ([State.HIDDEN, State.MISSING], Answer.READY, FilingState.WAITING),
        ([State.HIDDEN, State.MISSING], Answer.COPY, FilingState.WAITING),
        ([State.HIDDEN, State.MISSING], Answer.INSIST, FilingState.READY),
        ([State.MISPLACED, State.PRESENT], None, FilingState.WAITING),
        ([State.MISPLACED, State.PRESENT], Answer.READY, FilingState.WAITING),
        ([State.MISPLACED, State.BLOCKED], Answer.COPY, FilingState.READY),
        ([State.COPIED, State.TRASHED], Answer.READY, FilingState.READY),
    ],
)
def test_a_look_goes_on_asks_or_ends(states, answer, next_state):
    items = [item(state, number) for number, state in enumerate(states, 12)]

    filing = looked(*items, answer=answer)

    assert filing.state is next_state
    assert (filing.entity, filing.author, filing.watermark) == (ACME, "ana", 3)
    assert filing.looked is (next_state is not FilingState.WAITING)
    if next_state is FilingState.READY:
        step = next_step(filing, NOON, QUARANTINE)
        assert not isinstance(step, Look | Rest)


def test_a_list_is_done_with_one_look():
    filing = looked(purpose=Purpose.LIST, items=())

    assert (filing.state, filing.on_record) == (FilingState.DONE, (file(9),))


def test_a_look_that_asks_or_ends_forgets_trouble_and_one_that_goes_on_does_not():
    trouble = {"troubles": 2, "trouble_since": NOON, "trouble_told": True}

    assert looked(item(State.READY), **trouble).troubles == 2
    assert looked(item(State.PRESENT), **trouble).trouble_since is None
    assert looked(item(State.HIDDEN), **trouble).troubles == 0


# copying and attaching


def test_a_copy_takes_the_place_of_its_file():
    filing = filing_of(
        items=(item(State.READY), item(State.MISPLACED, 14, file=file(14, Place.MY)))
    )

    copying = outcomes.copying(filing, 1)
    copied = outcomes.copied(copying, 1, file(20), NOON)

    assert states_of(copying) == [State.READY, State.COPYING]
    assert states_of(copied) == [State.READY, State.COPIED]
    assert (copied.items[1].file, copied.items[1].copied_from) == (file(20), Place.MY)


def test_a_copy_that_landed_elsewhere_ends_the_request():
    filing = filing_of(items=(item(State.COPYING, 14),))

    assert error_of(outcomes.copied(filing, 0, file(20, Place.MY), NOON)) is CopyMisplacedError


def test_an_intent_names_files_watermark_author_and_time():
    filing = outcomes.attaching(filing_of(watermark=3, author="ana"), SENT.files, NOON)

    assert filing.attempt == SENT


def test_a_repeat_keeps_the_watermark_of_the_first_try():
    unsettled = dataclasses.replace(SENT, looked_at=at(60), unknown=True)

    filing = outcomes.attaching(filing_of(attempt=unsettled, watermark=8), SENT.files, at(61))

    expected = dataclasses.replace(unsettled, at=at(61), looked_at=None, repeats=1)
    assert filing.attempt == expected


def test_only_what_the_event_has_is_attached():
    items = (item(State.PRESENT, 11), item(State.READY, 12), item(State.COPIED, 14, file=file(13)))
    filing = filing_of(items=items, attempt=SENT, troubles=1)

    both = outcomes.attached(filing, 5, [file(12), file(13)], NOON)
    one = outcomes.attached(filing, 5, [file(13)], NOON)
    none = outcomes.attached(filing, 5, [], NOON)

    assert states_of(both) == [State.PRESENT, State.ATTACHED, State.ATTACHED]
    assert (both.event, both.state, both.troubles) == (5, FilingState.READY, 0)
    assert states_of(one) == [State.PRESENT, State.LEFT_OUT, State.ATTACHED]
    assert (none.state, error_of(none)) == (FilingState.FAILED, NoFilesLeftError)


def test_what_is_not_on_the_record_afterwards_is_told_as_left_out():
    filing = filing_of(items=(item(State.ATTACHED, 12), item(State.ATTACHED, 13)), event=5)

    whole = outcomes.read_back(filing, [file(13), file(12), file(9)], NOON)
    half = outcomes.read_back(filing, [file(13)], NOON)
    none = outcomes.read_back(filing, [], NOON)
    unread = outcomes.read_back(filing, None, NOON)

    assert states_of(whole) == [State.ATTACHED, State.ATTACHED]
    assert (states_of(half), half.state) == ([State.LEFT_OUT, State.ATTACHED], FilingState.DONE)
    assert (none.state, error_of(none)) == (FilingState.FAILED, NoFilesLeftError)
    assert (unread.state, unread.on_record, unread.unsaid) == (FilingState.DONE, None, True)


# ending, waiting, beginning again


def test_each_end_is_to_be_told_and_waits_for_nothing():
    waiting = outcomes.wait(filing_of(), WaitingFor.FILES, NOON, KEEP)

    ends = {
        end(waiting, at(5)).state: end(waiting, at(5))
        for end in (outcomes.lapsed, outcomes.cancelled, outcomes.done)
    }

    assert set(ends) == {FilingState.CANCELLED, FilingState.DONE}
    for ended in ends.values():
        assert (ended.waiting_for, ended.expires_at) == (None, None)
        assert (ended.finished_at, ended.unsaid, ended.over) == (at(5), True, False)
        assert outcomes.said(ended, ended.reply).over


def test_what_is_resumed_looks_at_everything_anew():
    waiting = outcomes.wait(
        filing_of(looked=True, troubles=3, spoken=True), WaitingFor.KEY, NOON, KEEP
    )
    reply = ReplyTo(channel="C2")

    filing = resuming.resumed(waiting, at(30), reply)

    assert (filing.state, filing.waiting_for, filing.looked) == (FilingState.READY, None, False)
    assert (filing.asked_at, filing.spoken, filing.unsaid) == (at(30), False, False)
    assert (filing.reply, filing.troubles, filing.expires_at) == (reply, 0, None)


def test_trying_again_looks_for_an_unknown_attempt_first():
    failed = outcomes.failed(
        filing_of(attempt=dataclasses.replace(SENT, looked_at=at(60), repeats=1)), UNKNOWN, at(90)
    )

    filing = resuming.retried(failed, at(900), ReplyTo())

    assert (filing.state, filing.failure, filing.finished_at) == (FilingState.READY, None, None)
    assert isinstance(next_step(filing, at(900), QUARANTINE), Settle)


def test_trying_again_after_the_portal_left_everything_out_attaches_anew():
    empty = outcomes.attached(filing_of(items=(item(State.READY),), attempt=SENT), 5, [], NOON)

    filing = resuming.retried(empty, at(900), ReplyTo())

    assert (filing.attempt, filing.event) == (None, None)
    assert isinstance(next_step(filing, at(900), QUARANTINE), Look)
