"""Which files an undo may delete, and what follows from each of its steps; pure.

A file may go unasked only if all of this is proved by the portal's own answers: this receipt put
it into the CRM, no entry of the history but the receipt's own tags it, it lies where it was put,
nobody has it open, and it is in the very state in which it was attached.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import Answer, Doubt, ItemState, Place, Removal, Stand, WaitingFor
from bot.filing.outcomes import calm, done, wait
from bot.filing.undo_next import look_due, removal_of, undecided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain import Entity, FileId, Filing, Item, PortalFile

MOST_TRIES = 2
"""How often a file is deleted that is there again at each look."""
MARGIN = timedelta(minutes=1)
"""By so much an entry may seem to be older than the file that it tags: both are portal times."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the portal told: the files on the record, and which entries tag them.

    `tags` goes back to the making of the receipt's own copies, `all_tags` to the first entry. None:
    it cannot be known. `newest` is the newest entry that was read.
    """

    on_record: Sequence[PortalFile]
    tags: Mapping[FileId, frozenset[int]] | None
    all_tags: Mapping[FileId, frozenset[int]] | None
    newest: int

    def file(self, item: Item) -> PortalFile | None:
        """Return the item's file if it is on the record: another one may have its number."""
        was = item.file
        if was is None:
            return None
        there = next((file for file in self.on_record if file.id == was.id), None)
        if there is None or there.mark is None or was.mark is None:
            return there
        return there if there.mark.made == was.mark.made else None


# Judging


def made_since(filing: Filing) -> datetime | None:
    """Return from when on entries may tag the receipt's own copies; None: unknown."""
    marks = [item.file.mark for item in filing.items if item.file and item.made_here]
    made = [mark.made for mark in marks if mark is not None]
    return min(made) - MARGIN if made and len(made) == len(marks) else None


def judged(item: Item, evidence: Evidence, events: Sequence[int], author: str) -> Item:
    """Return the item with what may become of its file.

    `events` are the receipt's own entries, `author` is the portal's id of who filed it.
    """
    removal = removal_of(item)
    if removal.stand in {Stand.REMOVING, Stand.REMOVED, Stand.LEFT, Stand.GONE}:
        return item
    there = evidence.file(item)
    if there is None:
        return _with(item, stand=Stand.GONE, doubt=None)
    doubt = _obstacle(item, there, evidence, events)
    if doubt is not None:
        return _with(item, stand=Stand.LEFT, doubt=doubt)
    if removal.copy is not None:  # what is deleted has to be what the copy was made of
        same = there.mark == removal.mark
        kept, changed = Stand.KEPT, Stand.ASKED
        return _with(item, stand=kept if same else changed, doubt=None if same else Doubt.CHANGED)
    doubt = _difference(item, there, author)
    return _with(item, stand=Stand.ASKED if doubt else Stand.SURE, doubt=doubt)


def _obstacle(
    item: Item, there: PortalFile, evidence: Evidence, events: Sequence[int]
) -> Doubt | None:
    """Return why the file cannot go at all: whoever else needs it is not asked."""
    if there.place is not Place.CRM:
        return Doubt.MOVED
    tags = evidence.tags if item.made_here else evidence.all_tags
    entries = tags.get(there.id, frozenset()) if tags is not None else frozenset()
    if not entries & set(events):  # what does not know the receipt's own entry proves nothing
        return Doubt.UNTRACED
    if entries - set(events):
        return Doubt.ELSEWHERE
    if there.busy:
        return Doubt.BUSY
    return None if there.mark is not None else Doubt.UNPROVEN


def _difference(item: Item, there: PortalFile, author: str) -> Doubt | None:
    """Return what keeps the file from being the receipt's own copy, as it was made."""
    if not item.made_here:
        return Doubt.OLDER
    was = item.file.mark if item.file else None
    if was is None or there.mark is None or not author:
        return Doubt.UNPROVEN
    as_made = was.version == 1 and was.made_by == was.changed_by == author
    return None if as_made and there.mark == was else Doubt.CHANGED


def attached_by(item: Item) -> bool:
    """Say whether the receipt put this file on the record, be it before it was tried again."""
    here = item.state is ItemState.PRESENT and item.made_here
    return item.file is not None and (item.state is ItemState.ATTACHED or here)


# What follows


