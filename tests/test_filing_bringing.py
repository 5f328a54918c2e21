"""What follows from bringing bytes into the portal, item by item."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given

from bot import errors
from bot.domain import (
    Answer,
    EntityRef,
    EntityType,
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    PortalFile,
    Removal,
    SharedFile,
    Stand,
    WrittenFile,
)
from bot.errors import GoneError
from bot.filing import brought, outcomes
from bot.filing.answers import answered
from bot.filing.decide import Attach, Bring, Copy, Look, Rest, next_step
from bot.filing.request import items_of, linked_file
from bot.filing.troubles import MOST_COPY_TRIES
from bot.reply_to import ReplyTo
from bot.views import refusals
from bot.views.tell import tell
from tests import strategies
from tests.builders import BEN, NOON, OFFICE, done, filing_of
from tests.looking import ACME, KEEP, QUARANTINE, SENT, at, file

SHARED = ItemState.SHARED
HERE = file(20)
TWIN = errors.SameContentError("U2", NOON.isoformat(), 12, "offer.pdf", "copy.pdf")
RECORD = EntityRef(EntityType.CASE, 7)


def shared(name: str = "a.pdf", state: ItemState = SHARED, **facts: Any) -> Item:
    return Item(source=SharedFile(id=f"F{name}", name=name), state=state, **facts)


def looked_at(*items: Item, **facts: Any) -> Filing:
    return filing_of(items=items, looked=True, entity=ACME, **facts)


def not_brought(filing: Filing, error: errors.BotError, position: int = 0) -> Filing:
    return brought.not_brought(filing, position, error, NOON, keep=KEEP, chance=1)


def next_of(filing: Filing) -> object:
    return next_step(filing, at(3600), QUARANTINE)


# one after the other, then all at once


def test_each_is_brought_and_then_all_are_attached_in_one_call():
    filing = looked_at(shared("a.pdf"), shared("b.pdf"))
    assert next_of(filing) == Bring(0)

    filing = brought.brought(brought.bringing(filing, 0), 0, HERE, "d1")
    assert (next_of(filing), filing.looked) == (Bring(1), True)

    filing = brought.brought(brought.bringing(filing, 1), 1, file(21), "d2")
    assert isinstance(next_of(filing), Look)

    filing = dataclasses.replace(filing, looked=True)
    assert next_of(filing) == Attach((FileId(20), FileId(21)))


def test_a_transfer_that_was_cut_off_is_made_again():
    assert next_of(looked_at(shared(state=ItemState.BRINGING))) == Bring(0)


def test_copies_inside_the_portal_are_made_first():
    misplaced = Item(source=FileId(12), state=ItemState.MISPLACED, file=file(12))
    filing = looked_at(shared(), misplaced, answer=Answer.COPY)

    assert next_of(filing) == Copy(1)


def test_a_text_is_forgotten_once_it_is_a_file():
    written = Item(source=WrittenFile(title="note.txt", sealed="v1.x"), state=SHARED)

    filing = brought.brought(looked_at(written), 0, HERE, "d1")

    assert filing.items[0].source == WrittenFile(title="note.txt", sealed="")


# what does not come


@pytest.mark.parametrize(
    "error",
    [
        errors.SlackFileGoneError("F1"),
        errors.SlackFileKindError("F1", "Plan", "canvas"),
        errors.FileTooLargeError(OFFICE, "a.pdf", 9, 8),
        errors.MayNotUploadError(OFFICE),
        errors.StorageFullError(OFFICE, "a.pdf", 9),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_refusal_is_of_one_item_and_the_next_one_goes_on(error: errors.BotError):
    filing = not_brought(looked_at(shared("a.pdf"), shared("b.pdf"), troubles=2), error)

    assert filing.items[0].state is ItemState.REFUSED
    assert filing.items[0].failure is not None
    assert filing.items[0].failure.error == type(error).__name__
    assert (next_of(filing), filing.state, filing.troubles) == (Bring(1), FilingState.READY, 0)


def test_a_refusal_without_a_name_bears_that_of_the_item():
    filing = not_brought(looked_at(shared("offer.pdf")), errors.SlackFileGoneError("F1"))

    assert filing.items[0].failure is not None
    assert filing.items[0].failure.facts["name"] == "offer.pdf"


def test_what_slack_calls_it_is_how_it_is_called_from_then_on():
    error = errors.SlackFileEmptyError("F1", "Contract (final).pdf")

    filing = not_brought(looked_at(shared("contract__final_.pdf")), error)

    assert filing.items[0].name == "Contract (final).pdf"


def test_a_file_is_called_as_its_person_knows_it_and_not_as_another():
    twin = not_brought(looked_at(shared("link")), TWIN)
    away = not_brought(looked_at(shared("link")), errors.PortalAwayError(OFFICE))

    assert twin.items[0].name == "copy.pdf"
    assert away.items[0].name == "link"


def test_what_came_at_last_has_no_failure_any_more():
    tried = looked_at(shared(failure=TWIN.failure(), tries=2), shared("b.pdf"), troubles=2)

    filing = brought.brought(tried, 0, HERE, "d1")

    came = shared(state=ItemState.COPIED, file=HERE, sha256="d1", tries=2)
    assert filing.items == (came, shared("b.pdf"))
    assert (filing.troubles, filing.looked) == (0, True)


@pytest.mark.parametrize(
    "error", [errors.SlackFileBrokenError("F1"), errors.FileChangedError("a.pdf")]
)
def test_trouble_is_tried_three_times_with_pauses_between(error: errors.BotError):
    filing, pauses = looked_at(shared()), []
    while filing.items[0].state is SHARED:
        filing = not_brought(filing, error)
        pauses.append((filing.wake_at - NOON).total_seconds())

    assert filing.items[0].state is ItemState.REFUSED
    assert pauses[:-1] == [2, 4]


def test_slack_is_left_alone_for_as_long_as_it_wishes():
    filing = not_brought(
        looked_at(shared(), spoken=True), errors.SlackFileAwayError("F1", after=30)
    )

    assert next_step(filing, at(31), QUARANTINE) == Rest(at(32))


def test_a_portal_that_is_away_holds_the_item_back_and_not_for_good():
    begun = brought.bringing(looked_at(shared()), 0)

    filing = not_brought(begun, errors.PortalAwayError(OFFICE))

    assert (filing.items[0].state, filing.troubles, filing.looked) == (SHARED, 1, False)


def test_an_upload_whose_answer_was_lost_may_lie_there():
    begun = brought.bringing(looked_at(shared()), 0)

    filing = not_brought(begun, errors.OutcomeUnknownError(OFFICE))

    assert (filing.items[0].state, filing.state) == (ItemState.BRINGING, FilingState.READY)


def test_an_upload_whose_answer_is_lost_again_and_again_holds_the_others_back_from_nothing():
    begun = brought.bringing(looked_at(shared(), shared("b.pdf"), troubles=MOST_COPY_TRIES), 0)

    filing = not_brought(begun, errors.OutcomeUnknownError(OFFICE))

    assert [item.state for item in filing.items] == [ItemState.REFUSED, SHARED]
    assert next_of(filing) == Bring(1)
    assert "may lie in CRM, on no record" in refusals.reason(filing.items[0])


def test_a_key_that_is_not_taken_any_more_is_asked_for_anew():
    filing = not_brought(looked_at(shared()), errors.KeyRefusedError(OFFICE))

    assert (filing.state, filing.items[0].state) == (FilingState.WAITING, SHARED)


# twins


def test_the_same_bytes_end_it_without_a_question():
    filing = not_brought(looked_at(shared("copy.pdf")), TWIN)
    assert (filing.items[0].state, isinstance(next_of(filing), Look)) == (ItemState.TWIN, True)

    ended = outcomes.looked(filing, _sight(filing), NOON, KEEP)

    assert (ended.state, ended.unsaid) == (FilingState.DONE, True)


@pytest.mark.parametrize(("there", "state"), [(None, SHARED), (HERE, ItemState.COPIED)])
def test_anyway_brings_it_unless_it_lies_there(there: PortalFile | None, state: ItemState):
    twin = shared(state=ItemState.TWIN, file=there, failure=TWIN.failure())
    ended = outcomes.done(looked_at(twin), NOON)

    filing = answered(ended, Answer.ANYWAY, at(60), ReplyTo())

    assert (filing.items[0].state, filing.anyway, filing.state) == (state, True, FilingState.READY)


def test_anyway_is_for_twins_only():
    with pytest.raises(GoneError):
        answered(done(), Answer.ANYWAY, at(60), ReplyTo())
    with pytest.raises(GoneError):
        answered(looked_at(shared(state=ItemState.TWIN)), Answer.ANYWAY, at(60), ReplyTo())


def held(*, ref: EntityRef = RECORD, user: Any = BEN, at_: int = 0) -> Filing:
    item = Item(source=SharedFile(id="F9"), state=ItemState.ATTACHED, file=HERE, sha256="d1")
    return done(user, at=at_, record=ref, items=(item,))


def test_a_twin_is_of_that_record_and_still_there():
    ours = held()
    there = {HERE.id}

    found = brought.twin("d1", RECORD, there, [ours])

    assert found is not None
    assert (found.user, found.file, found.name) == ("U2", 20, HERE.title)
    assert brought.twin("d2", RECORD, there, [ours]) is None
    assert brought.twin("d1", EntityRef(EntityType.CASE, 8), there, [ours]) is None
    assert brought.twin("d1", RECORD, set(), [ours]) is None
    assert brought.twin("d1", RECORD, there, [ours], but=ours.id) is None


def test_the_latest_twin_counts_whatever_else_was_filed():
    other = held(ref=EntityRef(EntityType.CASE, 8))
    back = Item(
        source=SharedFile(id="F8"),
        state=ItemState.ATTACHED,
        file=HERE,
        sha256="d1",
        removal=Removal(stand=Stand.REMOVED),
    )
    ours = held(at_=5)
    ours = dataclasses.replace(ours, items=(back, *ours.items))
    first = held(at_=1)

    found = brought.twin("d1", RECORD, {HERE.id}, [other, ours, first])

    assert found is not None
    assert found.at == at(300).isoformat()
    assert brought.twin("d1", RECORD, {HERE.id}, [dataclasses.replace(ours, items=(back,))]) is None


def test_anyway_forgets_why_it_was_left():
    left = shared(state=ItemState.TWIN, failure=TWIN.failure(), tries=2)
    ended = outcomes.done(looked_at(left, shared("b.pdf", ItemState.COPIED)), NOON)

    filing = brought.insisted(ended, at(60), ReplyTo(channel="C2"))

    assert filing.items == (shared(), shared("b.pdf", ItemState.COPIED))
    assert filing.reply == ReplyTo(channel="C2")


# stop


def test_stop_leaves_out_what_has_not_come():
    came = shared("a.pdf", ItemState.COPIED, file=HERE, sha256="d1")
    filing = looked_at(came, shared("b.pdf", ItemState.BRINGING), shared("c.pdf"))

    stopped = answered(filing, Answer.STOP, at(5), ReplyTo())

    states = [item.state for item in stopped.items]
    assert states == [ItemState.COPIED, ItemState.STOPPED, ItemState.STOPPED]
    assert next_of(dataclasses.replace(stopped, looked=True)) == Attach((FileId(20),))


def test_what_was_stopped_before_anything_came_is_over():
    filing = answered(looked_at(shared()), Answer.STOP, at(5), ReplyTo())

    assert outcomes.looked(filing, _sight(filing), at(6), KEEP).state is FilingState.CANCELLED


def test_nothing_is_stopped_that_is_not_on_its_way():
    for filing in (done(), looked_at(shared(state=ItemState.COPIED, file=HERE))):
        with pytest.raises(GoneError):
            answered(filing, Answer.STOP, at(5), ReplyTo())


def test_what_was_refused_or_stopped_can_be_tried_again():
    left = (ItemState.REFUSED, ItemState.STOPPED)
    ended = outcomes.done(
        looked_at(*(shared(state=one, failure=TWIN.failure(), tries=3) for one in left)), NOON
    )

    again = answered(ended, Answer.AGAIN, at(60), ReplyTo())

    assert [(one.state, one.tries, one.failure) for one in again.items] == [(SHARED, 0, None)] * 2


@pytest.mark.parametrize("answer", [Answer.AGAIN, Answer.ANYWAY])
def test_an_attach_whose_answer_was_lost_is_looked_for_before_anything_more_is_brought(
    answer: Answer,
):
    left = (ItemState.REFUSED, ItemState.TWIN)
    items = [shared(state=one, failure=TWIN.failure()) for one in left]
    sent = looked_at(shared("a.pdf", ItemState.COPIED, file=HERE), *items, attempt=SENT)
    ended = outcomes.failed(sent, errors.OutcomeUnknownError(OFFICE), NOON)

    again = answered(ended, answer, at(60), ReplyTo())

    assert (again.items, again.attempt) == (ended.items, SENT)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (ItemState.ATTACHED, "I attached 20.pdf before, and nothing more."),
        (ItemState.PRESENT, "Nothing was attached. 20.pdf was there before."),
    ],
)
def test_what_a_first_try_attached_is_not_denied_when_a_second_one_ends(
    state: ItemState, says: str
):
    ours = shared(state=state, file=HERE)
    filing = outcomes.cancelled(looked_at(ours, shared("b.pdf", ItemState.STOPPED)), NOON)

    assert says in tell(filing).text


@given(strategies.filings)
def test_taking_up_again_never_brings_what_is_attached(filing: Filing):
    for answer in (Answer.AGAIN, Answer.ANYWAY, Answer.STOP):
        try:
            after = answered(filing, answer, at(60), ReplyTo())
        except GoneError:
            continue
        for before, item in zip(filing.items, after.items, strict=True):
            if before.state in {ItemState.ATTACHED, ItemState.PRESENT}:
                assert item == before


# what was asked for


@pytest.mark.parametrize(
    ("link", "id_", "name"),
    [
        ("https://acme.slack.com/files/U1/F0AB/contract.pdf", "F0AB", "contract.pdf"),
        ("https://acme.slack.com/files/U1/F0AB", "F0AB", ""),
        ("https://files.slack.com/files-pri/T1-F0AB/offer.pdf", "F0AB", "offer.pdf"),
        ("https://files.slack.com/files-pri/T1-F0AB/download/offer.pdf", "F0AB", "offer.pdf"),
        ("https://acme.slack.com/files/U1/F0AB/a%20b.pdf?x=1", "F0AB", "a b.pdf"),
        ("https://acme.slack.com/archives/C1/p17", "", ""),
        ("https://acme.slack.com/", "", ""),
    ],
)
def test_a_link_tells_the_file(link: str, id_: str, name: str):
    assert linked_file(link) == SharedFile(id=id_, name=name)


def test_each_thing_is_asked_for_once_in_the_order_typed():
    link = "https://acme.slack.com/files/U1/F0AB/a.pdf"
    known = SharedFile(id="F0AC", name="b.pdf", size=9)
    text = WrittenFile(title="note.txt", sealed="v1")

    items = items_of([FileId(12), FileId(12)], [link, link], [known], text, channel="C1")

    assert [item.source for item in items] == [
        12,
        SharedFile(id="F0AB", name="a.pdf", channel="C1"),
        known,
        text,
    ]


def _sight(filing: Filing) -> outcomes.Sight:
    return outcomes.Sight(entity=ACME, on_record=(), items=filing.items, author="a", watermark=1)
