"""The words for an accepted request, and how far it has come."""

from __future__ import annotations

import dataclasses
from datetime import datetime  # noqa: TC003  (read at run time, to store a filing)
from enum import StrEnum

from bot.domain.files import FileId, PortalFile  # noqa: TC001  (the same)
from bot.domain.items import Failure, Item  # noqa: TC001  (the same)
from bot.domain.records import Entity, EntityRef, PortalUrl, Record, SlackUser
from bot.domain.undoing import Stand, Undo
from bot.reply_to import Posted, ReplyTo  # noqa: TC001  (the same)


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
    UNDO = "undo"  # some files are not to be deleted unasked


class Purpose(StrEnum):
    """What the person wants of the record."""

    ATTACH = "attach"
    LIST = "list"
    UNDO = "undo"
    LINK = "link"


class Answer(StrEnum):
    """What a person may answer to a waiting filing (choosing a record is an answer of its own)."""

    ANYWAY = "anyway"  # attach also what the record has already, by content
    STOP = "stop"  # bring nothing more, and attach what was brought
    COPY = "copy"  # copy misplaced files into CRM and attach the copies
    INSIST = "insist"  # the same, and attach files that the person may not read, too
    READY = "ready"  # attach what can be attached, leave the others
    REPEAT = "repeat"  # do it although the same was asked a moment before
    DETACH = "detach"  # keep copies of what is not deleted unasked, then delete it
    LEAVE = "leave"  # leave that where it is
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
    """The look at `due`, when the portal acts on no call any more; failing tries end at `until`.

    `earlier` are attempts that a filing made with other files, before it was taken up again.
    """

    attempt: Attempt
    due: datetime
    until: datetime | None = None
    earlier: tuple[Attempt, ...] = ()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """All that are looked for, the latest first."""
        return (self.attempt, *reversed(self.earlier))


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
    when they were several. `orphans` are positions of items of which a copy may lie in CRM on no
    record, once for each copy. `anyway` lets twins be attached. `openly` is where everybody is to
    read the summary, once something is attached.
    `events_before` are its entries in the portal's history from before it was
    taken up again. `undo` says what it takes back; `undone_at` is when all that it attached was
    taken back. `linking` is the conversation that is to be
    linked to the record, once the person's own key has shown it.
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
    orphans: tuple[int, ...] = ()
    anyway: bool = False
    openly: ReplyTo | None = None
    events_before: tuple[int, ...] = ()
    undo: Undo | None = None
    undone_at: datetime | None = None
    linking: str = ""
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
    def sent(self) -> bool:
        """Whether something was sent to the record that may have happened."""
        removals = (item.removal for item in self.items if item.removal)
        removing = any(removal.stand is Stand.REMOVING for removal in removals)
        return self.attempt is not None or removing

    @property
    def over(self) -> bool:
        """Whether nothing is left to do, unasked looks included."""
        return not self.open and self.late is None


def undo_wish(origin: Filing) -> str:
    """Return the wish that every undo of a filing has."""
    return f"undo:{origin.id}"


FINAL = frozenset({FilingState.DONE, FilingState.FAILED, FilingState.CANCELLED})
