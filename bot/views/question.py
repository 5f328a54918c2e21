"""What a person is asked before a request can go on: which record, some files, or once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityName, EntityRef, Purpose, UntypedNumber, WaitingFor
from bot.views import buttons, words
from bot.views.asked_before import asked_before
from bot.views.blocks import plural
from bot.views.choices import choice
from bot.views.files_question import files_question
from bot.views.notes import Note
from bot.views.undone import undo_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Block, Entity, Filing, Message

_MOST_CHOICES = 5


def question(filing: Filing) -> Message:
    """Draw the question that a waiting filing asks."""
    if filing.waiting_for is WaitingFor.RECORD:
        return _which_record(filing).message()
    if filing.waiting_for is WaitingFor.UNDO:
        return undo_question(filing)
    if filing.waiting_for is WaitingFor.REPEAT:
        return asked_before(filing)
    return files_question(filing)


def _which_record(filing: Filing) -> Note:
    shown = filing.choices[:_MOST_CHOICES]
    return Note(
        headline=_which(filing),
        body=_choose(filing),
        lines=_cut_off(filing),
        buttons=(*(_choice(filing, entity) for entity in shown), *_otherwise(filing)),
        small=words.kept(filing),
    )


def _which(filing: Filing) -> str:
    count = len(filing.choices)
    match filing.record:
        case UntypedNumber() if count == 1:
            return f"Do you mean {words.titled(filing.choices[0])}?"
        case UntypedNumber(id=number):
            return f"Is {number} {_types(filing.choices)}?"
        case EntityName():
            return f"{plural(count, 'record')} match{'es' if count == 1 else ''} {_words(filing)}"
        case EntityRef():
            return f"Which record do you mean by {filing.record}?"


def _words(filing: Filing) -> str:
    return words.record(filing.record).partition(" ")[2]


def _cut_off(filing: Filing) -> tuple[str, ...]:
    if len(filing.choices) <= _MOST_CHOICES:
        return ()
    return (f"These are the first {_MOST_CHOICES} of {len(filing.choices)}.",)


def _types(choices: Sequence[Entity]) -> str:
    types = dict.fromkeys(choice.ref.type.value for choice in choices)
    known = [f"an {type_}" if type_[0] == "o" else f"a {type_}" for type_ in types]
    if not known:
        return "a case, an opportunity or a contact"
    *others, last = known
    return f"{', '.join(others)} or {last}" if others else last


def _choose(filing: Filing) -> str:
    if isinstance(filing.record, UntypedNumber):
        return f"Nothing was changed yet. The request is to {words.wish(filing)}."
    if filing.purpose is Purpose.LIST:
        return "Choose one to list its files. Nothing was changed yet."
    if filing.purpose is Purpose.LINK:
        return "Choose one to link this channel to it. Nothing was changed yet."
    return f"Choose one to attach {words.those(filing.items)}. Nothing was attached yet."


def _choice(filing: Filing, entity: Entity) -> Block:
    title = choice(entity)
    return buttons.record(filing, entity.ref, title, says=f"{_does(filing)} {title}")


def _does(filing: Filing) -> str:
    match filing.purpose:
        case Purpose.LIST:
            return "List the files of"
        case Purpose.LINK:
            return "Link this channel to"
        case Purpose.ATTACH | Purpose.UNDO:
            return f"Attach {words.those(filing.items)} to"


def _otherwise(filing: Filing) -> tuple[Block, ...]:
    cancel = buttons.cancel(filing, "Cancel")
    if filing.purpose in {Purpose.LIST, Purpose.LINK}:
        return cancel
    return (*buttons.elsewhere(filing, "None of these"), *cancel)


def _asked(filing: Filing) -> tuple[int, ...]:
    return words.asked(filing.items)
