"""From text to a command: verbs, `list`, and what was meant instead of a mistyped word."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

from bot.domain import EntityName
from bot.errors import (
    BadRecordError,
    KeyInCommandError,
    NotAVerbYetError,
    TypingError,
    UnknownWordError,
)
from bot.grammar import text as pieces
from bot.grammar.attaching import read_attach
from bot.grammar.commands import (
    Attach,
    Command,
    Connect,
    Disconnect,
    ForgetMe,
    Help,
    Here,
    Link,
    ListFiles,
    Retry,
    Status,
    TakeBack,
    Unlink,
    spell,
    spell_record,
)
from bot.grammar.links import PortalLink, Portals, shortened
from bot.grammar.reading import Reading
from bot.grammar.words import VERBS_TO_COME, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain import PortalUrl

LONGEST_FIXED = 1900
"""Slack takes 2000 characters as the value of a button."""


_ALONE: Final[Mapping[str, Disconnect | ForgetMe | Status | Unlink]] = {
    "disconnect": Disconnect(),
    "forget-me": ForgetMe(),
    "status": Status(),
    "unlink": Unlink(),
}
"""Commands of one word."""


def parse(text: str, portals: Sequence[PortalUrl]) -> Command:
    """Return what is asked for by `text`, as Slack sends it.

    Raises:
        TypingError: the leaf that says what was not understood.

    """
    plain = pieces.plain(text)
    pieces.refuse_keys(plain, Portals(portals))
    try:
        return _command(plain, portals)
    except UnknownWordError as error:
        raise dataclasses.replace(error, fixed=_fixed(error.fixed, portals)) from None


def _fixed(text: str, portals: Sequence[PortalUrl]) -> str:
    """Return `text` as it should be typed, or nothing if it has another fault."""
    if not text:
        return ""
    try:
        command = _command(text, portals)
    except TypingError:
        return ""
    spelled = spell(command) if isinstance(command, Attach | ListFiles) else text
    return spelled if len(spelled) <= LONGEST_FIXED else ""


def _command(text: str, portals: Sequence[PortalUrl]) -> Command:
    verb, *others = text.split(maxsplit=1) or [""]
    rest = "".join(others)
    match folded(verb):
        case "help" | "?" | "-h" | "--help":
            return Help(topic=shortened(" ".join(rest.split())))
        case "connect":
            return _connect(rest, portals)
        case "disconnect" | "status" | "unlink" | "forget-me" as alone:
            _nothing_after(alone, rest)
            return _ALONE[alone]
        case "retry":
            return Retry(receipt=_receipt("retry", rest))
        case "undo":
            return TakeBack(receipt=_receipt("undo", rest))
        case "list":
            return _list(text, portals)
        case "link":
            return _link(text, portals)
        case later if later in VERBS_TO_COME:
            raise NotAVerbYetError(later)
        case _:
            return read_attach(Reading(text, Portals(portals)), next(iter(portals), None))


def _nothing_after(verb: str, rest: str) -> None:
    if rest:
        raise UnknownWordError(shortened(rest.split(maxsplit=1)[0]), verb, verb)


def _connect(rest: str, portals: Sequence[PortalUrl]) -> Connect:
    if not rest:
        return Connect()
    portal = Portals(portals).named(rest)
    if portal is None:
        # Most likely a key, so nothing of it goes on from here.
        raise KeyInCommandError
    return Connect(portal=portal)


def _receipt(verb: str, rest: str) -> str:
    receipt = rest.lstrip("#").upper()
    if not re.fullmatch(r"[A-Z0-9]{0,12}", receipt):
        raise UnknownWordError(shortened(rest), verb, verb)
    return receipt


def _list(text: str, portals: Sequence[PortalUrl]) -> ListFiles:
    reading = Reading(text, Portals(portals))
    reading.word({"list"})
    record = reading.needed_record("list")
    everything = _ends_with_all(record, reading.read)
    if everything and isinstance(record, EntityName):
        record = dataclasses.replace(record, words=record.words.rpartition(" ")[0])
    while not _ended(reading):
        if reading.word({"all"}):
            everything = True
        elif word := _out_of_place(reading):
            command = ListFiles(record=record, portal=reading.portal, everything=everything)
            raise UnknownWordError(word, spell(command), spell(command))
    return ListFiles(record=record, portal=reading.portal, everything=everything)


def _link(text: str, portals: Sequence[PortalUrl]) -> Link:
    reading = Reading(text, Portals(portals))
    reading.word({"link"})
    record = reading.needed_record("link")
    if isinstance(record, Here):  # the channel is linked to that already, or to nothing
        raise BadRecordError("here")
    while not _ended(reading):
        if word := _out_of_place(reading):
            fixed = f"link {spell_record(record)}"
            raise UnknownWordError(word, fixed, fixed)
    return Link(record=record, portal=reading.portal)


def _out_of_place(reading: Reading) -> str:
    """Take what comes next and return it, unless it is the link of a portal."""
    link = reading.link()
    if link is None:
        return reading.item()
    return "" if isinstance(link, PortalLink) and link.bare else reading.latest


def _ended(reading: Reading) -> bool:
    reading.take(pieces.GAP)
    return reading.done


def _ends_with_all(record: object, read: str) -> bool:
    """Tell whether an unquoted name took the `all` that follows it."""
    several = isinstance(record, EntityName) and " " in record.words
    return several and folded(read.rpartition(" ")[2]) == "all"
