"""Which files an undo may delete, and what follows: tables, and rules for every history."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import (
    Answer,
    Doubt,
    Entity,
    EntityRef,
    EntityType,
    FileId,
    FileMark,
    Filing,
    FilingState,
    Item,
    ItemState,
    LateLook,
    Place,
    PortalFile,
    Purpose,
    Removal,
    SharedFile,
    Stand,
    Undo,
    WaitingFor,
)
from bot.errors import (
    KeyRefusedError,
    OutcomeUnknownError,
    PortalAwayError,
    PortalRefusedError,
)
from bot.filing import undoing
from bot.filing.decide import Rest, next_step
from bot.filing.late import LATE
from bot.filing.resuming import hurried
from bot.filing.undo_next import (
    Finish,
    Keep,
    Remove,
    SettleRemoval,
    Survey,
    UndoStep,
    look_due,
    next_undo,
    removal_of,
)
from bot.filing.undo_troubles import undo_troubled
from bot.filing.undoing import Evidence, judged
from bot.filing.undone import may_undo_until, taken_back
from bot.reply_to import Posted, ReplyTo
from tests.builders import NOON, OFFICE, filing_of
from tests.looking import ACME, KEEP, QUARANTINE, SENT, at

if TYPE_CHECKING:
    from datetime import datetime

OWN, OTHER = 50, 60
"""Entries of the history: the receipt's own, and one that is not."""
ANA, BEN = "ana", "ben"
MADE = NOON - timedelta(hours=1)


def mark(**facts: Any) -> FileMark:
    base = FileMark(
        version=1,
        group=1,
        made=MADE,
        made_by=ANA,
        changed=MADE,
        changed_by=ANA,
        title="offer.pdf",
        size=5,
    )
    return dataclasses.replace(base, **facts)


def file(number: int = 15, state: FileMark | None = None, **facts: Any) -> PortalFile:
    known = state or mark()
    base = PortalFile(id=FileId(number), title=known.title, size=known.size, mark=known)
    return dataclasses.replace(base, **facts)


def brought(number: int = 15, removal: Removal | None = None, **facts: Any) -> Item:
    """Return a file that the receipt brought and attached."""
    base = Item(
        source=SharedFile(id="F1"),
        state=ItemState.ATTACHED,
        sha256="ab",
        file=file(number),
        removal=removal or Removal(),
    )
    return dataclasses.replace(base, **facts)


def older(number: int = 12, removal: Removal | None = None) -> Item:
    """Return a file that was there before the receipt attached it."""
    return brought(number, removal, source=FileId(number), sha256="")


def evidence(*files: PortalFile, tags: Any = "own", **facts: Any) -> Evidence:
    """Return what a look showed; `tags` are the entries that tag each of the files."""
    entries = {one.id: frozenset({OWN}) for one in files} if tags == "own" else tags
    given = {"tags": entries, "all_tags": entries, "newest": 70, **facts}
    return Evidence(on_record=files, **given)


def outcome(item: Item, seen: Evidence) -> tuple[Stand, Doubt | None]:
    removal = removal_of(judged(item, seen, (OWN,), ANA))
    return removal.stand, removal.doubt


def undo_of(*items: Item, **facts: Any) -> Filing:
    base = filing_of(
        purpose=Purpose.UNDO,
        items=items,
        author=ANA,
        undo=Undo(filing="f1", receipt="A7K2", events=(OWN,), traced=70),
        looked=True,
    )
    return dataclasses.replace(base, **facts)


def stands(filing: Filing) -> list[Stand]:
    return [removal_of(item).stand for item in filing.items]


# Judging


def test_the_receipts_own_copy_as_it_was_made_may_go():
    assert outcome(brought(), evidence(file())) == (Stand.SURE, None)


