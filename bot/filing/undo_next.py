"""What an undo needs next: a pure function of what is stored and of the clock."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain import Answer, Removal, Stand
from bot.filing.late import LATE

if TYPE_CHECKING:
    from bot.domain import Filing, Item

UNDO_WITHIN = timedelta(days=7)
"""How long after an attach it can be undone."""
LOOKS = (*(timedelta(seconds=seconds) for seconds in (0, 5, 15, 60)), LATE)
"""When to look whether a deletion without an answer happened, after it was sent.

It is not repeated before the last of these: the portal gives the number of a deleted file away
again, so two deletions on their way could hit two files.
"""


class Survey:
    """Find out which files are proved to be the receipt's own, and which are not."""


@dataclasses.dataclass(frozen=True, slots=True)
class Keep:
    """Copy a file into the person's own documents: an outside change."""

    position: int


@dataclasses.dataclass(frozen=True, slots=True)
class Remove:
    """Delete a file for good, if it is still as it was: an outside change."""

    position: int


@dataclasses.dataclass(frozen=True, slots=True)
class SettleRemoval:
    """Look whether a deletion happened whose answer was lost."""

    position: int


class Finish:
    """Note with the filing that was taken back what has become of it, and end."""


PortalUndoStep = Survey | Keep | Remove | SettleRemoval
UndoStep = PortalUndoStep | Finish


def removal_of(item: Item) -> Removal:
    return item.removal or Removal()


def next_undo(filing: Filing, now: datetime) -> UndoStep | datetime:
    """Return the one thing to do next, or when to look again."""
    for position, item in enumerate(filing.items):
        if removal_of(item).stand is Stand.REMOVING:
            due = look_due(removal_of(item))
            return SettleRemoval(position) if due is None or due <= now else due
    if not any(undecided(filing, item) for item in filing.items):
        return Finish()
    return _change(filing) if filing.looked else Survey()


def _change(filing: Filing) -> UndoStep:
    """Return the next change; what may go unasked goes first."""
    stands = [removal_of(item).stand for item in filing.items]
    for position, stand in enumerate(stands):
        if stand in {Stand.SURE, Stand.KEPT}:
            return Remove(position)
    for position, stand in enumerate(stands):
        if stand is Stand.KEEPING or (stand is Stand.ASKED and filing.answer is Answer.DETACH):
            return Keep(position)
    return Survey()


def undecided(filing: Filing, item: Item) -> bool:
    """Say whether something is still to be done about a file."""
    match removal_of(item).stand:
        case Stand.REMOVED | Stand.GONE | Stand.LEFT:
            return False
        case Stand.ASKED:
            return filing.answer is not Answer.LEAVE
        case _:
            return True


def look_due(removal: Removal) -> datetime | None:
    """Return when to look for a deletion; None: no call can act any more."""
    if removal.sent_at is None or removal.looked_at is None:
        return removal.sent_at
    times = (removal.sent_at + after for after in LOOKS)
    return next((time for time in times if time > removal.looked_at), None)
