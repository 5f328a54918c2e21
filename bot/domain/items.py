"""The words for the files of a filing, wherever their bytes lie."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Any

from bot.domain.files import FileId, Place, PortalFile
from bot.domain.undoing import Removal, Stand

MOST_FILES = 50
"""Files that one request may name."""


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """A domain error in storable form: the name of its class and its facts."""

    error: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """A file in Slack that is to be put into the portal.

    `name` and `size` (bytes, 0 for unknown) are what was last heard of it; `channel` is where the
    person saw it, or "".
    """

    id: str
    name: str = ""
    size: int = 0
    channel: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A text that is to become a file; it is sealed, and gone once its bytes lie in the portal."""

    title: str
    sealed: str = dataclasses.field(default="", repr=False)


Source = FileId | SharedFile | WrittenFile
"""Where the bytes of an item lie when it is asked for."""


@dataclasses.dataclass(frozen=True, slots=True)
class Underway:
    """A file on its way into the portal; `done` and `size` in bytes, `size` 0 if not known."""

    name: str
    done: int
    size: int


class ItemState(StrEnum):
    """How far one file of a filing has come."""

    NAMED = "named"  # asked for; nothing is known yet
    READY = "ready"  # lies where CRM can link it, and the person may read it
    PRESENT = "present"  # was on the record before this filing
    MISSING = "missing"  # no such file
    HIDDEN = "hidden"  # there is one, but the person may not read it (or it is on no record yet)
    MISPLACED = "misplaced"  # lies outside the CRM folder; a copy would help
    TRASHED = "trashed"  # lies in the trash
    BLOCKED = "blocked"  # its type is not allowed here
    COPYING = "copying"  # the copy was asked for; its answer is not known
    SHARED = "shared"  # its bytes lie outside the portal, and are to be brought
    BRINGING = "bringing"  # bringing them has begun; its outcome is not known
    COPIED = "copied"  # its bytes lie in the CRM folder, under a number of their own
    REFUSED = "refused"  # it cannot be brought; its failure says why
    TWIN = "twin"  # the same content is on the record; its failure says since when
    STOPPED = "stopped"  # left out, since the person stopped it
    ATTACHED = "attached"  # read back from the portal
    LEFT_OUT = "left_out"  # the portal accepted the call and left this file out


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file of a filing: `source` is what was asked for, `file` what is attached for it.

    `refused`: the portal did not take it, although it could not be seen why. `sha256` is the digest
    (hex) of the bytes that were brought. `failure` is why it is refused or a twin, or why bringing
    it failed the last time; `tries` counts such failures. `removal` is how far undoing has come.
    """

    source: Source
    state: ItemState = ItemState.NAMED
    file: PortalFile | None = None
    copied_from: Place | None = None
    refused: bool = False
    sha256: str = ""
    failure: Failure | None = None
    tries: int = 0
    removal: Removal | None = None

    @property
    def number(self) -> FileId | None:
        """The number that was asked for, if it was one."""
        return None if isinstance(self.source, SharedFile | WrittenFile) else self.source

    @property
    def brought(self) -> bool:
        """Whether the filing put the file into the portal, from outside of it."""
        return bool(self.sha256) and self.file is not None

    @property
    def made_here(self) -> bool:
        """Whether the filing itself put the file into the CRM, from wherever."""
        return self.brought or self.copied_from is not None

    @property
    def taken_back(self) -> bool:
        """Whether the file is not on the record any more, as an undo found or saw to."""
        gone = {Stand.REMOVED, Stand.GONE}
        return self.removal is not None and self.removal.stand in gone

    @property
    def name(self) -> str:
        if self.file:
            return self.file.title
        match self.source:
            case SharedFile(id=id_, name=name):
                return name or f"file {id_}"
            case WrittenFile(title=title):
                return title
            case number:
                return f"file {number}"
