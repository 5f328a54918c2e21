"""What may be typed at the prompt of the demo, read into types."""

from __future__ import annotations

import dataclasses
from typing import Final

from bot.domain import EntityRef, EntityType

HELP: Final = [
    ("case 7 14", "a command, with or without /attach before it"),
    ("1", "press the button with this number"),
    ("share offer.pdf", "share files in #sales; any names will do"),
    ("send offer.pdf", "send files to the bot in a direct message"),
    ("menu", "choose Attach to CRM record in the menu of the latest message with files"),
    ("show case 7", "what the portal really holds on a record"),
    ("as ben", "be somebody else: ana, ben, gia"),
    ("break", "switch the portal off, and on again"),
    ("help, quit", "this list, and the way out (Ctrl-D and Ctrl-C leave, too)"),
]
TO_TRY: Final = [
    ("case 7 14", "a file that lies in My documents"),
    ("deal Acme 9", "a name that two records have"),
    ("case 7 9,99", "a file that does not exist"),
    ("caes 7 12", "a typing error"),
    ("/attach", "the form"),
    ("share offer.pdf notes.txt", "and then `menu`: the form on a message"),
    ("link case 7", "and then `share offer.pdf`: the bot asks what to do with it"),
]
RECORDS: Final = {
    "case": EntityType.CASE,
    "opportunity": EntityType.OPPORTUNITY,
    "deal": EntityType.OPPORTUNITY,
    "contact": EntityType.CONTACT,
    "company": EntityType.CONTACT,
    "person": EntityType.CONTACT,
}
LONGEST_NUMBER: Final = 9
CASE_7: Final = EntityRef(EntityType.CASE, 7)


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """A command of the bot, without `/attach`."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Press:
    number: int


@dataclasses.dataclass(frozen=True, slots=True)
class ShowRecord:
    ref: EntityRef


@dataclasses.dataclass(frozen=True, slots=True)
class Become:
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """Files to be shared in a message, by their names: in the channel, or with the bot alone."""

    names: tuple[str, ...]
    direct: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Plain:
    """A word of the demo that stands alone: break, help, menu, quit, or nothing at all."""

    word: str


@dataclasses.dataclass(frozen=True, slots=True)
class Unknown:
    """Something that cannot be done here, with the sentence to say."""

    sentence: str


Line = Command | Press | ShowRecord | Become | Share | Plain | Unknown

_PLAIN: Final = {
    "": "",
    "break": "break",
    "help": "help",
    "?": "help",
    "menu": "menu",
    "quit": "quit",
    "exit": "quit",
    "q": "quit",
}


def read_line(text: str) -> Line:
    """Return what a person means; words that are not the demo's own are for the bot."""
    text = text.strip()
    if text.lower() in _PLAIN:
        return Plain(_PLAIN[text.lower()])
    first, *others = text.split(maxsplit=1)
    word, rest = first.lower(), "".join(others)
    match word, rest.lower().split():
        case (("/attach" | "attach"), _):
            return Command(rest)
        case _ if word.startswith("/"):
            return Unknown(f"{first} is not installed in this workspace. There is /attach.")
        case number, [] if _is_number(number):
            return Press(int(number))
        case "press", [number] if _is_number(number):
            return Press(int(number))
        case "show", named:
            return _show(named)
        case (("share" | "send"), _):
            return _share(rest.split(), word)
        case "as", named:
            return _become(named)
    return Command(text)


def _share(names: list[str], word: str) -> Line:
    if not names:
        return Unknown(f"Name the files, for example: {word} offer.pdf prices.xlsx")
    return Share(tuple(dict.fromkeys(names)), direct=word == "send")


def _become(named: list[str]) -> Line:
    if len(named) != 1:
        return Unknown("Name one person, for example: as ben")
    return Become(named[0])


def _show(named: list[str]) -> Line:
    if not named:
        return ShowRecord(CASE_7)
    word, number = named[0], "".join(named[1:]).removeprefix("#")
    if word not in RECORDS or not _is_number(number):
        return Unknown("Name a record by its number, for example: show case 7")
    return ShowRecord(EntityRef(RECORDS[word], int(number)))


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= LONGEST_NUMBER
