"""What follows from a step: pure functions from a filing and what was learnt to the next filing."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import (
    Answer,
    Attempt,
    Entity,
    EntityRef,
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    Place,
    PortalFile,
    Purpose,
    WaitingFor,
)
from bot.errors import (
    BotError,
    CopyMisplacedError,
    GoneError,
    NoFilesLeftError,
    NoMatchError,
)
from bot.filing.decide import number_of
from bot.filing.late import expect, postpone

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime, timedelta

    from bot.reply_to import ReplyTo

_HOPEFUL = frozenset(
    {
        ItemState.READY,
        ItemState.MISPLACED,
        ItemState.COPIED,
        ItemState.COPYING,
        ItemState.HIDDEN,
        ItemState.SHARED,
        ItemState.BRINGING,
    }
)
_STUCK = frozenset(
    {ItemState.MISSING, ItemState.HIDDEN, ItemState.MISPLACED, ItemState.TRASHED, ItemState.BLOCKED}
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look at the portal showed."""

    entity: Entity
    on_record: Sequence[PortalFile]
    items: Sequence[Item]
    author: str
    watermark: int


def found(filing: Filing, matches: Sequence[Entity], now: datetime, keep: timedelta) -> Filing:
    """Follow a search: one match of a name goes on, several ask, and a bare number always asks."""
    if not matches:
        type_ = getattr(filing.record, "type", "record")
        words = getattr(filing.record, "words", str(filing.record))
        return failed(filing, NoMatchError(type_, words), now)
    if len(matches) == 1 and hasattr(filing.record, "words"):
        return dataclasses.replace(calm(filing), record=matches[0].ref, entity=matches[0])
    asking = dataclasses.replace(filing, choices=tuple(matches))
    return wait(asking, WaitingFor.RECORD, now, keep)


def looked(filing: Filing, sight: Sight, now: datetime, keep: timedelta) -> Filing:
    """Follow a look: list, go on to attach, ask about some files, or end.

    Trouble is forgotten only where the look was what mattered: a copy or an attach that fails
    after each good look would be tried without end.
    """
    filing = dataclasses.replace(
        filing,
        entity=sight.entity,
        items=tuple(sight.items),
        author=sight.author,
        watermark=sight.watermark,
        on_record=_as_told(sight.on_record),
        choices=(),
        looked=True,
    )
    calmed = calm(filing)
    if filing.purpose is not Purpose.ATTACH:
        return done(calmed, now)
    states = {item.state for item in filing.items}
    if not states & _HOPEFUL:
        return _without_files(calmed, states, now)
    if not states & _STUCK or _answered(filing, states):
        return filing
    return wait(dataclasses.replace(calmed, looked=False), WaitingFor.FILES, now, keep)


def outside(item: Item) -> Item:
    """Return an item without a number on the portal, as it stands after a look at the record."""
    match item.state:
        case ItemState.NAMED:
            return dataclasses.replace(item, state=ItemState.SHARED)
        case ItemState.ATTACHED | ItemState.PRESENT:  # and not there any more
            return dataclasses.replace(item, state=ItemState.LEFT_OUT)
    return item


def _without_files(filing: Filing, states: AbstractSet[ItemState], now: datetime) -> Filing:
    """End a filing with no file that is still to be attached."""
    if states <= {ItemState.PRESENT} or ItemState.TWIN in states:
        return done(filing, now)
    if ItemState.STOPPED in states:
        return cancelled(filing, now)
    failures = [item.failure for item in filing.items if item.failure]
    if len(filing.items) == len(failures) == 1:
        return failed(filing, BotError.of(failures[0]), now)
    return failed(filing, NoFilesLeftError(), now)


def _answered(filing: Filing, states: Collection[ItemState]) -> bool:
    """Say whether the person's answer settles files in these states."""
    ready = {ItemState.READY, ItemState.COPIED, ItemState.SHARED, ItemState.BRINGING}
    match filing.answer:
        case Answer.INSIST:
            hidden = set() if filing.note else {ItemState.HIDDEN}
            return bool((ready | {ItemState.MISPLACED} | hidden) & set(states))
        case Answer.COPY:
            return bool((ready | {ItemState.MISPLACED}) & set(states))
        case Answer.READY:
            return bool(ready & set(states))
    return False


def copying(filing: Filing, position: int) -> Filing:
    """Note the intent to copy."""
    return with_item(filing, position, state=ItemState.COPYING)


def copied(filing: Filing, position: int, copy: PortalFile, now: datetime) -> Filing:
    """Follow a copy. One that did not land in CRM cannot be attached."""
    if copy.place is not Place.CRM:
        return failed(filing, CopyMisplacedError(copy.title), now)
    before = filing.items[position].file
    came_from = before.place if before else None
    calmed = calm(filing)
    return with_item(calmed, position, state=ItemState.COPIED, file=copy, copied_from=came_from)


def attaching(filing: Filing, files: tuple[FileId, ...], now: datetime) -> Filing:
    """Note the intent to attach. A repeat keeps the watermark of the first try."""
    if filing.attempt is None:
        attempt = Attempt(files=files, watermark=filing.watermark, author=filing.author, at=now)
        return postpone(dataclasses.replace(filing, attempt=attempt), now)
    attempt = dataclasses.replace(
        filing.attempt, at=now, looked_at=None, repeats=filing.attempt.repeats + 1
    )
    return expect(dataclasses.replace(filing, attempt=attempt), now)


