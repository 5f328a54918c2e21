"""What a filing needs next: a table of states, and rules that hold for every filing."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import (
    FINAL,
    Answer,
    Attempt,
    EntityName,
    EntityRef,
    EntityType,
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    PortalFile,
    Purpose,
    UntypedNumber,
)
from bot.filing.decide import (
    Attach,
    Copy,
    GiveUp,
    Lapse,
    Look,
    ReadBack,
    Rest,
    Say,
    SayProgress,
    Search,
    Settle,
    Share,
    Step,
    next_step,
)
from bot.reply_to import ReplyTo
from tests.builders import NOON, filing_of
from tests.strategies import filings

QUARANTINE = timedelta(seconds=60)
LATER = NOON + timedelta(minutes=3)
EARLIER = NOON - timedelta(minutes=3)
ATTEMPT = Attempt(files=(FileId(12),), watermark=3, author="ana", at=NOON)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def seen(state: ItemState, number: int = 12, copy: int = 0) -> Item:
    """Return a file as a look showed it; with `copy` that is the number of its copy."""
    file = PortalFile(id=FileId(copy or number), title="contract.pdf")
    return Item(source=FileId(number), state=state, file=file)


def looked(*items: Item, **facts: Any) -> Filing:
    return filing_of(looked=True, items=items, **facts)


def waiting(**facts: Any) -> Filing:
    return filing_of(state=FilingState.WAITING, **facts)


def ended(**facts: Any) -> Filing:
    return filing_of(**{"state": FilingState.DONE, **facts})


def attempted(*, now: float = 0, **facts: Any) -> Step:
    """Return what follows an attach at noon whose answer is not known `now` seconds later."""
    filing = filing_of(looked=True, attempt=dataclasses.replace(ATTEMPT, **facts))
    return next_step(filing, at(now), QUARANTINE)


BUSY = ReplyTo(channel="C1", retry_at=LATER)
ALLOWED = ReplyTo(channel="C1", retry_at=EARLIER)
BY_NAME = EntityName(EntityType.CASE, "acme")


@pytest.mark.parametrize(
    ("filing", "step"),
    [
        (filing_of(), Look),
        (filing_of(record=BY_NAME), Search),
        (filing_of(record=UntypedNumber(7)), Search),
        (filing_of(purpose=Purpose.LIST, looked=True), Look),
        (filing_of(event=9, attempt=ATTEMPT, looked=True), ReadBack),
        (filing_of(attempt=ATTEMPT, looked=True), Settle),
        (filing_of(attempt=ATTEMPT, looked=False), Settle),
        (filing_of(unsaid=True), Say),
        (filing_of(unsaid=True, wake_at=LATER), Say),
        (filing_of(unsaid=True, reply=ALLOWED), Say),
        (filing_of(unsaid=True, reply=ReplyTo(channel="C1", retry_at=NOON)), Say),
        (filing_of(unsaid=True, reply=BUSY), Look),
        (filing_of(wake_at=LATER, at=-1), SayProgress),
        (filing_of(wake_at=LATER, asked_at=at(-2)), SayProgress),
        (filing_of(wake_at=NOON, at=-1), Look),
        (waiting(expires_at=NOON, at=-1), Lapse),
        (waiting(unsaid=True, expires_at=LATER), Say),
        (waiting(expires_at=NOON), Lapse),
        (waiting(expires_at=NOON, unsaid=True, reply=BUSY), Lapse),
        (ended(unsaid=True, sharing=ReplyTo()), Say),
        (ended(sharing=ReplyTo(channel="C1")), Share),
    ],
)
def test_each_state_has_its_step(filing: Filing, step: type):
    assert type(next_step(filing, NOON, QUARANTINE)) is step


@pytest.mark.parametrize(
    ("filing", "until"),
    [
        (filing_of(wake_at=LATER, spoken=True), LATER),
        (filing_of(wake_at=LATER), at(2)),
        (filing_of(wake_at=LATER, at=-1, asked_at=at(-1)), at(1)),
        (filing_of(wake_at=at(1)), at(1)),
        (waiting(expires_at=LATER), LATER),
        (waiting(), None),
        (waiting(unsaid=True, reply=BUSY), LATER),
        (waiting(unsaid=True, reply=BUSY, expires_at=LATER + QUARANTINE), LATER),
        (filing_of(unsaid=True, spoken=True, reply=BUSY, wake_at=LATER + QUARANTINE), LATER),
        (waiting(reply=BUSY, expires_at=LATER + QUARANTINE), LATER + QUARANTINE),
        (ended(), None),
        (ended(state=FilingState.CANCELLED), None),
        (ended(state=FilingState.FAILED), None),
        (ended(unsaid=True, reply=BUSY), LATER),
        (ended(unsaid=True, reply=BUSY, sharing=ReplyTo()), LATER),
        (ended(sharing=BUSY), LATER),
    ],
)
def test_a_rest_ends_when_there_is_something_to_do_or_to_say(
    filing: Filing, until: datetime | None
):
    assert next_step(filing, NOON, QUARANTINE) == Rest(until)


READY, HIDDEN, MISPLACED = ItemState.READY, ItemState.HIDDEN, ItemState.MISPLACED


@pytest.mark.parametrize(
    ("items", "answer", "step"),
    [
        ((seen(READY, 13), seen(READY, 12)), None, Attach((FileId(13), FileId(12)))),
        ((seen(ItemState.PRESENT), seen(READY, 13)), None, Attach((FileId(13),))),
        ((seen(MISPLACED), seen(READY, 13)), Answer.READY, Attach((FileId(13),))),
        ((seen(READY), seen(MISPLACED, 13)), Answer.COPY, Copy(1)),
        ((seen(MISPLACED), seen(HIDDEN, 13)), Answer.INSIST, Copy(0)),
        ((seen(ItemState.COPYING),), None, Copy(0)),
        ((seen(ItemState.COPIED, 14, copy=20),), Answer.COPY, Attach((FileId(20),))),
        ((seen(HIDDEN), seen(READY, 13)), Answer.COPY, Attach((FileId(13),))),
        ((Item(source=FileId(12), state=HIDDEN),), Answer.INSIST, Attach((FileId(12),))),
        ((seen(HIDDEN),), None, None),
        ((seen(ItemState.MISSING), seen(ItemState.TRASHED, 13)), Answer.INSIST, None),
    ],
)
def test_after_a_look_copies_come_first_and_then_one_attach(
    items: tuple[Item, ...], answer: Answer | None, step: Step | None
):
    found = next_step(looked(*items, answer=answer), NOON, QUARANTINE)

    if step is None:
        assert isinstance(found, Look)
    else:
        assert found == step


@pytest.mark.parametrize(
    ("looked_at", "due"),
    [(None, 0), (0, 5), (3, 5), (5, 15), (6, 15), (15, 60), (40, 60), (59.9, 60)],
)
def test_a_lost_answer_is_looked_for_at_0_5_15_and_60_seconds(looked_at: float | None, due: float):
    last = None if looked_at is None else at(looked_at)

    if due:
        assert attempted(now=due - 0.01, looked_at=last) == Rest(at(due))
    assert isinstance(attempted(now=due, looked_at=last), Settle)


def test_after_the_quarantine_and_a_last_look_there_is_one_repeat():
    assert attempted(now=61, looked_at=at(60)) == Attach(ATTEMPT.files)


def test_after_the_repeat_there_is_none():
    assert isinstance(attempted(now=61, looked_at=at(60), repeats=1), GiveUp)


def test_a_process_that_was_away_for_hours_looks_before_it_repeats():
    assert isinstance(attempted(now=7200), Settle)
    assert isinstance(attempted(now=7200, looked_at=at(5)), Settle)


def test_an_attempt_without_files_is_never_repeated():
    assert isinstance(attempted(now=61, looked_at=at(60), files=()), GiveUp)


def test_a_longer_quarantine_is_kept():
    filing = filing_of(attempt=dataclasses.replace(ATTEMPT, looked_at=at(60)))

    assert next_step(filing, at(61), timedelta(minutes=5)) == Rest(at(300))


near = st.integers(-100, 100).map(at)
replies = st.builds(ReplyTo, channel=st.just("C1"), retry_at=st.none() | near)
items = st.builds(
    seen, st.sampled_from(ItemState), st.integers(1, 5), st.integers(6, 9) | st.just(0)
)


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    """Return an attempt that was sent up to now, and looked for between then and now."""
    ago = draw(st.integers(0, 200))
    looked_at = draw(st.none() | st.integers(-ago, 0).map(at))
    files = tuple(FileId(number) for number in draw(st.lists(st.integers(1, 5), max_size=2)))
    repeats = draw(st.integers(0, 2))
    return dataclasses.replace(
        ATTEMPT, files=files, at=at(-ago), looked_at=looked_at, repeats=repeats
    )


lively = st.builds(
    filing_of,
    record=st.sampled_from([EntityRef(EntityType.CASE, 7), BY_NAME]),
    reply=replies,
    wake_at=near,
    purpose=st.sampled_from(Purpose),
    items=st.lists(items, max_size=3).map(tuple),
    state=st.sampled_from([FilingState.READY, *FilingState]),
    expires_at=st.none() | near,
    unsaid=st.booleans(),
    spoken=st.booleans(),
    looked=st.booleans(),
    answer=st.none() | st.sampled_from(Answer),
    attempt=st.none() | attempts(),
    event=st.sampled_from([None, None, 9]),
    sharing=st.none() | replies,
)


@settings(max_examples=50, deadline=None)
@given(filing=filings, now=near)
def test_every_filing_has_a_next_step(filing: Filing, now: datetime):
    assert isinstance(next_step(filing, now, QUARANTINE), Step)


@settings(max_examples=250, deadline=None)
@given(filing=lively)
def test_nothing_is_changed_outside_but_for_a_filing_that_is_ready(filing: Filing):
    step = next_step(filing, NOON, QUARANTINE)

    if isinstance(step, Attach | Copy):
        assert filing.state is FilingState.READY
        assert filing.wake_at <= NOON
        assert filing.event is None
        assert filing.looked or filing.attempt is not None
    if isinstance(step, Attach):
        assert step.files


@settings(max_examples=250, deadline=None)
@given(filing=lively)
def test_a_second_attach_waits_for_the_quarantine_and_there_is_no_third(filing: Filing):
    step = next_step(filing, NOON, QUARANTINE)

    if isinstance(step, Attach) and filing.attempt is not None:
        assert filing.attempt.at + QUARANTINE <= NOON
        assert filing.attempt.looked_at is not None
        assert filing.attempt.looked_at >= filing.attempt.at + QUARANTINE
        assert filing.attempt.repeats == 0
        assert step.files == filing.attempt.files


@settings(max_examples=150, deadline=None)
@given(filing=lively)
def test_what_is_over_rests_for_good_and_what_is_not_wakes_again(filing: Filing):
    step = next_step(filing, NOON, QUARANTINE)

    if filing.over:
        assert step == Rest()
    elif isinstance(step, Rest) and (filing.state in FINAL or filing.state is FilingState.READY):
        assert step.until is not None
        assert step.until > NOON
