"""The words for a file that did not get into the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.views import words
from bot.views.blocks import SHORT, escape, size
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.views.asked import Asked


def upload_words(error: errors.UploadError, asked: Asked) -> Note:
    match error:
        case errors.EmptyFileError(name=name):
            return Note(
                headline=f"{_named(name)} is empty, and the portal keeps no empty files",
                body=f"{asked.effect} Share the file again once something is in it.",
            )
        case errors.FileTooLargeError():
            return _too_large(error, asked)
        case errors.FileTypeError(portal=portal, name=name):
            return Note(
                headline=f"{words.host(portal)} takes no files like {_named(name)}",
                body=(
                    f"{asked.effect} Your portal administrator decides which types are allowed. "
                    "You can put the file into a ZIP archive and attach that."
                ),
            )
        case errors.FileChangedError(name=name):
            return Note(
                headline=f"{_named(name)} came with another size than announced, so I stopped",
                body=f"{asked.effect} Try again: I read it from the beginning.",
                buttons=asked.again(),
            )
        case errors.MayNotUploadError(portal=portal):
            return Note(
                headline=f"Your account may not put files into CRM at {words.host(portal)}",
                body=f"{asked.effect} Ask your portal administrator for the right to create files.",
            )
        case errors.OverwroteError():
            return _overwrote(error, asked)
        case errors.SameContentError():
            return _same(error, asked)
        case errors.StoredWrongError(portal=portal, name=name):
            return Note(
                headline=f"{words.host(portal)} did not store {_named(name)} as I sent it",
                body=f"{asked.effect} Try again: I send it anew, and look at it again.",
                buttons=asked.again(),
            )
        case _:
            return Note(
                headline="The file could not be put into the portal",
                body=f"{asked.effect} Try again later.",
                buttons=asked.again(),
            )


def _named(name: str) -> str:
    return escape(name, SHORT) or "the file"


def _too_large(error: errors.FileTooLargeError, asked: Asked) -> Note:
    has = f" is {size(error.size)}." if error.size else " is too large."
    limit = f" is {size(error.limit)}." if error.limit else " is smaller than that."
    return Note(
        headline=f"{_named(error.name)}{has} The limit of {words.host(error.portal)}{limit}",
        body=f"{asked.effect} Share a smaller file, or a link to it.",
    )


def _same(error: errors.SameContentError, asked: Asked) -> Note:
    return Note(
        headline=f"Already on {asked.where}",
        body=f"{words.twin(error)} {asked.effect}".rstrip(),
    )


def _overwrote(error: errors.OverwroteError, asked: Asked) -> Note:
    number = f" (#{error.id})" if error.id else ""
    return Note(
        headline=(
            f"{words.host(error.portal)} made {_named(error.name)} a new version of a file "
            f"that was there before{number}"
        ),
        body=(
            f"{asked.effect} That file may hang on another record, so restore its older "
            "version in its version history. It will not happen again once you turn off updating "
            "existing files of the same name, in the settings of your Documents."
        ),
        heard=(asked.effect,),
    )
