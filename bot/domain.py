"""The words of attachbot as types: frozen, pure, the same in code, Slack, docs and logs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from bot.file_kinds import FileKind
from bot.reply_to import Posted, ReplyTo  # noqa: TC001  (read at run time, to store a filing)

Clock = Callable[[], datetime]
"""Returns the present time, in UTC and aware of it."""

FileId = NewType("FileId", int)
"""Number of a file on a portal, 1 to 2147483647."""

PortalUrl = NewType("PortalUrl", str)
"""Origin of a portal, such as `https://office.example.com`: no path, no final slash."""

HIGHEST_ID = 2_147_483_647
"""The portal keeps ids as 32-bit integers and refuses larger numbers."""

MOST_FILES = 50
"""Files that one request may name."""


class EntityType(StrEnum):
    """What files can be attached to; the value is the word in the portal's address."""

    CASE = "case"
    OPPORTUNITY = "opportunity"
    CONTACT = "contact"


@dataclasses.dataclass(frozen=True, slots=True)
class EntityRef:
    """A record of the CRM by type and number."""

    type: EntityType
    id: int

    def __str__(self) -> str:
        return f"{self.type.capitalize()} #{self.id}"


@dataclasses.dataclass(frozen=True, slots=True)
class EntityName:
    """A record by words of its name; `company` narrows contacts to companies or to persons."""

    type: EntityType
    words: str
    company: bool | None = None

    def __str__(self) -> str:
        return f"{self.type} {self.words}"


@dataclasses.dataclass(frozen=True, slots=True)
class UntypedNumber:
    """A record number without its type: three records may have it."""

    id: int

    def __str__(self) -> str:
        return f"record {self.id}"


Record = EntityRef | EntityName | UntypedNumber


@dataclasses.dataclass(frozen=True, slots=True)
class SlackUser:
    """A person in a workspace; `enterprise` is empty outside Enterprise Grid."""

    team: str
    id: str
    enterprise: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What the portal says of a record to the person who asks.

    `closed` is None where the type knows no closing (contacts); `company` is None for others than
    contacts.
    """

    ref: EntityRef
    title: str
    closed: bool | None = None
    private: bool = False
    company: bool | None = None


class Place(StrEnum):
    """Where a file lies, as far as it matters for attaching."""

    CRM = "crm"
    MY = "my"
    COMMON = "common"
    TRASH = "trash"
    OTHER = "other"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PortalFile:
    """A file as the portal describes it; `size` in bytes, `extension` with its dot, lower case."""

    id: FileId
    title: str
    size: int = 0
    kind: FileKind = FileKind.UNKNOWN
    extension: str = ""
    place: Place = Place.CRM
    author: str = ""
    created: datetime | None = None


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
    COPIED = "copied"  # the copy lies in the CRM folder
    ATTACHED = "attached"  # read back from the portal
    LEFT_OUT = "left_out"  # the portal accepted the call and left this file out


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file of a filing: `asked` is the number typed, `file` what is attached for it.

    `refused`: the portal did not take it, although it could not be seen why.
    """

    asked: FileId
    state: ItemState = ItemState.NAMED
    file: PortalFile | None = None
    copied_from: Place | None = None
    refused: bool = False

    @property
    def name(self) -> str:
        return self.file.title if self.file else f"file {self.asked}"


class FilingState(StrEnum):
    """Where a filing stands. `ready` is work for the worker, `waiting` is work for the person."""

    READY = "ready"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WaitingFor(StrEnum):
    """What a waiting filing needs from the person."""

    ACCOUNT = "account"  # connect first
    KEY = "key"  # the stored key is not accepted any more
    RECORD = "record"  # several records fit
    FILES = "files"  # some files cannot be attached as they are
    REPEAT = "repeat"  # the same was asked a moment before


class Purpose(StrEnum):
    """What the person wants of the record."""

    ATTACH = "attach"
    LIST = "list"


