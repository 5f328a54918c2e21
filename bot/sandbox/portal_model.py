"""What the sandbox portal knows: people, records, files and events as plain data."""

from __future__ import annotations

import dataclasses
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, Protocol, Self

from bot.domain import EntityRef, EntityType, Place
from bot.file_kinds import FileKind
from bot.sandbox.portal_names import split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain import FileId

PIECE = 256 * 1024
ENDINGS = {
    FileKind.ARCHIVE: (".zip", ".rar", ".gz", ".7z", ".tar"),
    FileKind.VIDEO: (".mp4", ".avi", ".mkv", ".mov", ".webm"),
    FileKind.AUDIO: (".mp3", ".wav", ".ogg", ".flac"),
    FileKind.IMAGE: (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".webp"),
    FileKind.SPREADSHEET: (".xlsx", ".xls", ".ods", ".csv"),
    FileKind.PRESENTATION: (".pptx", ".ppt", ".odp"),
    FileKind.DOCUMENT: (".docx", ".doc", ".odt", ".pdf", ".txt", ".rtf", ".html"),
}
KIND_OF = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}


class Share(IntEnum):
    """Who sees a contact; the numbers are the portal's `shareType`."""

    MANAGERS = 0
    WRITE = 1
    READ = 2


@dataclasses.dataclass(eq=False, kw_only=True)
class Person:
    """A user of the portal; `token` is the newest key, `code` what a second step accepts."""

    id: str
    name: str
    email: str = ""
    password: str = dataclasses.field(default="secret", repr=False)
    token: str = dataclasses.field(default="", repr=False)
    guest: bool = False
    crm: bool = True
    documents: bool = True
    crm_admin: bool = False
    owner: bool = False
    tfa: Literal["app", "sms"] | None = None
    code: str = dataclasses.field(default="246810", repr=False)
    phone: str = "+15550100"
    authenticator: bool = True
    language: str = "en"
    disabled: bool = False
    store_originals: bool = True
    update_existing: bool = False

    @property
    def user_name(self) -> str:
        return self.email.partition("@")[0]

    @property
    def may_use_crm(self) -> bool:
        return self.crm and not self.guest


@dataclasses.dataclass(eq=False, kw_only=True)
class Record:
    """A case, an opportunity or a contact; `listed` are those who see it when it is private.

    For contacts `share` decides, and `listed` are the managers. `employer` is a person's company.
    """

    ref: EntityRef
    title: str
    author: Person
    created: datetime
    closed: bool = False
    private: bool = False
    listed: tuple[Person, ...] = ()
    company: bool = False
    share: Share = Share.WRITE
    employer: int | None = None
    phone: str = ""

    @property
    def hidden(self) -> bool:
        """Whether only the listed people (and admins) see it."""
        if self.ref.type is EntityType.CONTACT:
            return self.share is Share.MANAGERS
        return self.private


@dataclasses.dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the Documents module; `owner` is None where it belongs to everybody."""

    id: int
    title: str
    place: Place
    owner: Person | None = None


@dataclasses.dataclass(eq=False, kw_only=True)
class StoredFile:
    """A file; `content` is None for one that has only a size, or that is too large to keep."""

    id: FileId
    title: str
    folder: Folder
    author: Person
    editor: Person
    created: datetime
    updated: datetime
    size: int = 0
    content: bytes | None = dataclasses.field(default=None, repr=False)
    digest: str = ""
    version: int = 1
    editing: bool = False

    @property
    def extension(self) -> str:
        return split(self.title)[1].lower()

    @property
    def kind(self) -> FileKind:
        return KIND_OF.get(self.extension, FileKind.UNKNOWN)

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes; zeros stand for those that are not kept."""
        if self.content is not None:
            yield self.content
            return
        whole, rest = divmod(self.size, PIECE)
        for _ in range(whole):
            yield bytes(PIECE)
        yield bytes(rest)


@dataclasses.dataclass(eq=False, kw_only=True)
class Event:
    """A history event; `tagged` are file numbers, whether such files exist or not."""

    id: int = 0
    author: Person
    created: datetime
    category: int
    content: str = ""
    entity: EntityRef | None = None
    contact: int | None = None
    tagged: list[int] = dataclasses.field(default_factory=list)

    @property
    def refs(self) -> list[EntityRef]:
        """The records whose history has this event; the first one's rights decide over it."""
        contact = EntityRef(EntityType.CONTACT, self.contact) if self.contact else None
        return [ref for ref in (self.entity, contact) if ref]


@dataclasses.dataclass(eq=False, kw_only=True)
class Operation:
    """Work of the Documents module on several files; `kind` is 0 move, 1 copy, 2 delete."""

    id: str
    kind: int
    person: Person
    files: list[StoredFile] = dataclasses.field(default_factory=list)
    error: str = ""
    processed: int = 0
    finished: bool = False


class Digest(Protocol):
    """A hash that is not finished."""

    def copy(self) -> Self: ...
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Received:
    """A file as it came in; `field` is the name of its part."""

    name: str
    size: int
    content: bytes | None = dataclasses.field(default=None, repr=False)
    digest: str = ""
    field: str = ""
    digested: Digest | None = dataclasses.field(default=None, repr=False)
    """The digest as something that can go on."""