@pytest.mark.parametrize(
    ("now", "stand", "doubt"),
    [
        ({"version": 2}, Stand.ASKED, Doubt.CHANGED),
        ({"group": 2}, Stand.ASKED, Doubt.CHANGED),
        ({"changed": NOON}, Stand.ASKED, Doubt.CHANGED),
        ({"changed_by": BEN}, Stand.ASKED, Doubt.CHANGED),
        ({"title": "final.pdf"}, Stand.ASKED, Doubt.CHANGED),
        ({"size": 6}, Stand.ASKED, Doubt.CHANGED),
        ({"made_by": BEN}, Stand.ASKED, Doubt.CHANGED),
        ({"made": NOON}, Stand.GONE, None),
    ],
)
def test_whatever_changed_is_asked_about_and_another_file_is_none_of_ours(now, stand, doubt):
    assert outcome(brought(), evidence(file(state=mark(**now)))) == (stand, doubt)


@pytest.mark.parametrize(
    ("seen", "doubt"),
    [
        (evidence(file(), tags={15: frozenset({OWN, OTHER})}), Doubt.ELSEWHERE),
        (evidence(file(), tags={15: frozenset({OTHER})}), Doubt.UNTRACED),
        (evidence(file(), tags={}), Doubt.UNTRACED),
        (evidence(file(), tags=None), Doubt.UNTRACED),
        (evidence(file(busy=True)), Doubt.BUSY),
        (evidence(file(place=Place.TRASH)), Doubt.MOVED),
        (evidence(file(place=Place.MY)), Doubt.MOVED),
        (evidence(file(mark=None)), Doubt.UNPROVEN),
    ],
)
@pytest.mark.parametrize("item", [brought(), brought(12, source=FileId(12), sha256="")])
def test_some_files_are_never_deleted_whoever_brought_them(
    seen: Evidence, doubt: Doubt, item: Item
):
    item = dataclasses.replace(item, file=file())

    assert outcome(item, seen) == (Stand.LEFT, doubt)


def test_what_was_there_before_is_asked_about():
    assert outcome(older(), evidence(file(12))) == (Stand.ASKED, Doubt.OLDER)


def test_what_was_there_before_is_judged_by_the_whole_history():
    part = evidence(file(12), all_tags=None)

    assert outcome(older(), part) == (Stand.LEFT, Doubt.UNTRACED)


def test_a_filing_of_before_marks_were_kept_proves_nothing():
    known = dataclasses.replace(file(), mark=None)

    assert outcome(brought(file=known), evidence(file())) == (Stand.ASKED, Doubt.UNPROVEN)


@pytest.mark.parametrize("then", [{"version": 2}, {"changed_by": BEN}, {"made_by": BEN}])
def test_a_copy_that_was_changed_before_it_was_read_back_is_not_as_it_was_made(then):
    state = mark(**then)

    seen = evidence(file(state=state))
    assert outcome(brought(file=file(state=state)), seen) == (Stand.ASKED, Doubt.CHANGED)


def test_with_a_copy_kept_only_the_state_that_was_copied_goes():
    changed = mark(version=2, changed_by=BEN)
    kept = Removal(stand=Stand.KEPT, copy=file(90, place=Place.MY), mark=changed)

    assert outcome(brought(removal=kept), evidence(file(state=changed))) == (Stand.KEPT, None)
    again = evidence(file(state=mark(version=3)))
    assert outcome(brought(removal=kept), again) == (Stand.ASKED, Doubt.CHANGED)


@given(
    st.builds(
        mark,
        version=st.integers(1, 2),
        changed_by=st.sampled_from([ANA, BEN]),
        changed=st.sampled_from([MADE, NOON]),
        made=st.sampled_from([MADE, NOON]),
        size=st.sampled_from([5, 6]),
    ),
    st.sampled_from(Place),
    st.booleans(),
    st.none() | st.frozensets(st.sampled_from([OWN, OTHER, 61]), max_size=3),
    st.booleans(),
)
def test_only_one_history_of_all_lets_a_file_go_unasked(now, place, busy, entries, own):
    item = brought() if own else older(15)
    there = file(state=now, place=place, busy=busy)
    tags = None if entries is None else {FileId(15): entries}

    stand, _ = outcome(item, evidence(there, tags=tags))

    as_made = now == mark() and place is Place.CRM and not busy
    assert (stand is Stand.SURE) == (own and as_made and entries == frozenset({OWN}))


def test_what_is_decided_is_not_judged_again():
    for stand in (Stand.REMOVING, Stand.REMOVED, Stand.LEFT, Stand.GONE):
        item = brought(removal=Removal(stand=stand))
        assert judged(item, evidence(file()), (OWN,), ANA) == item


