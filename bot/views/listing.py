"""The answer to a request for the files of a record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.views import blocks, buttons, commands, words
from bot.views.blocks import DAY, MOST_SHOWN, SHORT, escape, moment, plural, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Block, Filing, Message, PortalFile

MOST_LISTED = 200
"""Files that "Show all" shows; more would not fit into one message."""

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


def listing(filing: Filing, *, several_portals: bool = False) -> Message:
    """Draw the files of a record, newest first."""
    files = sorted(filing.on_record or (), key=_age, reverse=True)
    most = MOST_LISTED if filing.everything else MOST_SHOWN
    where = words.short_record_of(filing)
    return blocks.message(
        _text(filing, files),
        [
            blocks.header(blocks.unescaped(f"{where}: {_count(files)}")),
            blocks.section(words.heading(filing, several_portals=several_portals)),
            *blocks.sections(_lines(filing, files, most)),
            *blocks.actions(_buttons(filing, files, most, several_portals=several_portals)),
        ],
    )


def _age(file: PortalFile) -> tuple[datetime, int]:
    return file.created or _BEGINNING, file.id


def _count(files: Sequence[PortalFile]) -> str:
    return plural(len(files), "file") if files else "no files"


def _text(filing: Filing, files: Sequence[PortalFile]) -> str:
    has = f"{words.record_of(filing)}, has {_count(files)}."
    if not files:
        return blocks.said(has, "Nothing was changed.")
    newest = [words.file_name(file) for file in files]
    return blocks.said(has, blocks.sentence("Newest: ", newest[:3], "."))


def _lines(filing: Filing, files: Sequence[PortalFile], most: int) -> list[str]:
    if not files:
        return ["No files are attached to this record, as far as you may see."]
    lines = [f"{number}. {_line(filing, file)}" for number, file in enumerate(files[:most], 1)]
    hidden = len(files) - most
    where = ". Open the record in CRM to see them." if filing.everything else ""
    return [*lines, f"and {hidden} more{where}"] if hidden > 0 else lines


def _line(filing: Filing, file: PortalFile) -> str:
    facts = [
        words.linked(filing.portal, file),
        size(file.size) if file.size else "",
        f"file {file.id}",
        escape(file.author, SHORT),
        moment(file.created, DAY) if file.created else "",
    ]
    return ", ".join(fact for fact in facts if fact)


def _buttons(
    filing: Filing, files: Sequence[PortalFile], most: int, *, several_portals: bool
) -> list[Block]:
    ref = words.target(filing)
    if ref is None:
        return []
    portal = filing.portal if several_portals else None
    where = words.spoken_record(ref)
    row = [buttons.open_in_crm(filing.portal, ref, filing.entity)]
    if len(files) > most and not filing.everything:
        command = commands.listing(ref, everything=True, portal=portal)
        row += buttons.run("Show all", command, says=f"Show all {len(files)} files of {where}")
    row += buttons.form(
        "Attach files", commands.record(ref, portal=portal), says=f"Attach files to {where}"
    )
    return row
