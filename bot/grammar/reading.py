"""A place in the text, and how a record is read from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityName, EntityRef, Record, UntypedNumber
from bot.errors import (
    BadRecordError,
    MixedPortalsError,
    UnknownWordError,
    UnsupportedTypeError,
)
from bot.grammar import text as pieces
from bot.grammar.commands import Here, Last
from bot.grammar.links import PortalLink, Portals, SlackLink, number, shortened
from bot.grammar.words import HERE, LAST, RECORD_WORDS, TYPES, UNSUPPORTED, folded, nearest

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable

    from bot.domain import PortalUrl

LONGEST_NAME = 255


class Reading:
    """Goes once through the text.

    `portal` is the one that the links so far lead to, `latest` the latest of them as it may be
    quoted.
    """

    def __init__(self, text: str, portals: Portals) -> None:
        self.portal: PortalUrl | None = None
        self.latest = ""
        self._text = text
        self._portals = portals
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at == len(self._text)

    @property
    def read(self) -> str:
        return self._text[: self._at]

    def sees(self, *patterns: re.Pattern[str]) -> bool:
        return any(pattern.match(self._text, self._at) for pattern in patterns)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def sees_link(self) -> bool:
        found = pieces.ITEM.match(self._text, self._at)
        return bool(found and self._portals.looks_like_link(found[0]))

    def word(self, words: Collection[str], end: re.Pattern[str] = pieces.WORD_END) -> str:
        """Take the next word if it is one of `words`; return it as they spell it, or nothing."""
        found = pieces.LETTERS.match(self._text, self._at)
        word = folded(found[0]) if found else ""
        if not found or word not in words or not end.match(self._text, found.end()):
            return ""
        self._at = found.end()
        return word

    def rest(self) -> str:
        """Take everything that is left."""
        rest, self._at = self._text[self._at :], len(self._text)
        return rest.strip()

    def item(self) -> str:
        """Take what stands between blanks and commas, whatever it is."""
        found = self.take(pieces.QUOTED) or self.take(pieces.ITEM)
        return shortened(found[0]) if found else ""

    def unknown(self, known: Iterable[str]) -> UnknownWordError:
        """Take a word and return its error; `fixed` is the text with the nearest known word."""
        start = self._at
        found = self.take(pieces.QUOTED) or self.take(pieces.WORD)
        word = found[0] if found else ""
        near = nearest(word, known)
        fixed = f"{self._text[:start]}{near}{self._text[self._at :]}" if near else ""
        return UnknownWordError(shortened(word), near, fixed)

    def link(self) -> PortalLink | SlackLink | None:
        """Take a link, if one stands here.

        Raises:
            MixedPortalsError: links before it lead to another portal.
            TypingError: it leads nowhere useful.

        """
        found = pieces.ITEM.match(self._text, self._at)
        link = self._portals.link(found[0]) if found else None
        if not found or link is None:
            return None
        if isinstance(link, PortalLink):
            if self.portal not in {None, link.portal}:
                raise MixedPortalsError(str(self.portal), link.portal)
            self.portal = link.portal
        self._at = found.end()
        # What follows the address can open a file to whoever reads it.
        self.latest = shortened(found[0].partition("?")[0])
        return link

    def needed_record(self, missing: str) -> Record | Here | Last:
        """Take a record at a place where nothing else makes sense.

        Raises:
            TypingError: none stands here; `missing` is quoted when nothing does.

        """
        self.take(pieces.BLANKS)
        if self.done or self.sees(pieces.NOTE):
            raise BadRecordError(missing)
        if record := self._linked() or self.record():
            return record
        if self.word({LAST}):
            return Last()
        if self.sees(pieces.NUMBERLIKE):
            return UntypedNumber(self._id())
        raise self.unknown(RECORD_WORDS)

    def record(self) -> Record | Here | None:
        """Take a record that begins with a word of its own, such as `case`."""
        if self.word({HERE}):
            return Here()
        if unsupported := self.word(UNSUPPORTED, pieces.TYPE_END):
            raise UnsupportedTypeError(UNSUPPORTED[unsupported])
        word = self.word(TYPES, pieces.TYPE_END)
        return self._typed(word) if word else None

    def _typed(self, word: str) -> Record:
        type_, company = TYPES[word]
        self.take(pieces.AFTER_TYPE)
        if self.done or self.sees(pieces.NOTE):
            raise BadRecordError(word)
        if linked := self._linked():
            return linked
        if self.sees(pieces.NUMBERLIKE):
            return EntityRef(type_, self._id())
        return EntityName(type_, self._name(word), company)

    def _linked(self) -> EntityRef | None:
        link = self.link()
        if link is None:
            return None
        if isinstance(link, SlackLink) or link.record is None:
            raise BadRecordError(self.latest)
        return link.record

    def _id(self) -> int:
        self.take(pieces.HASH)
        start = self._at
        found = self.take(pieces.RECORD_ID)
        id_ = number(found[1]) if found else None
        if id_ is None:
            self._at = start
            word = self.take(pieces.WORD)
            raise BadRecordError(shortened(word[0] if word else ""))
        return id_

    def _name(self, missing: str) -> str:
        if quoted := self.take(pieces.QUOTED):
            name = " ".join(pieces.unquoted(quoted).split())
            fits = bool(name)
        else:
            name = " ".join(self._unquoted_name().split()).rstrip(" ,;:")
            # A quote that opens and does not close, or only marks: better ask than guess.
            fits = any(map(str.isalpha, name)) and not pieces.QUOTE.match(name)
        if not fits or len(name) > LONGEST_NAME:
            raise BadRecordError(shortened(name) or missing)
        return name

    def _unquoted_name(self) -> str:
        start = self._at
        ends = (
            word.start()
            for word in pieces.WORD.finditer(self._text, start)
            if pieces.NAME_END.match(word[0]) or self._portals.looks_like_link(word[0])
        )
        self._at = next(ends, len(self._text))
        return self._text[start : self._at]
