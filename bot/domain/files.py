"""The words for files on a portal."""

from __future__ import annotations

import dataclasses
from datetime import datetime  # noqa: TC003  (read at run time, to store an item)
from enum import StrEnum
from typing import NewType

from bot.file_kinds import FileKind

FileId = NewType("FileId", int)
"""Number of a file on a portal, 1 to 2147483647."""


class Place(StrEnum):
    """Where a file lies, as far as it matters for attaching."""

    CRM = "crm"
    MY = "my"
    COMMON = "common"
    TRASH = "trash"
    OTHER = "other"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FileMark:
    """What tells one state of a file from every other: two equal marks are the same state.

    `made_by` and `changed_by` are the portal's ids of people; `title` and `size` are the file's.
    """

    version: int
    group: int
    made: datetime
    made_by: str
    changed: datetime
    changed_by: str
    title: str
    size: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PortalFile:
    """A file as the portal describes it; `size` in bytes, `extension` with its dot, lower case.

    `mark` is None where the portal did not say enough for one. `busy`: an editor has it open, or
    the portal is converting it.
    """

    id: FileId
    title: str
    size: int = 0
    kind: FileKind = FileKind.UNKNOWN
    extension: str = ""
    place: Place = Place.CRM
    author: str = ""
    created: datetime | None = None
    mark: FileMark | None = None
    busy: bool = False
