"""The text of a message as a file: plain words, with its author, its time and its address."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.file_names import clean_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.draft import Origin

_TOKEN = re.compile(r"<([^<>]*)>")
_PERSON = re.compile(r"<@([A-Z0-9]+)")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_SPECIAL = {"!here": "@here", "!channel": "@channel", "!everyone": "@everyone"}
_LONGEST_NAME = 60


def people_in(origin: Origin) -> frozenset[str]:
    """Return the ids of the people whose names a note would show."""
    return frozenset({*_PERSON.findall(origin.text), *([origin.author] if origin.author else ())})


def note_file(origin: Origin, people: Mapping[str, str]) -> tuple[str, str]:
    """Return title and text of a note; `people` are names by Slack id, as far as they are known."""
    author = _line(people.get(origin.author) or origin.author_name or origin.author)
    at = _time(origin.ts)
    head = [f"Message by {author or 'somebody'} in Slack, {at:%d %B %Y, %H:%M} UTC"]
    if origin.permalink:
        head.append(origin.permalink)
    title = f"Slack message by {author[:_LONGEST_NAME]}, {at:%Y-%m-%d %H.%M}.txt"
    return clean_name(title), "\n".join([*head, "", readable(origin.text, people), ""])


def readable(markup: str, people: Mapping[str, str]) -> str:
    """Return Slack's markup as people read it: names for mentions, addresses behind labels."""
    text = _TOKEN.sub(lambda found: _token(found[1], people), markup)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(map(_visible, lines)).strip()


def _token(token: str, people: Mapping[str, str]) -> str:
    target, _, label = token.partition("|")
    if target.startswith("@"):
        return f"@{people.get(target[1:]) or label or target[1:]}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target in _SPECIAL:
        return _SPECIAL[target]
    if target.startswith("!"):  # a date, a group: its fallback reads as it was shown
        return label or target[1:].partition("^")[0]
    address = target.removeprefix("mailto:")
    return f"{label} ({address})" if label and label not in (target, address) else address


def _visible(line: str) -> str:
    """Return a line without control and direction characters."""
    return "".join(
        character
        for character in line
        if character == "\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    ).rstrip()


def _line(text: str) -> str:
    return " ".join(_visible(text).split())


def _time(ts: str) -> datetime:
    seconds = ts.partition(".")[0]
    return datetime.fromtimestamp(int(seconds) if seconds.isdecimal() else 0, UTC)
