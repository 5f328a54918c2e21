"""What follows from each step that went well."""

from __future__ import annotations

import dataclasses

import pytest

from bot.domain import (
    Answer,
    EntityName,
    EntityRef,
    EntityType,
    FileMark,
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
    GoneError,
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
MARK = FileMark(
    version=1,
    group=1,
    made=NOON,
    made_by="ana",
    changed=NOON,
    changed_by="ana",
    title="12.pdf",
    size=5,
)


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


@pytest.mark.parametrize(
    ("record", "type_", "words"),
    [(BY_NAME, "case", "acme"), (UntypedNumber(7), "record", str(UntypedNumber(7)))],
)
def test_what_was_not_found_is_named_as_it_was_asked_for(record, type_: str, words: str):
    found = outcomes.found(filing_of(record=record), [], NOON, KEEP)

    assert found.failure == NoMatchError(type_, words).failure()


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
        ([State.MISPLACED, State.BLOCKED], Answer.INSIST, FilingState.READY),
        ([State.READY, State.MISSING], Answer.INSIST, FilingState.READY),
        ([State.PRESENT, State.TWIN], None, FilingState.DONE),
        ([State.MISSING, State.TWIN], None, FilingState.DONE),
        ([State.MISSING, State.PRESENT], None, FilingState.FAILED),
        ([State.REFUSED, State.STOPPED], None, FilingState.CANCELLED),
        ([], None, FilingState.DONE),
    ],
)
def test_a_look_goes_on_asks_or_ends(states, answer, next_state):
    items = [item(state, number) for number, state in enumerate(states, 12)]

    filing = looked(*items, answer=answer, choices=(ACME,))

    assert filing.state is next_state
    assert filing.choices == ()
    assert (filing.entity, filing.author, filing.watermark) == (ACME, "ana", 3)
    assert filing.looked is (next_state is not FilingState.WAITING)
    if next_state is FilingState.READY:
        step = next_step(filing, NOON, QUARANTINE)
        assert not isinstance(step, Look | Rest)


def test_with_a_note_a_file_that_may_not_be_read_cannot_be_insisted_on():
    assert looked(item(State.HIDDEN), answer=Answer.INSIST, note="x").state is FilingState.WAITING
    assert looked(item(State.HIDDEN), answer=Answer.INSIST).state is FilingState.READY


def test_the_reason_of_a_single_file_is_that_of_the_request():
    refused = item(State.REFUSED, failure=UNKNOWN.failure())

    assert error_of(looked(refused)) is OutcomeUnknownError
    assert error_of(looked(refused, item(State.MISSING, 13))) is NoFilesLeftError
    assert error_of(looked(refused, dataclasses.replace(refused))) is NoFilesLeftError
    assert error_of(looked(item(State.REFUSED))) is NoFilesLeftError


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (State.NAMED, State.SHARED),
        (State.ATTACHED, State.LEFT_OUT),
        (State.PRESENT, State.LEFT_OUT),
        (State.TWIN, State.TWIN),
        (State.COPIED, State.COPIED),
    ],
)
def test_what_has_no_number_yet_is_to_come_and_what_was_there_is_not_any_more(state, then):
    assert outcomes.outside(item(state)) == item(then)


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


def test_what_is_attached_is_what_the_portal_says_of_it_and_goes_on_at_once():
    items = (item(State.READY, 11), item(State.READY, 12))
    renamed = dataclasses.replace(file(12), title="renamed.pdf")

    filing = outcomes.attached(filing_of(items=items, attempt=SENT), 5, [renamed], at(9))

    assert filing.items == (items[0], item(State.ATTACHED, 12, file=renamed))
    assert filing.wake_at == at(9)


def test_who_waits_for_a_lost_answer_hears_of_it_once():
    first = outcomes.not_settled(filing_of(attempt=SENT), at(2))
    told = dataclasses.replace(first, unsaid=False)

    assert first.attempt == dataclasses.replace(SENT, at=at(2), looked_at=at(2), unknown=True)
    assert first.unsaid
    assert not outcomes.not_settled(told, at(7)).unsaid
    assert outcomes.not_settled(first, at(7)).unsaid
    again = outcomes.not_settled(told, at(7)).attempt
    assert again == dataclasses.replace(SENT, at=at(2), looked_at=at(7), unknown=True)
    assert outcomes.not_settled(filing_of(), NOON).attempt is None


def test_afterwards_each_file_is_as_it_was_seen_last():
    seen = dataclasses.replace(file(12), title="renamed.pdf")
    filing = filing_of(items=(item(State.ATTACHED), item(State.PRESENT, 13)), event=5)
    filing = dataclasses.replace(filing, on_record=(file(12),))

    read = outcomes.read_back(filing, [seen, file(13)], NOON)

    assert read.items == (item(State.ATTACHED, file=seen), item(State.PRESENT, 13))
    assert read.on_record == (seen, file(13))
    assert outcomes.read_back(filing, None, NOON).on_record is None


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


def test_trouble_that_has_passed_is_forgotten_whole():
    calm = filing_of()
    troubled = dataclasses.replace(
        calm, troubles=2, trouble_since=NOON, trouble_told=True, expires_at=at(9)
    )

    assert outcomes.calm(troubled) == calm


def test_what_a_summary_needs_of_a_file_is_kept_without_its_mark():
    marked = dataclasses.replace(file(12), mark=MARK)

    read = outcomes.read_back(filing_of(items=(item(State.ATTACHED),), event=5), [marked], NOON)

    assert read.on_record == (file(12),)
    assert read.items[0].file == marked


def test_what_nobody_answered_is_gone():
    assert error_of(outcomes.lapsed(filing_of(), NOON)) is GoneError


def test_who_was_told_and_who_was_not_is_known():
    there = ReplyTo(channel="C9")
    filing = filing_of(unsaid=True, untold=True)

    said, untold = outcomes.said(filing, there), outcomes.untold(filing, there)
    told = outcomes.told_here(untold, ReplyTo(channel="C8"))

    assert (said.reply, said.unsaid, said.untold, said.spoken) == (there, False, False, True)
    assert (untold.reply, untold.unsaid, untold.untold) == (there, False, True)
    assert (told.reply, told.unsaid, told.untold) == (ReplyTo(channel="C8"), True, True)


@pytest.mark.parametrize(("private", "openly"), [(False, True), (True, False)])
def test_a_private_record_is_not_told_of_openly(private: bool, openly: bool):
    entity = dataclasses.replace(ACME, private=private)
    reply = ReplyTo(channel="C9", openly=True)

    attached = (item(State.ATTACHED),)
    ended = outcomes.done(filing_of(entity=entity, openly=reply, items=attached), NOON)

    assert (ended.sharing == reply) is openly
    assert (ended.openly is None) is openly
    assert outcomes.done(filing_of(entity=entity, openly=reply), NOON).sharing is None


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
