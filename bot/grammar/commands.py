"""The commands as types, and the one canonical spelling of those that buttons carry."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from bot.domain import EntityName, EntityRef, EntityType, Record, UntypedNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import FileId, PortalUrl

SHORTEST_RANGE = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Here:
    """The record that is linked to the channel."""


@dataclasses.dataclass(frozen=True, slots=True)
class Last:
    """The record of the person's latest receipt."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """Put files on a record; without a record or without files, open the form with the rest.

    `slack_files` are links to files in Slack, `last_file` is the newest file of the conversation.
    `portal` is None unless a link decided it.
    """

    record: Record | Here | Last | None = None
    files: tuple[FileId, ...] = ()
    note: str = ""
    portal: PortalUrl | None = None
    slack_files: tuple[str, ...] = ()
    last_file: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ListFiles:
    """Show the files of a record, or `everything` of a long list."""

    record: Record | Here | Last
    portal: PortalUrl | None = None
    everything: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    topic: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    portal: PortalUrl | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Disconnect:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class ForgetMe:
    """Delete everything that is stored about the person."""


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    pass


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Try a filing again: the one with this receipt, or the latest."""

    receipt: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Link the conversation to a record."""

    record: Record | Last
    portal: PortalUrl | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Unlink:
    """Let the conversation be linked to nothing."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Undo a filing: the one with this receipt, or the latest that attached something."""

    receipt: str = ""


Command = (
    Attach
    | ListFiles
    | Link
    | Unlink
    | Help
    | Connect
    | Disconnect
    | ForgetMe
    | Status
    | Retry
    | TakeBack
)


def spell(command: Attach | ListFiles) -> str:
    """Return the text that `parse` reads as this very command."""
    if isinstance(command, ListFiles):
        end = "all" if command.everything else ""
        return _joined("list", spell_record(command.record), command.portal or "", end)
    files = _spell_files(command)
    record = spell_record(command.record) if command.record else ""
    if isinstance(command.record, UntypedNumber) and not files:
        # A number on its own is a file.
        record += " with"
    note = f"-- {_shielded(command.note)}" if command.note else ""
    return _joined(record, files, command.portal or "", note)


def spell_record(record: Record | Here | Last) -> str:
    """Return a record as it may be typed."""
    match record:
        case EntityRef(type=type_, id=id_):
            return f"{type_} {id_}"
        case EntityName(words=words):
            quoted = _shielded(words).replace('"', '""')
            return f'{_type_word(record)} "{quoted}"'
        case UntypedNumber(id=id_):
            return f"{id_}"
        case Here():
            return "here"
        case Last():
            return "last"


def _type_word(name: EntityName) -> str:
    if name.type is not EntityType.CONTACT or name.company is None:
        return name.type
    return "company" if name.company else "person"


def _spell_files(command: Attach) -> str:
    parts = [*_spans(command.files), *command.slack_files]
    if command.last_file:
        parts.append("last")
    if parts == ["last"] and command.record is None:
        # Without the comma this would be the last record.
        return "last,"
    return ",".join(parts)


def _spans(files: Sequence[int]) -> list[str]:
    runs: list[list[int]] = []
    for file in files:
        if runs and file == runs[-1][-1] + 1:
            runs[-1].append(file)
        else:
            runs.append([file])
    return [
        part
        for run in runs
        for part in (
            [f"{run[0]}-{run[-1]}"] if len(run) >= SHORTEST_RANGE else [str(file) for file in run]
        )
    ]


def _shielded(text: str) -> str:
    """Return `text` so that undoing Slack's escapes gives it back."""
    text = re.sub(r"&(?=(?:amp|lt|gt);)", "&amp;", text)
    return re.sub(r"<(?=(?i:https?)://)", "&lt;", text)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