def begun(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items of an undo: what the receipt attached, nothing of it known yet.

    To the undo they are present: it is not the one that attached them.
    """
    attached = (item for item in items if attached_by(item))
    fresh = {"state": ItemState.PRESENT, "removal": Removal()}
    return tuple(dataclasses.replace(item, **fresh) for item in attached)  # type: ignore[arg-type]


def surveyed(
    filing: Filing, evidence: Evidence, entity: Entity, now: datetime, keep: timedelta
) -> Filing:
    """Follow a survey: go on with what may go, or ask about the rest."""
    undo = filing.undo
    if undo is None:
        return filing
    items = tuple(judged(item, evidence, undo.events, filing.author) for item in filing.items)
    traced = dataclasses.replace(undo, traced=evidence.newest)
    filing = dataclasses.replace(filing, items=items, entity=entity, undo=traced, looked=True)
    return onward(filing, now, keep)


def onward(filing: Filing, now: datetime, keep: timedelta) -> Filing:
    """Return the filing, or the question if nothing can be done without an answer."""
    waits = [removal_of(item).stand for item in filing.items if undecided(filing, item)]
    asks = bool(waits) and all(stand is Stand.ASKED for stand in waits)
    if not asks or filing.answer is Answer.DETACH:
        return filing
    return wait(dataclasses.replace(calm(filing), looked=False), WaitingFor.UNDO, now, keep)


def removing(filing: Filing, position: int, now: datetime) -> Filing:
    """Note the intent to delete."""
    tries = removal_of(filing.items[position]).tries + 1
    sent = {"stand": Stand.REMOVING, "sent_at": now, "looked_at": None, "tries": tries}
    return with_removal(filing, position, **sent)


def spared(filing: Filing, position: int, item: Item) -> Filing:
    """Follow a last look after which a file is not deleted; nothing was sent."""
    tries = removal_of(filing.items[position]).tries - 1
    answer = None if removal_of(item).stand is Stand.ASKED else filing.answer
    spared_ = with_removal(filing, position, **_facts(item), sent_at=None, tries=max(0, tries))
    return dataclasses.replace(spared_, answer=answer)


def before_removing(item: Item) -> Item:
    """Return the item as it was before the intent to delete it."""
    stand = Stand.KEPT if removal_of(item).copy else Stand.NAMED
    return _with(item, stand=stand, sent_at=None, looked_at=None)


def removed(filing: Filing, position: int) -> Filing:
    """Follow a deletion."""
    return with_removal(calm(filing), position, stand=Stand.REMOVED, doubt=None)


def denied(filing: Filing, position: int) -> Filing:
    """Follow a deletion that the portal does not allow."""
    return with_removal(calm(filing), position, stand=Stand.LEFT, doubt=Doubt.DENIED)


def keeping(filing: Filing, position: int) -> Filing:
    """Note the intent to make a copy."""
    return with_removal(filing, position, stand=Stand.KEEPING)


def kept(filing: Filing, position: int, original: PortalFile, copy: PortalFile | None) -> Filing:
    """Follow a copy that was made of `original`; None: none that the person can read."""
    calmed = calm(filing)
    whole = copy is not None and copy.place is Place.MY and copy.size == original.size
    if not whole:
        return with_removal(calmed, position, stand=Stand.LEFT, doubt=Doubt.UNKEPT, copy=None)
    here = {"stand": Stand.KEPT, "copy": copy, "mark": original.mark}
    return with_removal(calmed, position, **here)


def unsent(filing: Filing) -> Filing:
    """Drop the intent of a change that was certainly refused: the file is judged anew."""
    return dataclasses.replace(filing, items=tuple(map(_unsent, filing.items)))


def _unsent(item: Item) -> Item:
    removal = removal_of(item)
    if removal.stand is Stand.REMOVING:
        return _with(before_removing(item), tries=max(0, removal.tries - 1))
    return before_removing(item) if removal.stand is Stand.KEEPING else item


def answer_lost(filing: Filing, now: datetime) -> Filing:
    """Follow a deletion whose answer never came: look at once."""
    return dataclasses.replace(calm(filing), wake_at=now)


def not_gone(filing: Filing, position: int, began: datetime) -> Filing:
    """Follow a look that found the file still there: tell the person, and look again later.

    After the last look no call can act any more, and the file is judged anew.
    """
    filing = calm(filing)
    item = filing.items[position]
    removal = removal_of(item)
    first = removal.looked_at is None
    sent_at = began if first else removal.sent_at
    looked = dataclasses.replace(removal, sent_at=sent_at, looked_at=began)
    if look_due(looked) is not None:
        filing = with_removal(filing, position, sent_at=sent_at, looked_at=began)
        return dataclasses.replace(filing, unsaid=filing.unsaid or first)
    if removal.tries >= MOST_TRIES:
        return with_removal(filing, position, stand=Stand.LEFT, doubt=Doubt.STUCK)
    again = with_removal(filing, position, **_facts(before_removing(item)))
    return dataclasses.replace(again, looked=False)


def finished(filing: Filing, now: datetime) -> Filing:
    """End an undo; what was asked about and not answered with a yes stays."""
    for position, item in enumerate(filing.items):
        if removal_of(item).stand is Stand.ASKED:
            filing = with_removal(filing, position, stand=Stand.LEFT)
    return done(calm(filing), now)


def complete(filing: Filing) -> bool:
    """Say whether nothing of the receipt is on the record any more."""
    return all(item.taken_back for item in filing.items)


def with_removal(filing: Filing, position: int, **changes: object) -> Filing:
    """Return the filing with the undoing of one item changed."""
    items = list(filing.items)
    items[position] = _with(items[position], **changes)
    return dataclasses.replace(filing, items=tuple(items))


def _with(item: Item, **changes: object) -> Item:
    removal = dataclasses.replace(removal_of(item), **changes)  # type: ignore[arg-type]
    return dataclasses.replace(item, removal=removal)


def _facts(item: Item) -> dict[str, object]:
    removal = removal_of(item)
    return {"stand": removal.stand, "doubt": removal.doubt, "looked_at": removal.looked_at}
