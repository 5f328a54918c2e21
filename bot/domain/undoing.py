"""The words for taking back what was attached."""

from __future__ import annotations

import dataclasses
from datetime import datetime  # noqa: TC003  (read at run time, to store an item)
from enum import StrEnum

from bot.domain.files import FileMark, PortalFile  # noqa: TC001  (the same)


class Stand(StrEnum):
    """How far the undoing of one file has come."""

    NAMED = "named"  # nothing is known yet
    SURE = "sure"  # the receipt's own copy, on no other record, as it was made: it may go unasked
    ASKED = "asked"  # it is the person's to decide
    KEEPING = "keeping"  # a copy for the person was asked for; its answer is not known
    KEPT = "kept"  # that copy lies in their documents
    REMOVING = "removing"  # its deletion was asked for; the answer is not known
    REMOVED = "removed"
    GONE = "gone"  # it was not there any more
    LEFT = "left"  # it stays


class Doubt(StrEnum):
    """Why a file is not deleted unasked, or not at all."""

    OLDER = "older"  # it was there before the receipt
    CHANGED = "changed"  # somebody changed it since
    UNPROVEN = "unproven"  # the portal did not tell enough to be sure that nobody did
    BUSY = "busy"  # somebody has it open, or the portal is converting it
    ELSEWHERE = "elsewhere"  # it was attached once more, here or to another record
    UNTRACED = "untraced"  # whether it was cannot be found out
    MOVED = "moved"  # it lies outside the CRM folder now, in the trash perhaps
    DENIED = "denied"  # the portal does not let this person delete it
    UNKEPT = "unkept"  # no copy of it could be made
    STUCK = "stuck"  # it is still there, although it was deleted twice


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """The undoing of one file.

    `doubt` says why it is not deleted unasked, or why it stays. `copy` is what was put into the
    person's own documents, and `mark` the state of the file of which that copy was made. A deletion
    without an answer was sent at `sent_at`, and looked for at `looked_at`; `tries` counts them.
    """

    stand: Stand = Stand.NAMED
    doubt: Doubt | None = None
    copy: PortalFile | None = None
    mark: FileMark | None = None
    sent_at: datetime | None = None
    looked_at: datetime | None = None
    tries: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What a filing takes back: the filing with this id and receipt.

    `events` are its entries in the portal's history; up to the entry `traced` it is known which
    others tag its files.
    """

    filing: str
    receipt: str
    events: tuple[int, ...]
    traced: int = 0
