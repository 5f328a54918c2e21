"""What follows from a step of an undo that failed; pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.errors import OutcomeUnknownError
from bot.filing.troubles import troubled
from bot.filing.undo_next import Keep, Remove
from bot.filing.undoing import answer_lost, unsent

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain import Filing
    from bot.errors import BotError
    from bot.filing.undo_next import UndoStep


def undo_troubled(  # noqa: PLR0913  (the clock, the waiting time and the dice come from outside)
    filing: Filing,
    step: UndoStep,
    error: BotError,
    now: datetime,
    *,
    keep: timedelta,
    chance: float,
) -> Filing:
    """Follow a step that failed: a deletion that may have happened is looked for, never repeated.

    Everything else did nothing, or made a copy that nobody needs; the files are judged anew.
    """
    if isinstance(step, Remove) and isinstance(error, OutcomeUnknownError):
        return answer_lost(filing, now)
    if isinstance(step, Keep | Remove):
        filing = dataclasses.replace(unsent(filing), looked=False)
    return troubled(filing, error, now, keep=keep, chance=chance)
