"""Every error in words: what happened, whether anything changed, what to do next."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot import errors
from bot.views import blocks, buttons, words
from bot.views.asked import Asked
from bot.views.asked_before import told
from bot.views.notes import Note
from bot.views.problem_account import account_words, portal_words
from bot.views.problem_crm import record_words
from bot.views.problem_file import file_words
from bot.views.problem_form import form_words
from bot.views.problem_none_left import none_left
from bot.views.problem_typing import typing_words
from bot.views.problem_undo import undo_words

if TYPE_CHECKING:
    from bot.domain import Block, Filing, Message


def problem(
    error: BaseException,
    *,
    filing: Filing | None = None,
    reference: str = "",
    several_portals: bool = False,
) -> Message:
    """Draw an error; `filing` adds what was asked, `reference` leads from an answer to the log."""
    note = _words(error, Asked(filing=filing, several_portals=several_portals), reference)
    if filing is None:
        return note.message()
    wish = f"Request: {words.wish(filing, by_name=True)}"
    facts = f"{wish}, at {words.host(filing.portal)}. Receipt {filing.receipt}."
    return dataclasses.replace(
        note, small=f"{facts} {note.small}".rstrip(), also=(*note.also, f"{wish}.")
    ).message()


def _words(error: BaseException, asked: Asked, reference: str) -> Note:
    match error:
        case errors.TypingError():
            return typing_words(error)
        case errors.AccountError():
            return account_words(error, asked)
        case errors.RecordError():
            return record_words(error, asked)
        case errors.NoFilesLeftError():
            return none_left(asked)
        case (
            errors.FilesError()
            | errors.SlackFileRefusedError()
            | errors.SlackFileTroubleError()
            | errors.UploadError()
        ):
            return file_words(error, asked)
        case errors.PortalError():
            return portal_words(error, asked)
        case errors.UndoError():
            return undo_words(error)
        case errors.FilingError() | errors.FormError():
            return _filing_words(error, asked)
        case (
            errors.SlackError()
            | errors.StoreError()
            | errors.SecretError()
            | errors.SettingsError()
        ):
            return _own_words(error)
        case _:
            return _unexpected(asked, getattr(error, "reference", reference))


def _filing_words(error: errors.FilingError | errors.FormError, asked: Asked) -> Note:
    match error:
        case errors.FormError():
            return form_words(error)
        case errors.NotYoursError():
            return Note(
                headline="This is not your request, or I do not keep it any more",
                body="Nothing was changed. Type a command of your own to attach files.",
                buttons=buttons.help_(),
            )
        case errors.TooManyWaitingError(count=count):
            return Note(
                headline=f"{count} of your requests wait, so I did not take this one",
                body=(
                    "Nothing was changed, and nothing of it is stored. The others go on by "
                    "themselves. Send it again when some of them are done."
                ),
                buttons=buttons.status(),
            )
        case errors.SetAsideError(reference=reference):
            return _set_aside(asked, reference)
        case errors.NothingToRetryError(receipt=receipt):
            which = f" {blocks.escape(receipt, blocks.SHORT)}" if receipt else ""
            return Note(
                headline=f"You have no request{which} that can be tried again",
                body="Nothing was changed. Requests can be tried again when they have failed.",
                buttons=buttons.status(),
            )
        case errors.AskedBeforeError():
            return Note(
                headline="You asked for the same a moment ago",
                body=f"{told(error, 'the record')} Nothing was changed.",
                buttons=buttons.status(),
            )
        case errors.GoneError():
            return Note(
                headline="This button has no effect any more",
                body=(
                    "Nothing was changed by your click: the request went on or ended meanwhile. "
                    "Type the command again to repeat it."
                ),
                buttons=buttons.status(),
            )
        case _:
            return Note(
                headline="This request went on in the meantime",
                body="Your click changed nothing. Look at its present state, then choose again.",
                buttons=buttons.status(),
            )


def _own_words(
    error: errors.SlackError | errors.StoreError | errors.SecretError | errors.SettingsError,
) -> Note:
    match error:
        case errors.SettingsError():
            return Note(
                headline="The settings of this app are wrong",
                body="Nothing was changed. Tell the administrator of this app.",
            )
        case errors.SlackError():
            return Note(
                headline="Slack did not take a message of mine",
                body="Your requests go on all the same. Their state is shown by `/attach status`.",
                buttons=buttons.status(),
            )
        case errors.SecretError():
            return Note(
                headline="I cannot open the key that is stored for you",
                body="Nothing was changed in CRM. Paste a new key, then try again.",
                buttons=(buttons.new_key(), buttons.howto()),
            )
        case errors.AlreadyRunningError():
            return Note(
                headline="Another copy of this app is running already",
                body="Nothing was changed. Tell the administrator of this app.",
            )
        case _:
            return Note(
                headline="I cannot save requests just now",
                body=(
                    "Nothing was accepted and nothing was changed. Try again in a minute. If it "
                    "stays so, tell the administrator of this app."
                ),
            )


def _set_aside(asked: Asked, reference: str) -> Note:
    small = f"Reference {blocks.escape(reference, blocks.SHORT)}."
    return Note(
        headline="I set this request aside, since it stopped me three times",
        body=f"The requests of others go on. {_certain(asked)}",
        buttons=_next_step(asked),
        small=small,
        also=(small,),
    )


def _unexpected(asked: Asked, reference: str) -> Note:
    small = f"Reference {blocks.escape(reference, blocks.SHORT)}." if reference else ""
    return Note(
        headline="Something failed that I did not expect, and I stopped",
        body=_certain(asked),
        buttons=_next_step(asked),
        small=small,
        also=(small,),
    )


def _certain(asked: Asked) -> str:
    if asked.filing is None:
        return "If you asked for something, its state is shown by `/attach status`."
    return f"{asked.effect} If you try again, I look at the record first."


def _next_step(asked: Asked) -> tuple[Block, ...]:
    return (*asked.look(), *asked.again()) if asked.filing else buttons.status()
