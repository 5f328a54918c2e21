"""The words for a file that lies in Slack and cannot be taken from there, for good or just now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.views import buttons
from bot.views.blocks import SHORT, escape, size
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Block
    from bot.views.asked import Asked

_DIRECT = "D"
"""What the ids of direct messages begin with: nobody can be invited there."""

_KINDS = {
    "canvas": ("a Slack canvas", "canvases", "Export it as PDF first, and attach that."),
    "list": ("a Slack list", "lists", "Export it as CSV first, and attach that."),
    "post": ("a Slack post", "posts", "Print it as PDF first, and attach that."),
    "link": ("a link to another place", "links", "Download the file there, and attach that."),
}


def slack_file_words(
    error: errors.SlackFileRefusedError | errors.SlackFileTroubleError, asked: Asked
) -> Note:
    match error:
        case (
            errors.SlackFileHiddenError()
            | errors.SlackFileForeignError()
            | errors.SlackFileElsewhereError()
        ):
            return _out_of_reach(error, asked)
        case errors.SlackFileScopeError() | errors.SlackFileWithheldError():
            return _not_permitted(error, asked)
        case errors.SlackFileTroubleError():
            return _trouble(error, asked)
        case errors.SlackFileKindError():
            return _no_file(error, asked)
        case errors.SlackFileTooLargeError(size=bytes_, limit=limit):
            return Note(
                headline=f"{_subject(error)} is {size(bytes_)}. The limit is {size(limit)}",
                body=f"{asked.effect} Attach a smaller file, or put this one on the record in CRM.",
            )
        case errors.SlackFileTypeError(extension=extension):
            type_ = f"of type {escape(extension, 20)}" if extension else "of this type"
            return Note(
                headline=f"Files {type_} are not allowed here",
                body=f"{asked.effect} Your Slack admin sets this rule. Attach the other files.",
            )
        case _:
            return _lost(error, asked)


def _out_of_reach(
    error: errors.SlackFileHiddenError
    | errors.SlackFileForeignError
    | errors.SlackFileElsewhereError,
    asked: Asked,
) -> Note:
    match error:
        case errors.SlackFileElsewhereError():
            return Note(
                headline=f"I do not know whether you may see {_object(error)}",
                body=(
                    f"{asked.effect} It was not shared in this conversation, nor in a public "
                    "channel. Open *More actions* on the message that has it, and choose *Attach "
                    "to CRM record*."
                ),
            )
        case errors.SlackFileForeignError():
            return Note(
                headline="This file belongs to another company, and Slack does not let me read it",
                body=f"{asked.effect} Download it and add it in the form.",
                buttons=_from_device(asked),
            )
        case errors.SlackFileHiddenError(channel=channel):
            invited = "" if channel.startswith(_DIRECT) else "Invite me with `/invite`, or add"
            return Note(
                headline="I cannot read this file, because I am not in this conversation",
                body=f"{asked.effect} {invited or 'Add'} the file in the form.",
                buttons=_from_device(asked),
            )


def _not_permitted(
    error: errors.SlackFileScopeError | errors.SlackFileWithheldError, asked: Asked
) -> Note:
    match error:
        case errors.SlackFileScopeError(scope=scope):
            return Note(
                headline="I have no permission to read files in this workspace",
                body=(
                    f"{asked.effect} Ask your Slack admin to install this app again with the "
                    f"permission {escape(scope, SHORT)}."
                ),
            )
        case errors.SlackFileWithheldError():
            return Note(
                headline=f"Slack sent me a page in place of {_object(error)}",
                body=(
                    f"I did not take it. {asked.effect} Ask your Slack admin whether this app has "
                    "the permission files:read, or add the file in the form."
                ),
                buttons=_from_device(asked),
            )


def _no_file(error: errors.SlackFileKindError, asked: Asked) -> Note:
    what, those, instead = _KINDS.get(
        error.kind, ("no file", "such things", "Save it as a file first, and attach that.")
    )
    name = escape(error.name, SHORT)
    return Note(
        headline=f"{f'“{name}”' if name else 'This'} is {what}",
        body=f"{asked.effect} I can attach files, not {those}. {instead}",
    )


def _lost(error: errors.SlackFileRefusedError, asked: Asked) -> Note:
    match error:
        case errors.SlackFileGoneError(limited=True):
            return Note(
                headline=f"Slack hides {_object(error)}, because its plan keeps files for a time",
                body=f"{asked.effect} Share the file again, or ask your Slack admin.",
            )
        case errors.SlackFileGoneError():
            return Note(
                headline=f"{_subject(error)} is no longer in Slack",
                body=f"{asked.effect} Share the file again to attach it.",
            )
        case errors.SlackFileEmptyError():
            return Note(
                headline=f"{_subject(error)} is empty",
                body=f"{asked.effect} Share the file again with its contents.",
            )
        case _:
            return Note(
                headline=f"Slack did not let me read {_object(error)}, and I do not know why",
                body=f"{asked.effect} Ask your Slack admin, or add the file in the form.",
                buttons=_from_device(asked),
            )


def _trouble(error: errors.SlackFileTroubleError, asked: Asked) -> Note:
    match error:
        case errors.SlackFileUnreadyError():
            headline = f"Slack is not ready with {_object(error)} yet"
        case errors.SlackFileBrokenError():
            headline = f"{_subject(error)} did not arrive whole from Slack"
        case _:
            headline = f"Slack does not give me {_object(error)} just now"
    return Note(
        headline=headline,
        body=f"{asked.effect} Try again in a minute.",
        buttons=asked.again(),
    )


def _subject(error: errors.SlackFileRefusedError | errors.SlackFileTroubleError) -> str:
    return escape(error.name, SHORT) or "This file"


def _object(error: errors.SlackFileRefusedError | errors.SlackFileTroubleError) -> str:
    return escape(error.name, SHORT) or "this file"


def _from_device(asked: Asked) -> tuple[Block, ...]:
    says = "Add the file from your device in a form"
    return buttons.form("Add from device", asked.record(), says=says)
