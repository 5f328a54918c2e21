"""Accepting many filings by a few statements: which are new, which ask again, and their names."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.errors import BotError
from bot.receipts import LENGTH, new_receipt
from storage import sqlite_rows as rows
from storage.codec import instant
from storage.ports import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from sqlite_utils import Database

    from bot.domain import Filing
    from storage.codec import Row
    from storage.ports import Pace, Unless

    Read = Callable[[Database, Iterable[Row]], Sequence[Filing]]

_TRIES: Final = 8
"""So many taken receipts of one length in a row mean that a longer one is due."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A filing to be accepted; see `Filings.accept`."""

    filing: Filing
    unless: Unless | None = None
    pace: Pace | None = None

    @property
    def person(self) -> tuple[str, str]:
        return self.filing.user.team, self.filing.user.id


class Accepting:
    """Decides for a group, in order: what is stored, and what each one who asks is told."""

    def __init__(self, db: Database, read: Read, group: Sequence[Asked]) -> None:
        self._db = db
        self._read = read
        self._known = rows.known_keys(db, [asked.filing.dedupe_key for asked in group])
        self._wished = self._recent_wishes(group)
        self._standings = _standings(db, group)
        self._taken = rows.taken_receipts(db, [asked.filing.receipt for asked in group])
        self._by_key: dict[str, Filing] = {}
        self._by_wish: dict[str, Filing] = {}
        self.answers = [self._answer(asked) for asked in group]

    @property
    def new(self) -> Sequence[Filing]:
        """The filings to be stored."""
        return list(self._by_key.values())

    def _answer(self, asked: Asked) -> tuple[Filing, bool] | BotError:
        """Return the filing and whether it is new, or why nothing is stored."""
        try:
            return self._accepted(asked)
        except BotError as error:
            return error

    def _accepted(self, asked: Asked) -> tuple[Filing, bool]:
        key = asked.filing.dedupe_key
        if key in self._by_key:
            return self._by_key[key], False
        if key in self._known:
            return self._of_key(key), False
        wished = self._wished_for(asked)
        if wished.dedupe_key != key:
            return wished, False
        accepted = self._with_free_receipt(self._paced(asked, wished))
        self._by_key[key] = accepted
        if accepted.wish:
            self._by_wish[accepted.wish] = accepted
        return accepted, True

    def _paced(self, asked: Asked, filing: Filing) -> Filing:
        """Return the filing at the pace of its person, who has asked for one more then."""
        if asked.pace is None:
            return filing
        standing = self._standings[asked.person]
        paced = asked.pace.then(filing, standing)
        self._standings[asked.person] = Standing(
            (*standing.accepted, paced.accepted_at), standing.unfinished + 1
        )
        return paced

    def _of_key(self, dedupe_key: str) -> Filing:
        found = self._db.query("select * from filings where dedupe_key = ?", (dedupe_key,))
        return self._read(self._db, found)[0]

    def _wished_for(self, asked: Asked) -> Filing:
        """Return what is to be stored, or the earlier filing when that is the answer, too."""
        if asked.unless is None or not asked.filing.wish:
            return asked.filing
        earlier = self._earlier(asked.filing.wish, asked.unless)
        return asked.filing if earlier is None else asked.unless.then(earlier) or earlier

    def _earlier(self, wish: str, unless: Unless) -> Filing | None:
        """Return the latest filing of the same wish, if it is recent and has not failed."""
        if wish in self._by_wish:
            return self._by_wish[wish]
        if wish not in self._wished:
            return None
        found = self._db.query(
            """
            select * from filings
            where wish = ? and wish <> '' and accepted_at >= ?
                and state not in ('failed', 'cancelled')
            order by accepted_at desc, rowid desc limit 1
            """,
            (wish, instant(unless.since)),
        )
        return next(iter(self._read(self._db, found)), None)

    def _recent_wishes(self, group: Sequence[Asked]) -> Collection[str]:
        times = [asked.unless.since for asked in group if asked.unless]
        wishes = [asked.filing.wish for asked in group if asked.unless and asked.filing.wish]
        return rows.recent_wishes(self._db, wishes, instant(min(times))) if wishes else ()

    def _with_free_receipt(self, filing: Filing) -> Filing:
        """Return the filing with the receipt it has or, when that is taken, with a fresh one."""
        receipt = filing.receipt
        if receipt in self._taken:
            receipt = next(fresh for fresh in _receipts() if not self._is_taken(fresh))
        self._taken.add(receipt)
        return filing if receipt == filing.receipt else dataclasses.replace(filing, receipt=receipt)

    def _is_taken(self, receipt: str) -> bool:
        return receipt in self._taken or bool(rows.taken_receipts(self._db, [receipt]))


def _standings(db: Database, group: Sequence[Asked]) -> dict[tuple[str, str], Standing]:
    """Return how everybody in the group stands whose pace counts, at the time of the first."""
    paces = [asked.pace for asked in group if asked.pace]
    if not paces:
        return {}
    people = list(dict.fromkeys(asked.person for asked in group if asked.pace))
    since, most = min(pace.since for pace in paces), max(pace.counted for pace in paces)
    return {
        person: Standing([datetime.fromisoformat(at) for at in accepted], unfinished)
        for person, (accepted, unfinished) in rows.standings(
            db, people, instant(since), most
        ).items()
    }


def _receipts() -> Iterator[str]:
    for length in count(LENGTH):
        for _ in range(_TRIES):
            yield new_receipt(length)
