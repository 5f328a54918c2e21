"""The words for what was typed and not understood; nothing was changed then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.domain import MOST_FILES
from bot.views import buttons, commands, words
from bot.views.blocks import SHORT, escape, names, plain
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Block


def typing_words(error: errors.TypingError) -> Note:
    match error:
        case errors.UnknownWordError():
            return _unknown_word(error)
        case errors.NotAVerbYetError(word=word):
            return Note(
                headline=f"“{escape(word, SHORT)}” is a word that I keep for later",
                body=(
                    "Nothing was changed. If a record has this name, put its type first and the "
                    "name in quotes."
                ),
                buttons=buttons.help_(),
            )
        case errors.KeyInCommandError():
            return _key_in_command()
        case errors.BadFilesError() | errors.TooManyFilesError():
            return _files(error)
        case errors.ForeignLinkError() | errors.MixedPortalsError():
            return _link(error)
        case _:
            return _record(error)


def _unknown_word(error: errors.UnknownWordError) -> Note:
    nearest = escape(error.nearest, SHORT)
    guess = f"Did you mean *{nearest}*? " if nearest else ""
    return Note(
        headline=f'I do not know "{escape(error.word, SHORT)}"',
        body=f"{guess}Nothing was changed.",
        buttons=(*_fixed(error.fixed), *buttons.help_()),
    )


def _fixed(command: str) -> tuple[Block, ...]:
    """Return the button that runs the command as it was probably meant."""
    if not command:
        return ()
    verb, _, record = command.partition(" ")
    if verb == "list" and record:
        return buttons.run(f"List files of {plain(record, SHORT)}", command)
    return buttons.run(f"Run {plain(command, SHORT)}", command)


def _key_in_command() -> Note:
    return Note(
        headline="This looks like a CRM key, and I did not keep it",
        body=(
            "Nothing was changed. A key belongs into the form only. If it was a real key, end it "
            "by signing out of all connections on the portal, and get a new one."
        ),
        buttons=(buttons.connect(), buttons.howto()),
    )


def _files(error: errors.BadFilesError | errors.TooManyFilesError) -> Note:
    match error:
        case errors.BadFilesError(bad=bad, good=good):
            wrong = f'"{escape(bad, SHORT)}"'
            return Note(
                headline=(
                    f"I read {words.numbers(good)}, but not {wrong}"
                    if good
                    else f"{wrong} is not a file number"
                ),
                body=(
                    "Separate file numbers with commas, for example 12,13 or 12-15. "
                    "Nothing was attached."
                ),
                buttons=(*_only(error), *_choose_files(error.record)),
            )
        case errors.TooManyFilesError(count=count, files=files, record=record):
            return Note(
                headline=f"That is {count} files; {MOST_FILES} is the most for one command",
                body="Nothing was attached.",
                buttons=_first(record, files),
            )


def _only(error: errors.BadFilesError) -> tuple[Block, ...]:
    if not (error.good and error.record):
        return ()
    known = words.numbers(error.good)
    command = f"{error.record} {commands.numbers(error.good)}"
    says = f"Attach {known} only, to {plain(error.record, 40)}"
    return buttons.run(f"Attach {known} only", command, says=says)


def _choose_files(record: str) -> tuple[Block, ...]:
    return buttons.form("Choose files", record, says="Choose the files in a form")


def _first(record: str, files: tuple[int, ...]) -> tuple[Block, ...]:
    numbers = commands.numbers(files)
    if not record:
        return buttons.choose_record(numbers)
    text = f"Attach the first {len(files)}"
    return buttons.run(text, f"{record} {numbers}", says=f"{text} files to {plain(record, 40)}")


def _link(error: errors.ForeignLinkError | errors.MixedPortalsError) -> Note:
    match error:
        case errors.ForeignLinkError(host=host):
            return Note(
                headline=f"The link leads to {escape(host, SHORT)}, which I do not serve",
                body=(
                    "Nothing was changed. Use a link of your portal, or type and number of the "
                    "record. The administrator of this app sets the portals."
                ),
                buttons=buttons.help_(),
            )
        case errors.MixedPortalsError(first=first, second=second):
            hosts = names([words.host(first), words.host(second)])
            return Note(
                headline=f"These links lead to two portals, {hosts}",
                body="Nothing was changed. Use the links of one portal in a command.",
                buttons=buttons.help_(),
            )


def _record(error: errors.TypingError) -> Note:
    match error:
        case errors.UnsupportedTypeError(word=word):
            return Note(
                headline=(
                    "Files can be attached to cases, opportunities and contacts, "
                    f"not to {_several(escape(word, SHORT))}"
                ),
                body="Nothing was attached.",
                buttons=buttons.help_(),
            )
        case errors.BadRecordError(text=text):
            return Note(
                headline=f'"{escape(text, SHORT)}" is not a record number',
                body="Use a number from 1, a name, or a CRM link. Nothing was attached.",
                buttons=buttons.form("Search", "", says="Search for a record"),
            )
        case errors.RemarkChosenError():
            return Note(
                headline="This line is a remark, and no record",
                body="Choose a record, or type its type and number. Nothing was attached.",
                buttons=buttons.choose_record(),
            )
        case errors.NoLastRecordError():
            return Note(
                headline="You have not attached anything yet, so there is no last record",
                body="Nothing was changed. Name the record, for example case 7.",
                buttons=buttons.choose_record(),
            )
        case errors.NoLastFileError():
            return Note(
                headline="I have seen no file of yours in this conversation in the last 24 hours",
                body=(
                    "Nothing was changed. I only see files in conversations that I am in. Share "
                    "the file again, or send it to me in a direct message."
                ),
                buttons=buttons.help_(),
            )
        case errors.NoLinkedRecordError():
            return Note(
                headline="No record is linked to this channel",
                body=(
                    "Nothing was changed. Name the record, for example case 7, or link one to this "
                    "channel with `/attach link case 7`."
                ),
                buttons=buttons.choose_record(),
            )
        case _:
            return Note(
                headline="I did not understand this command",
                body="Nothing was changed. Look at what can be typed.",
                buttons=buttons.help_(),
            )


def _several(word: str) -> str:
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return word if word.endswith("s") else f"{word}s"
