"""Files that may lie in CRM on no record: nobody can list them, so log and audit have each."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import structlog

from bot.domain import FINAL, ItemState, Stand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Filing

_UNDER_WAY = frozenset({ItemState.COPYING, ItemState.BRINGING})
_LEFT = frozenset({ItemState.COPIED, ItemState.TWIN})


def note(filing: Filing, position: int, **known: int) -> Filing:
    """Write that a file of this item may lie there; the filing that is returned knows it."""
    # Made anew, and not once: a proof listens to it, whatever has logged before.
    structlog.get_logger().warning("orphan_possible", filing=filing.id, position=position, **known)
    return with_orphans(filing, [position])


def note_under_way(filing: Filing) -> Filing:
    """Write what may lie there since the outcome of a copy or a transfer is not known any more."""
    for position in under_way(filing):
        filing = note(filing, position)
    return filing


def note_left(before: Filing, after: Filing) -> Filing:
    """Write what a filing leaves there that has just ended without attaching it."""
    for position in left(before, after):
        file = after.items[position].file
        after = note(after, position, **({"file": file.id} if file else {}))
    return after


def with_orphans(filing: Filing, positions: Sequence[int]) -> Filing:
    """Return a filing that knows of these, and has the audit tell of them."""
    return dataclasses.replace(filing, orphans=(*filing.orphans, *positions))


def under_way(filing: Filing) -> list[int]:
    """Return the positions of items with a copy or a transfer under way."""
    return [
        position
        for position, item in enumerate(filing.items)
        if item.state in _UNDER_WAY or (item.removal and item.removal.stand is Stand.KEEPING)
    ]


def left(before: Filing, after: Filing) -> list[int]:
    """Return the positions of items whose file lies there when a filing has just ended."""
    if before.state in FINAL or after.state not in FINAL:
        return []
    return [
        position
        for position, item in enumerate(after.items)
        if item.state in _LEFT and item.file is not None
    ]
