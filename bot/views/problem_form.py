"""The words for a form that was not opened, filled or sent in time; its choices are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.views import blocks, buttons, forms
from bot.views.blocks import button
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import View

_HEADLINES = {
    "open": "Slack did not open the form in time",
    "fill": "I could not fill in the form in time",
    "send": "This form was open too long",
}
_KEPT = "Nothing was attached. Your choices are saved for a day."


def form_words(error: errors.FormError) -> Note:
    match error:
        case errors.FormLateError(draft=draft, when=when):
            return Note(
                headline=_HEADLINES.get(when, _HEADLINES["open"]),
                body=_KEPT,
                buttons=(
                    button(
                        "Open the form again",
                        "draft.open",
                        draft,
                        says="Open the form again with your choices",
                    ),
                ),
            )
        case _:
            return Note(
                headline="I do not have the choices of this form any more",
                body=(
                    "Nothing was attached. I keep them for a day. Use the shortcut on the message "
                    "again, or fill in a new form."
                ),
                buttons=buttons.form("Attach files", "", says="Attach files in a new form"),
            )


def late_view(error: errors.FormLateError) -> View:
    """Draw the same in place of the form."""
    note = form_words(error)
    return forms.form(
        title="Attach to CRM",
        callback="attach_late",
        blocks=[
            blocks.section(f"*{note.headline}*\n{note.body}"),
            *blocks.actions(note.buttons),
        ],
    )
