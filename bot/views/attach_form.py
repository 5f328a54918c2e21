"""The form that takes a record and files, and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import Entity
from bot.errors import (
    BadRecordError,
    NoLastRecordError,
    NoLinkedRecordError,
    RecordError,
    RemarkChosenError,
    UnsupportedTypeError,
)
from bot.views import blocks, commands, forms
from bot.views.choices import choice
from bot.views.problem import problem

if TYPE_CHECKING:
    from bot.domain import Block, EntityRef, View
    from bot.errors import BotError

_RECORD = "am.record"
_FILES = "am.files"
_OF_THE_RECORD = (
    RecordError,
    BadRecordError,
    NoLastRecordError,
    NoLinkedRecordError,
    RemarkChosenError,
    UnsupportedTypeError,
)


def attach_form(*, record: Entity | EntityRef | None, files: str, channel: str) -> View:
    """Draw the form; `files` is what to fill in, `channel` where the answer goes."""
    initial = _option(record) if record else None
    menu = forms.searched(
        "record", placeholder="Search cases, opportunities, contacts", initial=initial
    )
    known = "" if files == commands.NOTHING else files
    line = forms.typed("files", placeholder="12,13 or links to files", initial=known)
    return forms.form(
        title="Attach to CRM",
        callback="attach",
        submit="Attach",
        facts={"channel": channel},
        blocks=[
            forms.field(
                "Record",
                _RECORD,
                menu if record else forms.focused(menu),
                hint="Type a name, a number such as case 7, or paste a CRM link.",
            ),
            forms.field(
                "Files",
                _FILES,
                forms.focused(line) if record else line,
                hint="Numbers or links of files on the portal.",
            ),
        ],
    )


def _option(record: Entity | EntityRef) -> Block:
    ref = record.ref if isinstance(record, Entity) else record
    return forms.option(choice(record), f"{ref.type}:{ref.id}")


def form_errors(error: BotError) -> dict[str, str]:
    """Return what the form says at which field."""
    field = _RECORD if isinstance(error, _OF_THE_RECORD) else _FILES
    return {field: blocks.unescaped(problem(error).text)}