@pytest.mark.parametrize(
    ("items", "since"),
    [
        ([brought()], MADE - timedelta(minutes=1)),
        ([brought(), older()], MADE - timedelta(minutes=1)),
        ([brought(), brought(16, file=file(16, mark(made=NOON)))], MADE - timedelta(minutes=1)),
        ([brought(), brought(16, file=None)], MADE - timedelta(minutes=1)),
        ([], None),
        ([older()], None),
        ([brought(), brought(16, file=dataclasses.replace(file(16), mark=None))], None),
    ],
)
def test_the_history_is_read_from_the_making_of_the_receipts_own_copies_on(items, since):
    assert undoing.made_since(undo_of(*items)) == since


def test_only_what_the_receipt_attached_is_taken_back():
    present = brought(16, state=ItemState.PRESENT)
    items = [
        brought(),
        present,  # brought here, and there already when the receipt was tried again
        brought(17, state=ItemState.PRESENT, sha256=""),
        brought(18, state=ItemState.LEFT_OUT),
        brought(19, state=ItemState.TWIN),
    ]

    assert [item.file for item in undoing.begun(items)] == [items[0].file, present.file]


# What is next


def removal(stand: Stand, **facts: Any) -> Item:
    return brought(removal=Removal(stand=stand, **facts))


@pytest.mark.parametrize(
    ("items", "facts", "step"),
    [
        ([removal(Stand.NAMED)], {"looked": False}, Survey),
        ([removal(Stand.SURE)], {"looked": False}, Survey),
        ([removal(Stand.SURE)], {}, Remove),
        ([removal(Stand.ASKED), removal(Stand.SURE)], {}, Remove),
        ([removal(Stand.KEPT)], {}, Remove),
        ([removal(Stand.ASKED)], {"answer": Answer.DETACH}, Keep),
        ([removal(Stand.KEEPING)], {"answer": Answer.DETACH}, Keep),
        ([removal(Stand.ASKED)], {"answer": Answer.LEAVE}, Finish),
        ([removal(Stand.REMOVED), removal(Stand.LEFT), removal(Stand.GONE)], {}, Finish),
        ([removal(Stand.REMOVED)], {"looked": False}, Finish),
        ([removal(Stand.REMOVING, sent_at=NOON), removal(Stand.SURE)], {}, SettleRemoval),
        ([], {}, Finish),
    ],
)
def test_the_next_step_of_an_undo(items: list[Item], facts: dict[str, Any], step: type[UndoStep]):
    filing = undo_of(*items, **facts)

    assert isinstance(next_undo(filing, NOON), step)
    assert isinstance(next_step(filing, NOON, QUARANTINE), step)


@given(st.lists(st.sampled_from(Stand), max_size=4), st.booleans(), st.sampled_from(Answer))
def test_a_step_is_only_for_a_file_that_is_ready_for_it(have, looked, answer):
    items = [removal(stand, sent_at=NOON) for stand in have]
    step = next_undo(undo_of(*items, looked=looked, answer=answer), NOON)

    match step:
        case Remove(position=position):
            assert have[position] in {Stand.SURE, Stand.KEPT}
            assert Stand.REMOVING not in have
            assert looked
        case Keep(position=position):
            assert have[position] is Stand.KEEPING or answer is Answer.DETACH
        case Finish():
            assert not set(have) & {Stand.NAMED, Stand.SURE, Stand.KEPT, Stand.REMOVING}


def test_an_unanswered_deletion_is_looked_for_until_no_call_can_act_any_more():
    filing = undoing.removing(undo_of(removal(Stand.SURE)), 0, NOON)
    looked_at: list[float] = []
    now = NOON
    while stands(filing) == [Stand.REMOVING]:
        due = next_undo(filing, now)
        if isinstance(due, SettleRemoval):
            looked_at.append((now - NOON).total_seconds())
            filing = undoing.not_gone(filing, 0, now)
        else:
            assert not isinstance(due, UndoStep)
            now = due

    assert looked_at == [0, 5, 15, 60, LATE.total_seconds()]
    assert isinstance(next_undo(filing, now), Survey)
    assert filing.unsaid


