"""What the audit tells of: who did what to which record, and how it came out. No contents, pure.

Names, titles, notes and texts are contents; numbers, ids, receipts and times are not.
"""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

from bot.domain import (
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    Purpose,
    SharedFile,
    SlackUser,
    Stand,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.domain import PortalUrl

T = TypeVar("T")


class Act(StrEnum):
    """What happened."""

    ACCEPTED = "accepted"
    ANSWERED = "answered"  # a question of the bot; the outcome is the answer
    COPIED = "copied"  # a copy was put into CRM
    BROUGHT = "brought"  # a file from outside was put into CRM
    ORPHAN_POSSIBLE = "orphan_possible"  # one of these may lie in CRM on no record
    ATTACHED = "attached"
    UNCHANGED = "unchanged"  # ended well, and there was nothing to attach
    UNDONE = "undone"  # these files were deleted from CRM
    KEPT = "kept"  # a copy of one was put into the person's own documents
    DOUBLED = "doubled"  # the portal applied one attach several times
    FAILED = "failed"
    CANCELLED = "cancelled"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    FORGOTTEN = "forgotten"  # everything of this person was deleted
    TURNED_AWAY = "turned_away"  # a member of another workspace
    KEYS_ROTATED = "keys_rotated"
    SWEPT = "swept"  # the oldest entries were deleted, up to the number and hash in it


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit. Without a `user` the operator or the bot itself acted."""

    act: Act
    user: SlackUser | None = None
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def text(self) -> str:
        """Return what happened as one line of JSON; facts that say nothing are left out."""
        told = {name: fact for name, fact in self.facts.items() if fact not in (None, "", [], ())}
        said = {"act": self.act.value, **told}
        return json.dumps(said, sort_keys=True, separators=(",", ":"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """How far a filing was before a save, as far as the audit cares.

    `items` are the state of each, and how far it was taken back (its removal's stand).
    """

    version: int
    state: str
    answer: str | None = None
    anyway: bool = False
    doubles: Sequence[int] = ()
    orphans: int = 0
    items: Sequence[tuple[str, str | None]] = ()


def connected(user: SlackUser, portal: PortalUrl) -> Entry:
    return Entry(Act.CONNECTED, user, {"portal": portal})


def turned_away(user: SlackUser, channel: str) -> Entry:
    return Entry(Act.TURNED_AWAY, user, {"channel": channel})


def accepted(filing: Filing) -> Sequence[Entry]:
    """Return what is told of a new filing; a list changes nothing, so it is not told of."""
    if filing.purpose is Purpose.LIST:
        return ()
    numbers = [item.number for item in filing.items if item.number is not None]
    shared = [item.source.id for item in filing.items if isinstance(item.source, SharedFile)]
    facts = {
        "files": numbers,
        "slack_files": shared,
        "outcome": filing.waiting_for,
        "undoes": filing.undo and filing.undo.receipt,
    }
    return [_entry(Act.ACCEPTED, filing, facts)]


def saved(before: Before, filing: Filing) -> Sequence[Entry]:
    """Return what is told of a save: everything that was not so before it."""
    if filing.purpose is Purpose.LIST:
        return ()
    moved = _taken_back if filing.undo else _moved
    orphans = (filing.items[position] for position in filing.orphans[before.orphans :])
    return [
        *_answered(before, filing),
        *(_entry(Act.ORPHAN_POSSIBLE, filing, _source(item)) for item in orphans),
        *moved(before, filing),
        *_ended(before, filing),
    ]


def forgotten(filing: Filing) -> Sequence[Entry]:
    """Return what is told of an open filing that is deleted."""
    if filing.purpose is Purpose.LIST or not filing.open:
        return ()
    outcome = "uncertain" if filing.uncertain else "forgotten"
    return [_entry(Act.CANCELLED, filing, {"outcome": outcome})]


def _answered(before: Before, filing: Filing) -> Iterator[Entry]:
    if filing.answer and filing.answer != before.answer:
        yield _entry(Act.ANSWERED, filing, {"outcome": filing.answer})
    if filing.anyway and not before.anyway:
        yield _entry(Act.ANSWERED, filing, {"outcome": "anyway"})


def _moved(before: Before, filing: Filing) -> Iterator[Entry]:
    """Tell of files that came to lie elsewhere."""
    stood = [state for state, _ in before.items]
    changed = [item for item, state in _beside(filing, stood) if item.state != state]
    for item in changed:
        if item.state is ItemState.COPIED and item.file:
            act = Act.COPIED if item.copied_from else Act.BROUGHT
            yield _entry(act, filing, {"files": [item.file.id], **_source(item)})
    attached = [item.file.id for item in changed if item.state is ItemState.ATTACHED and item.file]
    if attached:
        yield _entry(Act.ATTACHED, filing, {"files": attached, "event": filing.event})
    if filing.doubles and list(filing.doubles) != list(before.doubles):
        yield _entry(Act.DOUBLED, filing, {"events": list(filing.doubles)})


def _taken_back(before: Before, filing: Filing) -> Iterator[Entry]:
    """Tell of files that an undo has kept for the person, or deleted."""
    stood = [stand for _, stand in before.items]
    for item, stand in _beside(filing, stood):
        removal, files = item.removal, [item.file.id] if item.file else []
        if removal is None or removal.stand == stand:
            continue
        if removal.stand is Stand.KEPT and removal.copy:
            yield _entry(Act.KEPT, filing, {"files": [removal.copy.id], "of": files})
        if removal.stand is Stand.REMOVED:
            yield _entry(Act.UNDONE, filing, {"files": files})


def _beside(filing: Filing, before: Sequence[T]) -> Iterator[tuple[Item, T | None]]:
    """Return each item with what was so of it before, or None if it is new."""
    return zip_longest(filing.items, before[: len(filing.items)])


def _ended(before: Before, filing: Filing) -> Iterator[Entry]:
    if filing.state == before.state:
        return
    outcome = filing.failure.error if filing.failure else ""
    match filing.state:
        case FilingState.FAILED:
            uncertain = filing.uncertain or None
            yield _entry(Act.FAILED, filing, {"outcome": outcome, "uncertain": uncertain})
        case FilingState.CANCELLED:
            yield _entry(Act.CANCELLED, filing, {"outcome": outcome})
        case FilingState.DONE if not any(_changed(filing, item) for item in filing.items):
            yield _entry(Act.UNCHANGED, filing, {})


def _changed(filing: Filing, item: Item) -> bool:
    """Tell whether the filing did to this item what it was to do."""
    if filing.undo:
        return item.removal is not None and item.removal.stand is Stand.REMOVED
    return item.state is ItemState.ATTACHED


def _source(item: Item) -> dict[str, str | FileId | None]:
    """Return where the bytes of an item came from, by id."""
    shared = item.source.id if isinstance(item.source, SharedFile) else None
    return {"of": item.number, "of_slack_file": shared}


def _entry(act: Act, filing: Filing, facts: Mapping[str, Any]) -> Entry:
    about: dict[str, Any] = {
        "receipt": filing.receipt,
        "filing": filing.id,
        "portal": filing.portal,
        "type": filing.ref and filing.ref.type,
        "number": filing.ref and filing.ref.id,
    }
    return Entry(act, filing.user, about | dict(facts))
