"""Files in Slack as a form words them: what they are, why one cannot go, who filed one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.file_names import extension_of
from bot.views.asked import Asked
from bot.views.blocks import DAY, MOST_SHOWN, SHORT, escape, mention, moment, plain, plural, size
from bot.views.problem_slack_file import slack_file_words
from bot.views.words import NOTHING_CHANGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.draft import FiledBefore, Offered

_KINDS = (
    ("image/", "Picture"),
    ("video/", "Video"),
    ("audio/", "Sound"),
    ("text/", "Text"),
)
_ENDINGS = {
    **dict.fromkeys((".doc", ".docx", ".odt", ".rtf"), "Document"),
    **dict.fromkeys((".xls", ".xlsx", ".ods", ".csv"), "Spreadsheet"),
    **dict.fromkeys((".ppt", ".pptx", ".odp"), "Presentation"),
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".gz"), "Archive"),
}
_LONGEST_ENDING = 6


def name_of(file: Offered) -> str:
    """Return a file's name as plain text; of some Slack gives none."""
    return plain(file.name) or f"File {file.id}"


def kind_and_size(file: Offered) -> str:
    """Return `PDF, 1.2 MB`, as far as it is known."""
    if file.unseen and not file.size:
        return "Slack does not tell yet what it is"
    known = (_kind(file), size(file.size) if file.size else "")
    return ", ".join(fact for fact in known if fact) or "File"


def _kind(file: Offered) -> str:
    ending = extension_of(file.name)
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    by_type = next((word for start, word in _KINDS if file.mimetype.startswith(start)), "")
    if by_type or len(ending) > _LONGEST_ENDING:
        return by_type
    return plain(ending.removeprefix(".")).upper()  # of one that is not seen, nothing


def not_offered(files: Sequence[Offered]) -> Iterator[str]:
    """Yield lines of markup: which files cannot be attached, and what to do about each."""
    if not files:
        return
    count = plural(len(files), "file")
    yield f"*{count} cannot be attached*"
    for number, file in enumerate(files[:MOST_SHOWN], 1):
        yield f"{number}. {reason(file)}"
    if len(files) > MOST_SHOWN:
        yield f"and {len(files) - MOST_SHOWN} more"


def reason(file: Offered) -> str:
    """Return in sentences why a file cannot be attached, and what to do about it."""
    name = escape(file.name, SHORT)
    error = errors.BotError.of(file.failure) if file.failure else None
    if not isinstance(error, errors.SlackFileRefusedError):
        return f"{name or 'This file'} cannot be attached."
    note = slack_file_words(error, Asked())
    said = f"{note.headline}. {note.body.replace(NOTHING_CHANGED, '').strip()}"
    return said if not name or name in note.headline else f"{name}: {said}"


def filed_before(before: Sequence[FiledBefore]) -> Iterator[str]:
    """Yield lines of markup: which files this workspace attached before, where, and by whom."""
    for one in before[:MOST_SHOWN]:
        where = str(one.record) if one.record else "a private record"
        name = escape(one.name, SHORT) or "a file"
        yield f"Filed before: {name} on {where} by {mention(one.by)}, {moment(one.at, DAY)}"
    if len(before) > MOST_SHOWN:
        yield f"and {len(before) - MOST_SHOWN} more"
