"""The steps of an undo one by one: everything that each of them notes, and nothing else."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import (
    Answer,
    Doubt,
    Failure,
    FileId,
    FileMark,
    Filing,
    FilingState,
    Item,
    ItemState,
    Place,
    PortalFile,
    Purpose,
    Removal,
    SharedFile,
    Stand,
    Undo,
    WaitingFor,
)
from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.filing import undoing
from bot.filing.decide import Rest, next_step
from bot.filing.late import LATE
from bot.filing.undo_next import (
    Finish,
    Keep,
    Remove,
    SettleRemoval,
    Survey,
    look_due,
    next_undo,
    removal_of,
    undecided,
)
from bot.filing.undo_troubles import undo_troubled
from bot.filing.undoing import Evidence
from bot.filing.undone import may_undo_until, taken_back
from bot.reply_to import Posted, ReplyTo
from tests.builders import NOON, OFFICE, filing_of
from tests.looking import ACME, KEEP, QUARANTINE

OWN, OTHER = 50, 61
ANA, BEN = "ana", "ben"
SECOND = timedelta(seconds=1)
MARK = FileMark(
    version=1,
    group=1,
    made=NOON,
    made_by=ANA,
    changed=NOON,
    changed_by=ANA,
    title="15.pdf",
    size=5,
)
FILE = PortalFile(id=FileId(15), title="15.pdf", size=5, mark=MARK)
COPY = dataclasses.replace(FILE, id=FileId(900), place=Place.MY)
EDITED = dataclasses.replace(MARK, version=2, changed_by=BEN)


def item(stand: Stand | None = Stand.NAMED, file: PortalFile | None = FILE, **facts: Any) -> Item:
    """Return an item that was brought from Slack; facts are of its undoing."""
    removal = None if stand is None else Removal(stand=stand, **facts)
    return Item(
        source=SharedFile(id="F15"),
        state=ItemState.PRESENT,
        sha256="ab",
        file=file,
        removal=removal,
    )


def older(stand: Stand = Stand.NAMED) -> Item:
    """Return an item that lay in the CRM before it was asked for."""
    return Item(source=FileId(15), state=ItemState.PRESENT, file=FILE, removal=Removal(stand=stand))


def undo(*items: Item, **facts: Any) -> Filing:
    of = Undo(filing="f1", receipt="A7K2", events=(OWN,))
    given = {"purpose": Purpose.UNDO, "author": ANA, "undo": of, "items": items, **facts}
    return filing_of(**given)


def seen(
    file: PortalFile | None = FILE,
    tags: frozenset[int] | None = frozenset({OWN}),
    all_tags: frozenset[int] | None = frozenset({OWN}),
) -> Evidence:
    return Evidence(
        on_record=[] if file is None else [file],
        tags=None if tags is None else {FileId(15): tags},
        all_tags=None if all_tags is None else {FileId(15): all_tags},
        newest=70,
    )


def now_with(**changes: Any) -> PortalFile:
    """Return the file as it is found now."""
    return dataclasses.replace(FILE, **changes)


# Judging


@pytest.mark.parametrize(
    ("was", "evidence", "author", "doubt"),
    [
        (older(), seen(tags=None), ANA, Doubt.OLDER),
        (item(), seen(), "", Doubt.UNPROVEN),
        (item(), seen(), BEN, Doubt.CHANGED),
    ],
)
def test_what_is_not_proved_to_be_the_receipts_own_is_asked_about(
    was: Item, evidence: Evidence, author: str, doubt: Doubt
):
    judged = removal_of(undoing.judged(was, evidence, (OWN,), author))

    assert (judged.stand, judged.doubt) == (Stand.ASKED, doubt)


@pytest.mark.parametrize(
    ("there", "stand", "doubt"),
    [
        (FILE, Stand.KEPT, None),
        (now_with(mark=EDITED), Stand.ASKED, Doubt.CHANGED),
    ],
)
def test_what_was_copied_goes_if_it_is_still_what_the_copy_was_made_of(
    there: PortalFile, stand: Stand, doubt: Doubt | None
):
    was = item(Stand.KEPT, copy=COPY, mark=MARK, doubt=Doubt.OLDER)

    judged = removal_of(undoing.judged(was, seen(there), (OWN,), ANA))

    assert (judged.stand, judged.doubt) == (stand, doubt)


def test_the_history_before_its_making_says_nothing_of_the_receipts_own_copy():
    judged = removal_of(undoing.judged(item(), seen(all_tags=None), (OWN,), ANA))

    assert (judged.stand, judged.doubt) == (Stand.SURE, None)


def test_of_what_is_gone_nothing_is_asked_any_more():
    asked = item(Stand.ASKED, doubt=Doubt.OLDER)

    judged = undoing.judged(asked, seen(None), (OWN,), ANA)

    assert judged == item(Stand.GONE)


def test_without_a_mark_a_file_is_known_by_its_number():
    evidence = seen(now_with(mark=None))

    assert evidence.file(item()) == now_with(mark=None)
    assert seen().file(item(file=now_with(mark=None))) == FILE
    assert seen().file(item(file=None)) is None


@pytest.mark.parametrize(
    ("state", "made_here", "attached"),
    [
        (ItemState.ATTACHED, True, True),
        (ItemState.ATTACHED, False, True),
        (ItemState.PRESENT, True, True),
        (ItemState.PRESENT, False, False),
        (ItemState.LEFT_OUT, True, False),
    ],
)
def test_an_undo_is_of_what_the_receipt_attached(state: ItemState, made_here: bool, attached: bool):
    was = dataclasses.replace(item(Stand.LEFT) if made_here else older(Stand.LEFT), state=state)
    fresh = dataclasses.replace(was, state=ItemState.PRESENT, removal=Removal())

    assert undoing.attached_by(was) is attached
    assert undoing.begun([was]) == ((fresh,) if attached else ())
    assert not undoing.attached_by(dataclasses.replace(was, file=None))


# What is next


@pytest.mark.parametrize(
    ("stands", "facts", "step"),
    [
        ([Stand.NAMED], {}, Survey),
        ([Stand.NAMED], {"looked": True}, Survey),
        ([Stand.SURE], {}, Survey),
        ([Stand.REMOVED, Stand.GONE, Stand.LEFT], {"looked": True}, Finish),
        ([Stand.LEFT, Stand.SURE], {"looked": True}, Remove(1)),
        ([Stand.ASKED, Stand.KEPT], {"looked": True, "answer": Answer.DETACH}, Remove(1)),
        ([Stand.SURE, Stand.KEPT], {"looked": True}, Remove(0)),
        ([Stand.LEFT, Stand.ASKED], {"looked": True, "answer": Answer.DETACH}, Keep(1)),
        ([Stand.LEFT, Stand.KEEPING], {"looked": True}, Keep(1)),
        ([Stand.ASKED], {"looked": True}, Survey),
        ([Stand.ASKED], {"looked": True, "answer": Answer.LEAVE}, Finish),
        ([Stand.ASKED, Stand.SURE], {"looked": True, "answer": Answer.LEAVE}, Remove(1)),
    ],
)
def test_each_stand_has_its_next_step(stands: list[Stand], facts: dict[str, Any], step: object):
    step_ = next_undo(undo(*map(item, stands), **facts), NOON)

    assert step_ == step or type(step_) is step


def test_a_deletion_without_an_answer_is_looked_for_before_anything_else():
    sent = item(Stand.REMOVING, sent_at=NOON)
    looked = item(Stand.REMOVING, sent_at=NOON, looked_at=NOON)

    assert next_undo(undo(item(Stand.SURE), sent, looked=True), NOON) == SettleRemoval(1)
    assert next_undo(undo(sent), NOON - SECOND) == NOON
    assert next_undo(undo(looked), NOON + 4 * SECOND) == NOON + 5 * SECOND
    assert next_undo(undo(looked), NOON + 5 * SECOND) == SettleRemoval(0)
    assert next_undo(undo(item(Stand.REMOVING)), NOON) == SettleRemoval(0)
    assert next_step(undo(looked), NOON, QUARANTINE) == Rest(NOON + 5 * SECOND)


@pytest.mark.parametrize(
    ("looked", "due"),
    [(None, 0), (0, 5), (4, 5), (5, 15), (15, 60), (59, 60), (60, 660), (659, 660), (660, None)],
)
def test_a_deletion_is_looked_for_five_times(looked: int | None, due: int | None):
    looked_at = None if looked is None else NOON + looked * SECOND
    removal = Removal(stand=Stand.REMOVING, sent_at=NOON, looked_at=looked_at)

    assert look_due(removal) == (None if due is None else NOON + due * SECOND)
    assert timedelta(seconds=660) == LATE


@pytest.mark.parametrize(
    ("stand", "answer", "waits"),
    [
        (Stand.ASKED, None, True),
        (Stand.ASKED, Answer.DETACH, True),
        (Stand.ASKED, Answer.LEAVE, False),
        (Stand.SURE, Answer.LEAVE, True),
        (Stand.LEFT, None, False),
    ],
)
def test_what_was_asked_is_decided_by_a_no(stand: Stand, answer: Answer | None, waits: bool):
    assert undecided(undo(answer=answer), item(stand)) is waits


# What follows


def after(filing: Filing, position: int = 0) -> Removal:
    return removal_of(filing.items[position])


TROUBLED = {"troubles": 2, "failure": Failure("PortalAwayError")}


def test_a_survey_judges_every_file_and_says_how_far_the_history_is_known():
    filing = undoing.surveyed(undo(item(), older()), seen(), ACME, NOON, KEEP)

    assert [removal_of(one).stand for one in filing.items] == [Stand.SURE, Stand.ASKED]
    assert filing.undo == Undo(filing="f1", receipt="A7K2", events=(OWN,), traced=70)
    assert (filing.entity, filing.looked, filing.state) == (ACME, True, FilingState.READY)


def test_a_survey_is_of_an_undo_only():
    listed = filing_of(purpose=Purpose.LIST)

    assert undoing.surveyed(listed, seen(), ACME, NOON, KEEP) == listed


@pytest.mark.parametrize(
    ("stands", "answer", "waits"),
    [
        ([Stand.ASKED], None, True),
        ([Stand.ASKED, Stand.LEFT], None, True),
        ([Stand.ASKED, Stand.SURE], None, False),
        ([Stand.ASKED], Answer.DETACH, False),
        ([Stand.ASKED], Answer.LEAVE, False),
        ([Stand.LEFT], None, False),
        ([], None, False),
    ],
)
def test_a_question_is_asked_when_nothing_else_can_be_done(
    stands: list[Stand], answer: Answer | None, waits: bool
):
    filing = undo(*map(item, stands), answer=answer, looked=True, **TROUBLED)

    onward = undoing.onward(filing, NOON, KEEP)

    if not waits:
        assert onward == filing
        return
    assert (onward.state, onward.waiting_for) == (FilingState.WAITING, WaitingFor.UNDO)
    assert (onward.looked, onward.unsaid, onward.troubles) == (False, True, 0)
    assert onward.expires_at == NOON + KEEP


def test_a_deletion_is_noted_before_it_is_sent():
    was = item(Stand.SURE, looked_at=NOON, tries=1, doubt=Doubt.OLDER)

    noted = after(undoing.removing(undo(item(), was), 1, NOON), 1)

    assert noted == Removal(stand=Stand.REMOVING, sent_at=NOON, tries=2, doubt=Doubt.OLDER)


@pytest.mark.parametrize(("latest", "answer"), [(Stand.ASKED, None), (Stand.LEFT, Answer.DETACH)])
def test_what_is_spared_was_not_tried_and_is_asked_about_anew(latest: Stand, answer: Answer | None):
    sent = undo(item(Stand.REMOVING, sent_at=NOON, tries=1), answer=Answer.DETACH)

    spared = undoing.spared(sent, 0, item(latest, doubt=Doubt.CHANGED))

    assert after(spared) == Removal(stand=latest, doubt=Doubt.CHANGED)
    assert spared.answer is answer
    assert after(undoing.spared(undo(item(Stand.REMOVING)), 0, item(latest))).tries == 0
    twice = undo(item(Stand.REMOVING, tries=2))
    assert after(undoing.spared(twice, 0, item(latest))).tries == 1


def test_each_outcome_of_a_change_is_noted_and_forgets_trouble():
    filing = undo(older(), item(Stand.REMOVING, doubt=Doubt.OLDER), **TROUBLED)

    removed = undoing.removed(filing, 1)
    denied = undoing.denied(filing, 1)

    assert (after(removed, 1).stand, after(removed, 1).doubt) == (Stand.REMOVED, None)
    assert (after(denied, 1).stand, after(denied, 1).doubt) == (Stand.LEFT, Doubt.DENIED)
    assert removed.troubles == denied.troubles == 0
    assert removed.items[0] == denied.items[0] == older()
    assert after(undoing.keeping(filing, 1), 1).stand is Stand.KEEPING


@pytest.mark.parametrize(
    ("copy", "whole"),
    [
        (COPY, True),
        (None, False),
        (dataclasses.replace(COPY, size=4), False),
        (dataclasses.replace(COPY, place=Place.CRM), False),
    ],
)
def test_only_a_whole_copy_in_the_persons_documents_is_one(copy: PortalFile | None, whole: bool):
    before = dataclasses.replace(COPY, id=FileId(899))
    filing = undo(item(Stand.KEEPING, doubt=Doubt.OLDER, copy=before), **TROUBLED)

    kept = undoing.kept(filing, 0, FILE, copy)

    expected = (
        Removal(stand=Stand.KEPT, copy=COPY, mark=MARK, doubt=Doubt.OLDER)
        if whole
        else Removal(stand=Stand.LEFT, doubt=Doubt.UNKEPT)
    )
    assert after(kept) == expected
    assert kept.troubles == 0


@pytest.mark.parametrize(
    ("was", "then"),
    [
        (item(Stand.REMOVING, sent_at=NOON, tries=2), item(Stand.NAMED, tries=1)),
        (item(Stand.REMOVING, sent_at=NOON), item(Stand.NAMED)),
        (
            item(Stand.REMOVING, copy=COPY, looked_at=NOON, tries=1),
            item(Stand.KEPT, copy=COPY),
        ),
        (item(Stand.KEEPING), item(Stand.NAMED)),
        (item(Stand.LEFT), item(Stand.LEFT)),
    ],
)
def test_what_was_certainly_refused_was_never_sent(was: Item, then: Item):
    assert undoing.unsent(undo(older(), was)).items == (older(), then)


def test_a_lost_answer_is_looked_for_at_once():
    lost = undoing.answer_lost(undo(item(Stand.REMOVING), **TROUBLED), NOON + SECOND)

    assert (lost.wake_at, lost.troubles) == (NOON + SECOND, 0)
    assert after(lost).stand is Stand.REMOVING


def test_the_first_look_that_finds_it_still_there_is_told_and_sets_the_clock():
    sent = undo(item(Stand.REMOVING, sent_at=NOON, tries=1), unsaid=False, looked=True, **TROUBLED)

    first = undoing.not_gone(sent, 0, NOON + SECOND)
    second = undoing.not_gone(dataclasses.replace(first, unsaid=False), 0, NOON + 6 * SECOND)

    at_first = Removal(
        stand=Stand.REMOVING, sent_at=NOON + SECOND, looked_at=NOON + SECOND, tries=1
    )
    assert after(first) == at_first
    assert (first.unsaid, first.looked, first.troubles) == (True, True, 0)
    assert after(second) == dataclasses.replace(after(first), looked_at=NOON + 6 * SECOND)
    assert (second.unsaid, second.looked) == (False, True)
    assert undoing.not_gone(first, 0, NOON + 6 * SECOND).unsaid
    assert after(undoing.not_gone(sent, 0, NOON + 2 * LATE)).stand is Stand.REMOVING


@pytest.mark.parametrize(
    ("tries", "copy", "then"),
    [
        (1, None, {"stand": Stand.NAMED}),
        (1, COPY, {"stand": Stand.KEPT}),
        (2, None, {"stand": Stand.LEFT, "doubt": Doubt.STUCK}),
        (3, COPY, {"stand": Stand.LEFT, "doubt": Doubt.STUCK}),
    ],
)
def test_after_the_last_look_it_is_judged_anew_once(
    tries: int, copy: PortalFile | None, then: dict[str, Any]
):
    was = item(Stand.REMOVING, sent_at=NOON, looked_at=NOON, tries=tries, copy=copy)

    filing = undoing.not_gone(undo(was, looked=True), 0, NOON + LATE)

    assert {name: getattr(after(filing), name) for name in then} == then
    assert filing.looked is (then["stand"] is Stand.LEFT)
    assert after(filing).tries == tries
    if not filing.looked:
        assert after(filing).looked_at is None


def test_what_was_asked_about_and_not_answered_stays():
    asked = item(Stand.ASKED, doubt=Doubt.OLDER)
    filing = undo(item(Stand.REMOVED), asked, item(Stand.KEPT), asked, **TROUBLED)

    ended = undoing.finished(filing, NOON + SECOND)

    stands = [removal_of(one).stand for one in ended.items]
    assert stands == [Stand.REMOVED, Stand.LEFT, Stand.KEPT, Stand.LEFT]
    assert after(ended, 1).doubt is Doubt.OLDER
    assert (ended.state, ended.finished_at, ended.troubles) == (
        FilingState.DONE,
        NOON + SECOND,
        0,
    )


# Trouble


@pytest.mark.parametrize(
    ("step", "error", "stand", "looked"),
    [
        (Remove(0), OutcomeUnknownError(OFFICE), Stand.REMOVING, True),
        (Remove(0), PortalAwayError(OFFICE), Stand.NAMED, False),
        (Keep(0), OutcomeUnknownError(OFFICE), Stand.NAMED, False),
        (Survey(), OutcomeUnknownError(OFFICE), Stand.REMOVING, True),
        (SettleRemoval(0), PortalAwayError(OFFICE), Stand.REMOVING, True),
    ],
)
def test_only_a_deletion_that_may_have_happened_is_looked_for(
    step: Any, error: Any, stand: Stand, looked: bool
):
    filing = undo(item(Stand.REMOVING, sent_at=NOON, tries=1), looked=True)

    then = undo_troubled(filing, step, error, NOON, keep=KEEP, chance=0.5)

    assert after(then).stand is stand
    assert then.looked is looked
    if stand is Stand.REMOVING and isinstance(step, Remove):
        assert (then.wake_at, then.troubles) == (NOON, 0)
    else:
        assert then.troubles == 1
        assert then.wake_at > NOON


# The filing that was taken back


def origin(**facts: Any) -> Filing:
    attached = dataclasses.replace(item(None), state=ItemState.ATTACHED)
    other = dataclasses.replace(attached, file=now_with(id=FileId(16)))
    given = {"state": FilingState.DONE, "items": (attached, other), "late": NOON, **facts}
    return filing_of(**given)


POSTED = Posted(channel="D1", ts="1.1")
SHARED = Posted(channel="C9", ts="2.2")
GONE = item(Stand.REMOVED)
GONE_TOO = dataclasses.replace(GONE, file=now_with(id=FileId(16)))


def test_when_all_is_gone_the_messages_say_so():
    posted = ReplyTo(channel="D1", posted=POSTED, sealed_url="url", shown=True)
    was = origin(reply=posted, shared=SHARED, unsaid=False)

    then = taken_back(was, undo(GONE, GONE_TOO), NOON + SECOND)

    assert (then.undone_at, then.late, then.unsaid) == (NOON + SECOND, None, True)
    assert then.reply == ReplyTo(channel="D1", posted=POSTED)
    assert then.sharing == ReplyTo(channel="C9", posted=SHARED, openly=True)
    assert all(one.taken_back for one in then.items)


@pytest.mark.parametrize("posted", [None, POSTED])
def test_a_message_that_cannot_be_changed_or_shows_the_undo_itself_is_left_alone(
    posted: Posted | None,
):
    was = origin(reply=ReplyTo(posted=posted, sealed_url="url"), unsaid=False)
    by_the_same = undo(GONE, GONE_TOO, reply=ReplyTo(posted=posted))

    then = taken_back(was, by_the_same, NOON)

    assert (then.undone_at, then.unsaid, then.reply) == (NOON, False, was.reply)
    assert then.sharing is None


def test_an_undo_has_seven_days_from_the_end():
    week = timedelta(days=7)

    assert may_undo_until(filing_of(at=5)) == NOON + timedelta(minutes=5) + week
    assert may_undo_until(filing_of(finished_at=NOON + SECOND)) == NOON + SECOND + week
