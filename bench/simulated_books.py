"""What a simulation brought into the portal: true outcomes, whole bytes, nothing unannounced."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from bot.domain import Answer, FileId, FilingState, Item, ItemState, SharedFile, WrittenFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.simulated_office import Written
    from bench.simulated_plan import Request
    from bench.simulated_world import World
    from bot.domain import Filing

TAKES_UP = frozenset({Answer.AGAIN, Answer.ANYWAY})
"""Answers that begin an ended request anew (choosing another record does as well)."""
_NO_OUTCOME = frozenset(
    {
        ItemState.NAMED,
        ItemState.READY,
        ItemState.COPYING,
        ItemState.COPIED,
        ItemState.SHARED,
        ItemState.BRINGING,
    }
)


@dataclasses.dataclass
class Told:
    """What the log of all lives said: every bug, and how often a file may have been left behind."""

    bugs: list[str] = dataclasses.field(default_factory=list)
    orphans: Counter[str] = dataclasses.field(default_factory=Counter)


def number_of(item: Item) -> FileId:
    """Return by which number the simulation knows what was asked for."""
    match item.source:
        case SharedFile(id=id_):
            return FileId(int(id_[1:]))
        case WrittenFile(title=title):
            return FileId(int(title.partition(".")[0]))
        case number:
            return number


def of_state(filing: Filing, state: ItemState) -> set[FileId]:
    return {number_of(item) for item in filing.items if item.state is state}


def originals(event: Written, world: World) -> set[FileId]:
    """Return what was asked for of the files of an event."""
    return {world.office.origin(file) for file in event.files}


def begun_anew(request: Request) -> bool:
    return any(said in TAKES_UP or not isinstance(said, Answer) for said in request.said)


def brought(
    request: Request,
    filing: Filing,
    events: Sequence[Written],
    world: World,
    counts: Counter[str],
) -> Sequence[str]:
    """See that each item has a true outcome, and that all attached bytes are whole."""
    bytes_of = {file.number: file.sha256 for file in request.shared}
    if request.written:
        number, text = request.written
        bytes_of[number] = hashlib.sha256(text.encode()).hexdigest()
    office = world.office
    wrong = [
        f"{file} was attached with other bytes than {office.origin(file)} has"
        for event in events
        for file in event.files
        if office.digests.get(file) != bytes_of.get(office.origin(file))
    ]
    for item in filing.items:
        if filing.state is FilingState.DONE or item.state in {ItemState.TWIN, ItemState.REFUSED}:
            counts[f"item {item.state}"] += 1
        wrong += [f"{number_of(item)} {what}" for what in _untrue(item, request, filing, world)]
    return wrong


def _untrue(item: Item, request: Request, filing: Filing, world: World) -> Sequence[str]:
    done = filing.state is FilingState.DONE
    match item.state:
        case ItemState.STOPPED if Answer.STOP not in request.said:
            return ["was stopped by nobody"]
        case ItemState.REFUSED | ItemState.TWIN if item.failure is None:
            return [f"is {item.state}, and why is not known"]
        case ItemState.TWIN if not _twin_of(item, filing, world):
            return ["has no twin on the record"]
        case state if done and state in _NO_OUTCOME:
            return [f"is {state} in a request that is done"]
    return []


def _twin_of(item: Item, filing: Filing, world: World) -> bool:
    """Say whether the record has other bytes like these (the file itself is on no record)."""
    number = item.failure.facts["file"] if item.failure else 0
    on_record = {
        file for ref, there in world.office.on_record.items() for file in there if ref == filing.ref
    }
    same = not item.sha256 or world.office.digests.get(FileId(number)) == item.sha256
    return number in on_record and same


def loose(
    request: Request, filing: Filing, world: World, told: Told, counts: Counter[str]
) -> Sequence[str]:
    """See that each file that was made, and is on no record, is known to its request or the log."""
    office = world.office
    ours = {file for file in office.loose() if office.origin(file) in request.numbers}
    known = {item.file.id for item in filing.items if item.file}
    counts["left in CRM, all in the log"] += len(ours)
    counts["of them known to their request"] += len(ours & known)
    if len(ours) <= told.orphans[filing.id]:
        return []
    return [f"{sorted(ours)} are on no record, {told.orphans[filing.id]} are in the log"]
