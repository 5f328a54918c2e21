"""The words of the grammar, and which of them a mistyped word is near to."""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING, Final

from bot.domain import EntityType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERBS: Final = (
    *("help", "connect", "disconnect", "status", "list", "retry", "undo"),
    *("link", "unlink", "forget-me"),
)

VERBS_TO_COME: Final = frozenset(
    [
        "find",
        "history",
        "settings",
        "language",
        "doctor",
        "demo",
        "my-data",
        "cancel",
    ]
)

TYPES: Final[Mapping[str, tuple[EntityType, bool | None]]] = {
    "case": (EntityType.CASE, None),
    "cases": (EntityType.CASE, None),
    "opportunity": (EntityType.OPPORTUNITY, None),
    "opportunities": (EntityType.OPPORTUNITY, None),
    "opp": (EntityType.OPPORTUNITY, None),
    "opps": (EntityType.OPPORTUNITY, None),
    "deal": (EntityType.OPPORTUNITY, None),
    "deals": (EntityType.OPPORTUNITY, None),
    "contact": (EntityType.CONTACT, None),
    "contacts": (EntityType.CONTACT, None),
    "client": (EntityType.CONTACT, None),
    "clients": (EntityType.CONTACT, None),
    "person": (EntityType.CONTACT, False),
    "persons": (EntityType.CONTACT, False),
    "people": (EntityType.CONTACT, False),
    "company": (EntityType.CONTACT, True),
    "companies": (EntityType.CONTACT, True),
}
"""Type words; the second value narrows contacts to companies or to persons."""

UNSUPPORTED: Final[Mapping[str, str]] = {
    form: word
    for word in [
        "task",
        "project",
        "invoice",
        "lead",
        "event",
        "milestone",
        "meeting",
        "product",
        "discussion",
    ]
    for form in (word, f"{word}s")
}
"""Things of the portal that take no files here, by singular and plural."""

HERE: Final = "here"
LAST: Final = "last"

RECORD_WORDS: Final = (*TYPES, HERE, LAST)
FIRST_WORDS: Final = (*VERBS, "files", "show", "ls", "login", "logout", *RECORD_WORDS)

MEANT: Final[Mapping[str, str]] = {
    "files": "list",
    "show": "list",
    "ls": "list",
    "login": "connect",
    "logout": "disconnect",
    "cases": "case",
    "opportunities": "opportunity",
    "opps": "opp",
    "deals": "deal",
    "contacts": "contact",
    "clients": "client",
    "persons": "person",
    "people": "person",
    "companies": "company",
}
"""What is suggested in place of words that are only near to the grammar, or plural."""

LONGEST_WORD: Final = 24
MOST_EDITS: Final = 2


_PLAIN_DASH: Final = dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")


def folded(word: str) -> str:
    """Return `word` as the tables spell it: lower case, with plain letters and dashes."""
    return unicodedata.normalize("NFKC", word).casefold().translate(_PLAIN_DASH)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that `word` was meant to be, if it is within two typing errors."""
    if len(word) > LONGEST_WORD:
        return ""
    near = difflib.get_close_matches(folded(word), list(known), n=5, cutoff=0.6)
    fits = (other for other in near if _edits(folded(word), other) <= MOST_EDITS)
    found = next(fits, "")
    return MEANT.get(found, found)


def _edits(one: str, other: str) -> int:
    steps = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in steps if tag != "equal")
