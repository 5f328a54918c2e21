"""How `/attach case 7 12,13` is read: a record, files, a note, in either order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import MOST_FILES, UntypedNumber
from bot.errors import BadFilesError, BadRecordError, TooManyFilesError
from bot.grammar import text as pieces
from bot.grammar.commands import Attach, Here, Last, spell_record
from bot.grammar.files import FileNumbers
from bot.grammar.links import PortalLink, SlackLink, number, shortened
from bot.grammar.words import FIRST_WORDS, LAST

if TYPE_CHECKING:
    import re

    from bot.domain import PortalUrl, Record
    from bot.grammar.reading import Reading

LONGEST_NOTE = 1000


def read_attach(reading: Reading, default: PortalUrl | None) -> Attach:
    """Return the attach command that the text is; `default` is the portal of unlinked numbers."""
    return _Form(reading, default).command()


class _Form:
    """Collects what an attach command names."""

    def __init__(self, reading: Reading, default: PortalUrl | None) -> None:
        self._reading = reading
        self._default = default
        self._record: Record | Here | Last | None = None
        self._files = FileNumbers()
        self._slack_files: list[str] = []
        self._last_file = False
        self._bad: list[str] = []
        self._lone = False
        """Whether the files began with one number and a blank: it may be a record."""
        self._closed = False
        """Whether the record came after the files, so that nothing else can follow."""

    def command(self) -> Attach:
        self._begin()
        while not self._over():
            self._step()
        note = self._note()
        if self._lone and self._record is None and self._several:
            self._record = UntypedNumber(self._files.take_first())
        self._check()
        return Attach(
            record=self._record,
            files=self._files.first(MOST_FILES),
            note=note,
            portal=self._reading.portal,
            slack_files=tuple(dict.fromkeys(self._slack_files)),
            last_file=self._last_file,
        )

    @property
    def _several(self) -> bool:
        return bool(self._files.typed > 1 or self._slack_files or self._last_file)

    def _begin(self) -> None:
        reading = self._reading
        if reading.sees(pieces.LAST_RECORD) and reading.word({LAST}):
            self._record = Last()
        else:
            self._record = reading.record()
        if self._record is None and not self._begins_with_files():
            raise reading.unknown(FIRST_WORDS)

    def _begins_with_files(self) -> bool:
        reading = self._reading
        return (
            reading.done
            or reading.sees(pieces.NUMBERLIKE, pieces.JOINT, pieces.NOTE, pieces.LONG_DASH)
            or reading.sees(pieces.TO, pieces.LAST_FILE)
            or reading.sees_link()
        )

    def _over(self) -> bool:
        self._reading.take(pieces.GAP)
        return self._reading.done or self._reading.sees(pieces.NOTE, pieces.LONG_DASH)

    def _step(self) -> None:
        reading = self._reading
        if link := reading.link():
            self._take_link(link)
        elif span := reading.take(pieces.SPAN):
            self._take_span(span)
        elif reading.word({LAST}):
            self._last_file = True
        elif not (reading.take(pieces.AND) or self._take_with() or self._take_record()):
            self._bad.append(reading.item())

    def _take_link(self, link: PortalLink | SlackLink) -> None:
        if isinstance(link, SlackLink):
            self._slack_files.append(link.url)
        elif link.record:
            self._set_record(link.record)
        elif link.file:
            self._files.add(link.file, link.file)
        elif link.bad:
            self._bad.append(link.bad)

    def _take_span(self, span: re.Match[str]) -> None:
        first = number(span[1])
        last = number(span[2]) if span[2] else first
        if first is None or last is None or self._closed:
            self._bad.append(shortened(span[0]))
            return
        self._lone = self._lone or (
            not self._files.typed
            and not self._slack_files
            and not span[2]
            and not self._reading.sees(pieces.JOINT)
        )
        self._files.add(first, last)

    def _take_with(self) -> bool:
        if self._several or not self._reading.sees(pieces.WITH):
            return False
        if self._record is None and self._lone:
            self._record = UntypedNumber(self._files.take_first())
        if self._record is None or self._files.typed:
            return False
        return bool(self._reading.take(pieces.WITH))

    def _take_record(self) -> bool:
        to = self._reading.take(pieces.TO)
        record = self._reading.needed_record(to[0]) if to else self._reading.record()
        if record is None:
            return False
        self._closed |= self._record is None and bool(self._files.typed)
        self._set_record(record)
        return True

    def _set_record(self, record: Record | Here | Last) -> None:
        if self._record not in {None, record}:
            raise BadRecordError(spell_record(record))
        self._record = record

    def _note(self) -> str:
        self._reading.take(pieces.NOTE) or self._reading.take(pieces.LONG_DASH)
        return self._reading.rest()[:LONGEST_NOTE].rstrip()

    def _check(self) -> None:
        if self._bad:
            raise BadFilesError(self._bad[0], self._files.first(MOST_FILES), self._typed_record())
        if len(self._files) > MOST_FILES:
            raise TooManyFilesError(
                len(self._files), self._files.first(MOST_FILES), self._typed_record()
            )

    def _typed_record(self) -> str:
        """Return the record for a new command; only another than the first portal is named."""
        record = spell_record(self._record) if self._record else ""
        portal = self._reading.portal
        return record if portal in {None, self._default} else f"{record} {portal}".strip()
