"""The words for a record that cannot be used, and for files that cannot be attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.views import words
from bot.views.blocks import SHORT, escape, size
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Entity
    from bot.views.asked import Asked

_MOST_SIMILAR = 3
_NONE = "None of the files can be attached"


def record_words(error: errors.RecordError, asked: Asked) -> Note:
    match error:
        case errors.EntityNotFoundError(entity=entity):
            similar = asked.filing.choices[:_MOST_SIMILAR] if asked.filing else ()
            instead = (button for one in similar for button in asked.instead(one.ref))
            return Note(
                headline=f"{entity} was not found",
                body=(
                    "It may have been deleted, or your CRM account may not be allowed to see it. "
                    f"{asked.effect}"
                ),
                lines=tuple(map(_similar, similar)),
                buttons=(*instead, *asked.choose()),
            )
        case errors.NoMatchError(type=type_, words=typed):
            return Note(
                headline=f"No {escape(type_, SHORT)} matches “{escape(typed, SHORT)}”",
                body=f"{asked.effect} Check the words, or use the number of the record.",
                buttons=asked.choose(),
            )
        case errors.MayNotAttachError(entity=entity):
            return Note(
                headline=f"You can see {entity}, but you may not add files to it",
                body=f"{asked.effect} Ask its owner, or choose another record.",
                buttons=asked.choose(),
            )
        case _:
            return Note(
                headline=f"I cannot use {asked.where}",
                body=f"{asked.effect} Choose another record.",
                buttons=asked.choose(),
            )


def _similar(entity: Entity) -> str:
    article = "an" if entity.ref.type.startswith("o") else "a"
    title = escape(entity.title, SHORT)
    named = f", “{title}”," if title else ""
    return (
        f"There is {article} *{entity.ref.type} #{entity.ref.id}*{named} that you can see. "
        "Did you mean that one?"
    )


def files_words(error: errors.FilesError, asked: Asked) -> Note:
    match error:
        case errors.InvalidFolderError():
            return Note(
                headline="The portal refused the files, because one is not kept in CRM any more",
                body=f"{asked.effect} Try again: I look at each file anew and say which it is.",
                buttons=asked.again(),
            )
        case errors.CopyMisplacedError(name=name):
            copy = escape(name, SHORT) or "the file"
            return Note(
                headline=f"The portal put the copy of {copy} into My documents, and not into CRM",
                body=(
                    f"{asked.effect} Your account may not create files in CRM: ask your "
                    "portal administrator. You can delete the copy; the original was not changed."
                ),
            )
        case errors.VanishedError(entity=entity):
            return Note(
                headline=f"The files are not on {entity} any more",
                body=(
                    "I attached them, and eleven minutes later the history of the record does not "
                    "show them. I deleted nothing; somebody else may have. Nothing was attached "
                    "again: look at the record before you try again."
                ),
                buttons=(*asked.look(), *asked.again()),
            )
        case errors.StorageFullError(portal=portal, name=name, size=bytes_):
            known = f"{escape(name, SHORT) or 'the file'}{f' ({size(bytes_)})' if bytes_ else ''}"
            return Note(
                headline=f"{words.host(portal)} has no storage left for {known}",
                body=f"Ask your portal administrator. {asked.effect}",
                buttons=asked.again(),
            )
        case _:
            return Note(
                headline="The files cannot be attached",
                body=f"{asked.effect} Check their numbers, then try again.",
                buttons=asked.again(),
            )