def test_what_is_there_after_two_deletions_is_left_and_said():
    filing = undo_of(removal(Stand.SURE, tries=1))
    filing = undoing.removing(filing, 0, NOON)
    for seconds in (0, LATE.total_seconds()):
        filing = undoing.not_gone(filing, 0, at(seconds))

    assert removal_of(filing.items[0]).doubt is Doubt.STUCK


def test_the_first_look_is_when_the_call_was_sent_at_the_latest():
    filing = undoing.removing(undo_of(removal(Stand.SURE)), 0, NOON)

    filing = undoing.not_gone(filing, 0, at(30))

    assert removal_of(filing.items[0]).sent_at == at(30)
    assert look_due(removal_of(filing.items[0])) == at(35)


def test_check_now_looks_at_once_and_repeats_nothing_the_sooner():
    filing = undoing.removing(undo_of(removal(Stand.SURE)), 0, NOON)
    filing = undoing.not_gone(filing, 0, NOON)
    filing = undoing.not_gone(filing, 0, at(61))

    asked = hurried(filing, at(70), ReplyTo())

    assert isinstance(next_undo(asked, at(70)), SettleRemoval)
    assert next_undo(undoing.not_gone(asked, 0, at(70)), at(71)) == NOON + LATE


# What follows


def survey(filing: Filing, *files: PortalFile, **facts: Any) -> Filing:
    return undoing.surveyed(filing, evidence(*files, **facts), ACME, NOON, KEEP)


def test_a_survey_lets_go_on_what_may_go_before_it_asks():
    filing = survey(undo_of(brought(15), older(12)), file(15), file(12))

    assert stands(filing) == [Stand.SURE, Stand.ASKED]
    assert filing.state is FilingState.READY
    removed = undoing.onward(undoing.removed(filing, 0), NOON, KEEP)
    assert (removed.state, removed.waiting_for) == (FilingState.WAITING, WaitingFor.UNDO)
    assert removed.unsaid
    assert removed.expires_at == NOON + KEEP


def test_an_answer_is_good_for_what_was_asked_only():
    changed = mark(version=2)
    filing = survey(undo_of(older(12), answer=Answer.DETACH), file(12))
    assert isinstance(next_undo(filing, NOON), Keep)
    filing = undoing.kept(undoing.keeping(filing, 0), 0, file(12), file(90, place=Place.MY))
    assert isinstance(next_undo(filing, NOON), Remove)
    filing = undoing.removing(filing, 0, NOON)

    latest = judged(
        undoing.before_removing(filing.items[0]), evidence(file(12, changed)), (OWN,), ANA
    )
    spared = undoing.onward(undoing.spared(filing, 0, latest), NOON, KEEP)

    assert (spared.state, spared.answer) == (FilingState.WAITING, None)
    assert removal_of(spared.items[0]).tries == 0


@pytest.mark.parametrize(
    "copy",
    [None, file(90), file(90, place=Place.OTHER), file(90, place=Place.MY, size=4)],
)
def test_without_a_whole_copy_in_the_persons_own_documents_nothing_goes(copy):
    filing = undoing.kept(undo_of(removal(Stand.KEEPING)), 0, file(), copy)

    assert (stands(filing), removal_of(filing.items[0]).doubt) == ([Stand.LEFT], Doubt.UNKEPT)


def test_an_undo_is_complete_when_nothing_of_the_receipt_is_there():
    done = undoing.finished(undo_of(removal(Stand.REMOVED), removal(Stand.GONE)), NOON)
    part = undoing.finished(undo_of(removal(Stand.REMOVED), removal(Stand.ASKED)), NOON)

    assert (undoing.complete(done), undoing.complete(part)) == (True, False)
    assert stands(part) == [Stand.REMOVED, Stand.LEFT]
    assert done.state is part.state is FilingState.DONE


# Trouble


def troubled(filing: Filing, step: UndoStep, error: Any) -> Filing:
    return undo_troubled(filing, step, error, NOON, keep=KEEP, chance=0.5)