def attached(filing: Filing, event: int, files: Collection[PortalFile], now: datetime) -> Filing:
    """Follow an attach, or the find of its event: `files` are what the portal says it has."""
    there = {file.id: file for file in files}
    asked = filing.attempt.files if filing.attempt else ()
    items = tuple(_attached_item(item, asked, there) for item in filing.items)
    filing = dataclasses.replace(calm(filing), items=items, event=event, wake_at=now)
    filing = postpone(filing, now)
    if any(item.state is ItemState.ATTACHED for item in items):
        return filing
    return failed(filing, NoFilesLeftError(), now)


def _attached_item(
    item: Item, asked: Collection[FileId], there: Mapping[FileId, PortalFile]
) -> Item:
    number = number_of(item)
    if number is None or number not in asked or item.state is ItemState.PRESENT:
        return item
    if number not in there:
        return dataclasses.replace(item, state=ItemState.LEFT_OUT)
    return dataclasses.replace(item, state=ItemState.ATTACHED, file=there[number])


def not_settled(filing: Filing, began: datetime) -> Filing:
    """Follow a look that did not find the event: tell the person, and look again later.

    What happens while a look is on its way it does not see, so it counts from its beginning. The
    quarantine counts from the first look: the call may have waited before it was sent, but nothing
    sends it any more once its outcome is looked for.
    """
    if filing.attempt is None:
        return filing
    sent_by = began if filing.attempt.looked_at is None else filing.attempt.at
    attempt = dataclasses.replace(filing.attempt, at=sent_by, looked_at=began, unknown=True)
    first = not filing.attempt.unknown
    filing = dataclasses.replace(filing, attempt=attempt, unsaid=filing.unsaid or first)
    return expect(filing, sent_by)


def read_back(filing: Filing, on_record: Sequence[PortalFile] | None, now: datetime) -> Filing:
    """End an attach with what the record holds now; None: the record could not be read again."""
    if on_record is None:
        return done(dataclasses.replace(filing, on_record=None), now)
    there = {file.id: file for file in on_record}
    items = tuple(_seen_again(item, there) for item in filing.items)
    filing = dataclasses.replace(filing, on_record=_as_told(on_record), items=items)
    if any(item.state is ItemState.ATTACHED for item in items):
        return done(filing, now)
    return failed(filing, NoFilesLeftError(), now)


def _as_told(files: Sequence[PortalFile]) -> tuple[PortalFile, ...]:
    """Return the files of a record as a summary needs them: marks are for the items only."""
    return tuple(dataclasses.replace(file, mark=None) for file in files)


def _seen_again(item: Item, there: Mapping[FileId, PortalFile]) -> Item:
    if item.state is not ItemState.ATTACHED or not item.file:
        return item
    if item.file.id not in there:
        return dataclasses.replace(item, state=ItemState.LEFT_OUT)
    return dataclasses.replace(item, file=there[item.file.id])


def wait(filing: Filing, reason: WaitingFor, now: datetime, keep: timedelta) -> Filing:
    """Leave the filing to the person, and ask."""
    return dataclasses.replace(
        filing,
        state=FilingState.WAITING,
        waiting_for=reason,
        expires_at=now + keep,
        unsaid=True,
    )


def lapsed(filing: Filing, now: datetime) -> Filing:
    """End waiting that nobody answered."""
    return _over(
        dataclasses.replace(filing, failure=GoneError().failure()), FilingState.CANCELLED, now
    )


def cancelled(filing: Filing, now: datetime) -> Filing:
    """End a filing as the person wishes."""
    return _over(filing, FilingState.CANCELLED, now)


def done(filing: Filing, now: datetime) -> Filing:
    """End a filing well; a private record is not told of openly, whatever was asked."""
    private = filing.entity is not None and filing.entity.private
    if any(item.state is ItemState.ATTACHED for item in filing.items) and not private:
        filing = dataclasses.replace(filing, sharing=filing.openly, openly=None)
    return _over(filing, FilingState.DONE, now)


def failed(filing: Filing, error: BotError, now: datetime) -> Filing:
    """End a filing for a reason that stays."""
    return _over(dataclasses.replace(filing, failure=error.failure()), FilingState.FAILED, now)


def _over(filing: Filing, state: FilingState, now: datetime) -> Filing:
    if filing.uncertain and filing.attempt is not None:
        filing = expect(filing, filing.attempt.at)
    return dataclasses.replace(
        filing, state=state, waiting_for=None, expires_at=None, finished_at=now, unsaid=True
    )


def calm(filing: Filing) -> Filing:
    """Forget trouble that has passed."""
    return dataclasses.replace(
        filing, troubles=0, trouble_since=None, trouble_told=False, expires_at=None
    )


def said(filing: Filing, reply: ReplyTo) -> Filing:
    """Note that the person was told."""
    return dataclasses.replace(filing, reply=reply, unsaid=False, untold=False, spoken=True)


def untold(filing: Filing, reply: ReplyTo) -> Filing:
    """Note that the person could not be told, or perhaps not: they hear of it when they ask."""
    return dataclasses.replace(said(filing, reply), untold=True)


def told_here(filing: Filing, reply: ReplyTo) -> Filing:
    """Let the person who asks be told after all."""
    return dataclasses.replace(filing, reply=reply, unsaid=True)


def with_item(filing: Filing, position: int, **changes: object) -> Filing:
    """Return the filing with one item changed."""
    items = list(filing.items)
    items[position] = dataclasses.replace(items[position], **changes)  # type: ignore[arg-type]
    return dataclasses.replace(filing, items=tuple(items))


def is_about(filing: Filing, ref: EntityRef) -> bool:
    """Say whether a choice was among those offered."""
    return any(choice.ref == ref for choice in filing.choices)
