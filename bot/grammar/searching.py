"""What somebody looks for who types into a search: a number, a link, or words of a title."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

from bot.domain import EntityName, EntityRef, UntypedNumber
from bot.errors import BadRecordError, UnsupportedTypeError
from bot.grammar import text as pieces
from bot.grammar.links import Portals, number
from bot.grammar.reading import LONGEST_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import PortalUrl, Record

_NUMBER: Final = re.compile(rf"([{pieces.HASHES}]\s*+)?(\d++)\Z")
_QUOTES: Final = re.compile(rf"{pieces.QUOTE.pattern}")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A record as far as it is named; both are there where the text may mean either.

    `words` may stand in the title of a record of any type. `portal` is the one of a link.
    """

    record: Record | None = None
    words: str = ""
    portal: PortalUrl | None = None


def sought(text: str, portals: Sequence[PortalUrl]) -> Sought:
    """Return what is looked for by `text`, which may be typed half.

    Raises:
        TypingError: a link that leads to no record of these portals, or something like a key.

    """
    plain = pieces.plain(text)[:LONGEST_NAME]
    known = Portals(portals)
    pieces.refuse_keys(plain, known)
    reading = Reading(plain, known)
    if reading.sees_link():
        record = reading.needed_record(plain)
        # A link has no other record than one by number.
        linked = record if isinstance(record, EntityRef) else None
        return Sought(record=linked, portal=reading.portal)
    words = " ".join(_QUOTES.sub(" ", plain).split())
    if found := _NUMBER.match(plain):
        id_ = number(found[2])
        hashed = bool(found[1]) and id_ is not None
        return Sought(record=UntypedNumber(id_) if id_ else None, words="" if hashed else words)
    named = _named(reading)
    exact = isinstance(named, EntityRef) and reading.done
    return Sought(record=named, words="" if exact else words, portal=reading.portal)


def _named(reading: Reading) -> EntityRef | EntityName | None:
    """Return the record that the text begins with; words of a title may begin like one."""
    try:
        record = reading.record()
    except (BadRecordError, UnsupportedTypeError):
        return None
    return record if isinstance(record, EntityRef | EntityName) else None