def test_a_deletion_without_an_answer_stays_open():
    sent = undoing.removing(undo_of(removal(Stand.SURE)), 0, NOON)

    after = troubled(sent, Remove(0), OutcomeUnknownError(OFFICE))

    assert stands(after) == [Stand.REMOVING]
    assert isinstance(next_undo(after, NOON), SettleRemoval)
    assert after.sent


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (PortalAwayError(OFFICE), FilingState.READY),
        (KeyRefusedError(OFFICE), FilingState.WAITING),
        (PortalRefusedError(OFFICE, 418), FilingState.FAILED),
    ],
)
def test_what_was_certainly_not_deleted_is_judged_anew(error, state):
    sent = undoing.removing(undo_of(removal(Stand.SURE)), 0, NOON)

    after = troubled(sent, Remove(0), error)

    assert (stands(after), after.looked, after.state) == ([Stand.NAMED], False, state)
    assert removal_of(after.items[0]).tries == 0
    assert not after.sent


def test_a_copy_without_an_answer_is_made_again_and_what_is_looked_for_stays():
    keeping = undoing.keeping(undo_of(removal(Stand.ASKED)), 0)
    sent = undoing.removing(undo_of(removal(Stand.SURE)), 0, NOON)

    again = troubled(keeping, Keep(0), OutcomeUnknownError(OFFICE))
    looking = troubled(sent, SettleRemoval(0), PortalAwayError(OFFICE))

    assert (stands(again), again.state) == ([Stand.NAMED], FilingState.READY)
    assert stands(looking) == [Stand.REMOVING]


# The filing that was taken back


def attached(**facts: Any) -> Filing:
    base = filing_of(state=FilingState.DONE, finished_at=NOON, items=(brought(),), event=OWN)
    return dataclasses.replace(base, **facts)


def test_a_filing_that_was_taken_back_says_so_where_it_can_be_changed():
    direct, open_ = Posted("D1", "1"), Posted("C1", "2")
    origin = attached(reply=ReplyTo(posted=direct), shared=open_)

    after = taken_back(origin, undo_of(), NOON)

    assert (after.undone_at, after.unsaid, after.reply.posted) == (NOON, True, direct)
    assert after.sharing == ReplyTo(channel="C1", posted=open_, openly=True)


def test_a_message_that_shows_the_undo_already_is_not_told_again():
    there = Posted("D1", "1")
    origin = attached(reply=ReplyTo(posted=there))

    after = taken_back(origin, undo_of(reply=ReplyTo(posted=there)), NOON)

    assert not after.unsaid
    assert not taken_back(attached(), undo_of(), NOON).unsaid


def test_of_a_filing_that_was_taken_back_in_part_it_is_known_what_is_gone():
    origin = attached(items=(brought(15), brought(16)), reply=ReplyTo(posted=Posted("D1", "1")))
    removal = [Removal(stand=Stand.REMOVED), Removal(stand=Stand.LEFT, doubt=Doubt.ELSEWHERE)]
    undo = undo_of(brought(15, removal[0]), brought(16, removal[1]))

    after = taken_back(origin, undo, NOON)

    assert [item.taken_back for item in after.items] == [True, False]
    assert (after.undone_at, after.unsaid) == (None, False)


def test_nothing_is_looked_for_any_more_after_an_undo():
    late = LateLook(attempt=SENT, due=at(660))

    assert taken_back(attached(late=late), undo_of(), NOON).late is None


@pytest.mark.parametrize(("days", "late"), [(6.99, False), (7, True)])
def test_seven_days_are_the_end(days: float, late: bool):
    now: datetime = NOON + timedelta(days=days)

    assert (now >= may_undo_until(attached())) == late


def test_a_rest_of_an_undo_is_a_rest_of_the_filing():
    waits = undoing.not_gone(undoing.removing(undo_of(removal(Stand.SURE)), 0, NOON), 0, NOON)
    said = dataclasses.replace(waits, unsaid=False, spoken=True)

    assert next_step(said, at(1), QUARANTINE) == Rest(at(5))


def test_an_undo_names_its_record():
    entity = Entity(ref=EntityRef(EntityType.CASE, 7), title="Acme")

    assert undoing.surveyed(undo_of(), evidence(), entity, NOON, KEEP).entity == entity
