"""Why one file of a request is not attached, in the words that the whole request would get."""

from __future__ import annotations

from bot import errors
from bot.domain import Item, ItemState, PortalUrl
from bot.views import words
from bot.views.asked import Asked
from bot.views.blocks import NAME
from bot.views.problem_file import FileError, file_words

_FOR_GOOD = (
    errors.EmptyFileError,
    errors.FileTooLargeError,
    errors.FileTypeError,
    errors.SlackFileEmptyError,
    errors.SlackFileForeignError,
    errors.SlackFileGoneError,
    errors.SlackFileKindError,
    errors.SlackFileTooLargeError,
    errors.SlackFileTypeError,
)


def told(item: Item) -> str:
    """Return the file's name and why it is not attached, as sentences."""
    name, why = words.name(item, NAME), reason(item)
    return why if why.startswith(name) else f"{name}. {why}"


def reason(item: Item) -> str:
    """Return why, as sentences; they may begin with the name of the file."""
    error = _error(item)
    if isinstance(error, errors.SameContentError):
        return words.twin(error)
    if isinstance(error, errors.OutcomeUnknownError):
        host = words.host(PortalUrl(error.portal))
        return f"{host} stopped answering each time I sent it. It may lie in CRM, on no record."
    if not isinstance(error, FileError) or item.state not in {ItemState.REFUSED, ItemState.SHARED}:
        return words.reason(item)
    note = file_words(error, Asked(part=True))
    return " ".join(f"{note.headline}. {note.body}".split())


def may_pass(item: Item) -> bool:
    """Say whether it can help to try once more, perhaps after something was put right."""
    if item.state is ItemState.STOPPED:
        return True
    return item.state is ItemState.REFUSED and not isinstance(_error(item), _FOR_GOOD)


def _error(item: Item) -> errors.BotError | None:
    return errors.BotError.of(item.failure) if item.failure else None
