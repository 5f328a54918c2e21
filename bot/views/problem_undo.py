"""The words for an undo that does not begin; nothing was changed then."""

from __future__ import annotations

from datetime import UTC, datetime

from bot import errors
from bot.views import buttons
from bot.views.blocks import DAY_AND_TIME, SHORT, escape, moment
from bot.views.notes import Note


def undo_words(error: errors.UndoError) -> Note:
    match error:
        case errors.UndoTooLateError(receipt=receipt, until=until):
            return Note(
                headline=f"Receipt {escape(receipt, SHORT)} cannot be undone any more",
                body=(
                    f"That was possible for 7 days, until {_at(until)}. Nothing was changed. You "
                    "can still remove the files in CRM."
                ),
                buttons=buttons.status(),
            )
        case errors.UndoTooSoonError(receipt=receipt, after=after):
            return Note(
                headline=f"Receipt {escape(receipt, SHORT)} can be undone from {_at(after)} on",
                body=(
                    "The portal did not answer when I attached the files, and might still act on "
                    "that call. Nothing was changed. Undo it then."
                ),
                buttons=buttons.status(),
            )
        case errors.UndoneBeforeError(receipt=receipt):
            return Note(
                headline=f"Receipt {escape(receipt, SHORT)} was undone before",
                body="Nothing was changed. Attach the files again if you need them on the record.",
                buttons=buttons.status(),
            )
        case errors.NothingToUndoError(receipt=receipt) if receipt:
            return Note(
                headline=f"You have no receipt {escape(receipt, SHORT)} that can be undone",
                body=(
                    "Nothing was changed. Receipts can be undone for 7 days, by who attached "
                    "something with them."
                ),
                buttons=buttons.status(),
            )
        case _:
            return Note(
                headline="You have attached nothing that can be undone",
                body="Nothing was changed. Receipts can be undone for 7 days.",
                buttons=buttons.status(),
            )


def _at(seconds: int) -> str:
    return moment(datetime.fromtimestamp(seconds, UTC), DAY_AND_TIME)
