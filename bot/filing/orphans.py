"""Files that may lie in the CRM folder on no record: nobody can list them, so the log has each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.domain import FINAL, ItemState, Stand

if TYPE_CHECKING:
    from bot.domain import Filing

log = structlog.get_logger()

_UNDER_WAY = frozenset({ItemState.COPYING, ItemState.BRINGING})
_LEFT = frozenset({ItemState.COPIED, ItemState.TWIN})


def note(filing: Filing, position: int, **known: int) -> None:
    """Write that a file of this item may lie there."""
    log.warning("orphan_possible", filing=filing.id, position=position, **known)


def note_under_way(filing: Filing) -> None:
    """Write what may lie there since the outcome of a copy or a transfer is not known any more."""
    for position, item in enumerate(filing.items):
        keeping = item.removal is not None and item.removal.stand is Stand.KEEPING
        if keeping or item.state in _UNDER_WAY:
            note(filing, position)


def note_left(before: Filing, after: Filing) -> None:
    """Write what a filing leaves there that has just ended without attaching it."""
    if before.state in FINAL or after.state not in FINAL:
        return
    for position, item in enumerate(after.items):
        if item.state in _LEFT and item.file is not None:
            note(after, position, file=item.file.id)
