"""A portal as a model: its records, files and events, and the weather between it and the bot."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import (
    Entity,
    EntityRef,
    EntityType,
    FileId,
    ItemState,
    Place,
    PortalFile,
    PortalUrl,
)
from bot.portal.model import Event, Seen

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Sequence

OFFICE = PortalUrl("https://office.example.com")
RECORDS = tuple(EntityRef(EntityType.CASE, number) for number in range(1, 17))
NAMES = {ref: f"Customer {ref.id}" for ref in RECORDS} | {
    RECORDS[0]: "Acme",
    RECORDS[1]: "Acme renewal",
    RECORDS[2]: "Zenith",
}
Window = tuple[float, float]
"""Begin and end, in virtual seconds."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What goes wrong in one simulation, and how often: with reads, and with changes.

    `latest`: how many seconds after it was sent an attach acts at most.
    """

    reads: float
    changes: float
    slow: float
    latest: float
    outages: Sequence[Window] = ()
    refused: Sequence[Window] = ()
    """When no key is accepted."""
    expiries: Sequence[float] = ()
    """When every key issued before stops being accepted."""
    misplaced: float = 0.02
    """How often a copy lands in another folder than it was to."""
    uploads: float = 0.0
    """How often bytes do not get in, or are not known to."""


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """An attach event; `files` are the numbers that existed when it was written."""

    id: int
    ref: EntityRef
    author: str
    files: tuple[FileId, ...]
    sent: float
    acted: float


class SimulatedOffice:
    """What the portal knows; it outlives every life of the bot."""

    def __init__(self, weather: Weather, dice: random.Random) -> None:
        self.weather = weather
        self.dice = dice
        self.states: dict[FileId, ItemState] = {}
        self.copies: dict[FileId, FileId] = {}
        """The original of each file that the bot had made, also where that lies in Slack."""
        self.digests: dict[FileId, str] = {}
        self.on_record: dict[EntityRef, list[FileId]] = {ref: [] for ref in RECORDS}
        self.events: list[Written] = []
        self.gone: set[FileId] = set()
        self.sent = 0
        self.lost = 0

    def origin(self, file: FileId) -> FileId:
        return self.copies.get(file, file)

    def entity(self, ref: EntityRef) -> Entity | None:
        return Entity(ref=ref, title=NAMES[ref], closed=False) if ref in NAMES else None

    def named(self, words: str) -> Sequence[Entity]:
        return [
            Entity(ref=ref, title=name, closed=False)
            for ref, name in NAMES.items()
            if words in name
        ]

    def file(self, id_: FileId) -> PortalFile:
        misplaced = self.states.get(id_) is ItemState.MISPLACED
        place = Place.MY if misplaced else Place.CRM
        return PortalFile(id=id_, title=f"{id_}.pdf", size=1000, place=place)

    def look(self, id_: FileId) -> Seen:
        state = self.states.get(id_, ItemState.MISSING)
        readable = state in {ItemState.READY, ItemState.MISPLACED, ItemState.TRASHED}
        return Seen(state, self.file(id_) if readable else None)

    def files_of(self, ref: EntityRef) -> Sequence[PortalFile]:
        there = (id_ for id_ in self.on_record.get(ref, ()) if id_ not in self.gone)
        return [self.file(id_) for id_ in there]

    def newest(self, ref: EntityRef) -> int:
        return max((event.id for event in self.events if event.ref == ref), default=0)

    def since(self, ref: EntityRef, watermark: int, author: str) -> Sequence[Event]:
        return [
            self.shown(event)
            for event in reversed(self.events)
            if event.ref == ref and event.id > watermark and event.author == author
        ]

    def shown(self, event: Written) -> Event:
        there = (id_ for id_ in event.files if id_ not in self.gone)
        return Event(event.id, tuple(self.file(id_) for id_ in there))

    def attach(
        self, ref: EntityRef, files: Collection[FileId], author: str, *, sent: float, now: float
    ) -> Event:
        """Write an event with the files that exist; nothing is said of the others."""
        there = tuple(id_ for id_ in files if self.states.get(id_) not in {None, ItemState.MISSING})
        written = Written(len(self.events) + 1, ref, author, there, sent, now)
        self.events.append(written)
        self.on_record[ref].extend(there)
        for id_ in there:  # who sees the record may read its files
            self.states[id_] = ItemState.READY
        return self.shown(written)

    def copy(self, file: PortalFile, *, misplace: bool) -> PortalFile:
        number = FileId(900_000 + len(self.copies))
        self.copies[number] = file.id
        self.states[number] = ItemState.MISPLACED if misplace else ItemState.HIDDEN
        return self.file(number)

    def store(self, original: FileId, digest: str) -> PortalFile:
        """Take in bytes that came from elsewhere; the file is on no record yet."""
        number = FileId(800_000 + len(self.digests))
        self.copies[number] = original
        self.digests[number] = digest
        self.states[number] = ItemState.HIDDEN
        return self.file(number)

    def loose(self) -> set[FileId]:
        """Return the files that the bot had made in the CRM folder, and that no event shows."""
        shown = {file for event in self.events for file in event.files}
        in_crm = {id_ for id_ in self.copies if self.states[id_] is not ItemState.MISPLACED}
        return in_crm - shown

    def delete(self, id_: FileId) -> None:
        self.states[id_] = ItemState.MISSING
        self.gone.add(id_)

    def generation(self, now: float) -> int:
        """Return how many keys a person has had by now."""
        return sum(moment <= now for moment in self.weather.expiries)

    def accepts(self, key: str, now: float) -> bool:
        closed = any(begin <= now < end for begin, end in self.weather.refused)
        return not closed and key == key_of(owner_of(key), self.generation(now))

    def away(self, now: float) -> bool:
        return any(begin <= now < end for begin, end in self.weather.outages)


def key_of(owner: str, generation: int) -> str:
    return f"the-portal-key.{owner}.{generation}"


def owner_of(key: str) -> str:
    return key.split(".")[1]
