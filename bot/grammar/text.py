"""Text as it comes from keyboards and from Slack: made plain, and the patterns of its pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.errors import KeyInCommandError

if TYPE_CHECKING:
    from bot.grammar.links import Portals

# Written as escapes, since many of these look alike or like nothing.
DASHES: Final = r"\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
JOINTS: Final = r",;+&\u060c\u3001\uff0b\uff0c\uff1b\uff06"
HASHES: Final = r"#\u2116\uff03"
INVISIBLE: Final = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
"""Blanks without width and marks of direction; joiners stay, since names need them."""

END: Final = rf"(?=[\s{JOINTS}>]|\Z)"
_NUMBER: Final = rf"(?:[{HASHES}]\s?)?(\d++)"

BLANKS: Final = re.compile(r"\s*+")
HASH: Final = re.compile(rf"[{HASHES}]\s*+")
WORD_END: Final = re.compile(END)
GAP: Final = re.compile(rf"[\s{JOINTS}]*+")
JOINT: Final = re.compile(rf"\s*+(?:[{JOINTS}]|(?i:and){END})")
SPAN: Final = re.compile(
    rf"{_NUMBER}(?:\s*+(?:[{DASHES}]|\.\.\.?|\u2026)\s*+{_NUMBER})?{END}",
)
"""A file number, or a range of them."""
NUMBERLIKE: Final = re.compile(rf"[{HASHES}{DASHES}]*\d")

WORD: Final = re.compile(r"\S+")
_INSIDE: Final = r"[^\s,;\u060c\u3001\uff0c\uff1b<>\"]"
ITEM: Final = re.compile(rf"{_INSIDE}+|\S")
LETTERS: Final = re.compile(r"[^\W\d_]+")

AND: Final = re.compile(rf"(?i:and){END}")
WITH: Final = re.compile(rf"(?i:with){END}")
TO: Final = re.compile(rf"(?i:to|on){END}|[=\-]?>|\u2192")
LAST_FILE: Final = re.compile(rf"(?i:last){END}")
LAST_RECORD: Final = re.compile(
    rf"(?i:last){END}(?!\s*+(?:[{JOINTS}>]|[=\-]>|\u2192|(?i:and|to|on){END}))"
)
"""`last` in front of a comma or of `to` is a file."""

NOTE: Final = re.compile(rf"(?<!\S)[{DASHES}]{{2,}}")
LONG_DASH: Final = re.compile(rf"(?<!\S)[\u2014\u2015](?!\s*+[{HASHES}]?\d)")
"""What phones make of two dashes; between numbers it is a range."""

AFTER_TYPE: Final = re.compile(
    rf"(?:[{DASHES}](?![{DASHES}])\s*+|\s++[{DASHES}](?=\s)\s*+|\s*+[:\uff1a]\s*+|\s*+)"
    rf"(?:[{HASHES}]\s*+)?",
)
TYPE_END: Final = re.compile(rf"(?=[\s\d:\uff1a{HASHES}{DASHES}\"'\u2018\u201c\u201e\u00ab]|\Z)")
RECORD_ID: Final = re.compile(r"(\d++)[:\uff1a]?(?=\s|\Z)")
NAME_END: Final = re.compile(rf"[{HASHES}]?\d|[{DASHES}]{{2}}|(?i:with){END}|(?i:https?)://")

_LINKS_IN_A_ROW: Final = re.compile(r">(?=<(?i:https?)://)")
_WRAPPED_LINK: Final = re.compile(r"<((?i:https?)://[^|<>\s]*)(?:\|[^<>]*)?>")
_ESCAPED: Final = re.compile(r"&(?:amp|lt|gt);")
_MARKS: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ANY_LINK: Final = re.compile(rf"(?i:https?)://{_INSIDE}*")

_MOST: Final = 300
_CURLY: Final = r"\u201c-\u201f\uff02\u301d-\u301f\""
_GUILLEMETS: Final = r"\u00ab\u00bb"
QUOTED: Final = re.compile(
    rf'"(?P<straight>(?:[^"]|""){{0,{_MOST}}})"'
    rf"|[{_CURLY}](?P<curly>[^{_CURLY}]{{0,{_MOST}}})[{_CURLY}]"
    rf"|[{_GUILLEMETS}](?P<guillemets>[^{_GUILLEMETS}]{{0,{_MOST}}})[{_GUILLEMETS}]"
    r"|['\u2018\u2019\u201a\u2039]"
    rf"(?P<single>.{{1,{_MOST}}}?)['\u2018\u2019\u203a](?=[\s{JOINTS}:]|\Z)",
    re.DOTALL,
)
QUOTE: Final = re.compile(rf"[{_CURLY}{_GUILLEMETS}]")

_GUID: Final = re.compile(r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_RUN: Final = re.compile(r"[A-Za-z0-9+/=_\-%.]{40,}")
_LETTER: Final = re.compile(r"[A-Za-z]")
_UNLIKE_PROSE: Final = re.compile(r"\d|[a-z][A-Z]")


def plain(text: str) -> str:
    """Undo Slack's escapes, unwrap its links and drop what cannot be seen."""
    text = INVISIBLE.sub("", text)
    text = _WRAPPED_LINK.sub(r"\1", _LINKS_IN_A_ROW.sub("> ", text))
    return _ESCAPED.sub(lambda found: _MARKS[found[0]], text).strip()


def refuse_keys(text: str, portals: Portals) -> None:
    """Refuse a text that seems to hold a secret.

    Raises:
        KeyInCommandError: it does; nothing of it stays in the error.

    """
    without_links = _ANY_LINK.sub(" ", text)
    if any(
        _is_key(word) and not portals.looks_like_link(word) for word in ITEM.findall(without_links)
    ):
        raise KeyInCommandError


def unquoted(found: re.Match[str]) -> str:
    """Return what stands between the quotes that `QUOTED` found."""
    inner = next(part for part in found.groups() if part is not None)
    return inner.replace('""', '"') if found["straight"] is not None else inner


def _is_key(word: str) -> bool:
    runs: list[str] = _RUN.findall(word)
    return bool(_GUID.search(word)) or any(
        _LETTER.search(run) and _UNLIKE_PROSE.search(run) for run in runs
    )
