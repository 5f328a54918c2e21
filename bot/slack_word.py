"""Slack's word for what went wrong, as it may be shown, stored and logged."""

from __future__ import annotations

import re
from typing import Final

NO_WORD: Final = "unknown"
_WORD: Final = re.compile(r"[a-z][a-z_:.,]{0,79}")


def word_of(answer: object, *, none: str = NO_WORD, name: str = "error") -> str:
    """Return the word that an answer's body gives under this name, or `none`.

    Whatever stands in front of Slack, or in its place, may answer with what it was sent: the token,
    say. Slack's own words (of errors, of scopes) are of small letters, so nothing else is taken.
    """
    said = answer.get(name) if isinstance(answer, dict) else None
    if not said:
        return none
    return said if isinstance(said, str) and _WORD.fullmatch(said) else NO_WORD
