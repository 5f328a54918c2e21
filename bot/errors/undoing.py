"""The branch of taking back what was attached."""

from __future__ import annotations

from bot.errors.root import BotError


class UndoError(BotError):
    """Why an undo does not begin; nothing was changed. `receipt` is what it would take back."""


class NothingToUndoError(UndoError):
    """Without a receipt: there is no request at all that could be taken back."""

    receipt: str = ""


class UndoTooLateError(UndoError):
    """It could be taken back until then (seconds since 1970)."""

    receipt: str
    until: int


class UndoTooSoonError(UndoError):
    """It can be taken back from then on (seconds since 1970)."""

    receipt: str
    after: int


class UndoneBeforeError(UndoError):
    receipt: str