class Answer(StrEnum):
    """What a person may answer to a waiting filing (choosing a record is an answer of its own)."""

    COPY = "copy"  # copy misplaced files into CRM and attach the copies
    INSIST = "insist"  # the same, and attach files that the person may not read, too
    READY = "ready"  # attach what can be attached, leave the others
    REPEAT = "repeat"  # do it although the same was asked a moment before
    CANCEL = "cancel"
    AGAIN = "again"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The intent to attach, stored before the call.

    `watermark` is the newest event id of the record before it, `author` the portal's id of the
    person. `unknown` is True once the person has to hear that the answer was lost. `looked_at` is
    when the latest look for the outcome began; with the first look `at` moves to it.
    """

    files: tuple[FileId, ...]
    watermark: int
    author: str
    at: datetime
    unknown: bool = False
    looked_at: datetime | None = None
    repeats: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LateLook:
    """The look at `due`, when the portal acts on no call any more; failing tries end at `until`."""

    attempt: Attempt
    due: datetime
    until: datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """A domain error in storable form: the name of its class and its facts."""

    error: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One accepted request: inbox row, job, receipt and history in one.

    It is unique by `dedupe_key`. `version` grows with each save and fences late writers.
    `unsaid` is True while the person has not been told of the present state, `spoken` once
    something was said since they last asked (`asked_at`). `untold` is True once telling was given
    up: `/attach status` tells then. `wake_at` is when the worker looks next, `expires_at` when
    waiting or trying ends. `sharing` is where a public summary is still due, `shared` the one that
    stands there and can be changed. `changed_by` is the latest click that changed it: Slack may
    deliver one twice. `author` (the person's id on the portal) and `watermark` (the newest attach
    event) are of the latest look. `begun` names steps that began and may have ended a process,
    once for each time. `wish` is the same for the same wish of the same person, and
    empty for a list. `doubles` are the events of this filing that a late look found,
    when they were several.
    """

    id: str
    receipt: str
    dedupe_key: str
    user: SlackUser
    portal: PortalUrl
    record: Record
    reply: ReplyTo
    accepted_at: datetime
    wake_at: datetime
    purpose: Purpose = Purpose.ATTACH
    items: tuple[Item, ...] = ()
    note: str = ""
    everything: bool = False
    state: FilingState = FilingState.READY
    waiting_for: WaitingFor | None = None
    expires_at: datetime | None = None
    unsaid: bool = False
    untold: bool = False
    looked: bool = False
    answer: Answer | None = None
    entity: Entity | None = None
    choices: tuple[Entity, ...] = ()
    author: str = ""
    watermark: int = 0
    attempt: Attempt | None = None
    event: int | None = None
    on_record: tuple[PortalFile, ...] | None = None
    failure: Failure | None = None
    troubles: int = 0
    trouble_since: datetime | None = None
    trouble_told: bool = False
    finished_at: datetime | None = None
    asked_at: datetime | None = None
    spoken: bool = False
    sharing: ReplyTo | None = None
    shared: Posted | None = None
    changed_by: str = ""
    wish: str = ""
    begun: tuple[str, ...] = ()
    late: LateLook | None = None
    doubles: tuple[int, ...] = ()
    version: int = 0

    @property
    def ref(self) -> EntityRef | None:
        """The record's type and number, once they are known."""
        return self.record if isinstance(self.record, EntityRef) else None

    @property
    def open(self) -> bool:
        """Whether the person still waits for something."""
        return self.state not in FINAL or self.unsaid or self.sharing is not None

    @property
    def uncertain(self) -> bool:
        """Whether the files were sent to the record, and no answer is known."""
        return self.attempt is not None and self.event is None

    @property
    def over(self) -> bool:
        """Whether nothing is left to do, unasked looks included."""
        return not self.open and self.late is None


FINAL = frozenset({FilingState.DONE, FilingState.FAILED, FilingState.CANCELLED})


Block = dict[str, Any]
"""One Block Kit block."""


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """What the bot says: blocks for the eye, and `text` that says the same on its own."""

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the arguments that every way to post a message takes."""
        return {"text": self.text, "blocks": list(self.blocks)}


View = dict[str, Any]
"""A Block Kit view (a form)."""
