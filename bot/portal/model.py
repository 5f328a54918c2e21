"""What the portal's calls take and give beyond the words of the whole product."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from bot.domain import FileId, ItemState, PortalFile, PortalUrl


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """Who calls which portal. `owner` is the portal's id of the person."""

    portal: PortalUrl
    key: SecretStr = dataclasses.field(repr=False)
    owner: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Owner:
    """The person a key belongs to."""

    id: str
    name: str
    email: str


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """A history event that put files on a record."""

    id: int
    files: tuple[PortalFile, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a file number showed; `file` is None unless the person may read it."""

    state: ItemState
    file: PortalFile | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Quota:
    """Bytes that the portal has left, and that one file may have; None where it does not say."""

    left: int | None
    largest: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Trace:
    """Which entries of a portal's history, up to the `newest`, tag which files."""

    newest: int
    entries: Mapping[FileId, frozenset[int]]
