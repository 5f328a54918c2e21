"""Filings in SQLite."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from bot.errors import GoneError, StaleFilingError
from bot.receipts import LENGTH, new_receipt
from storage.codec import Codec, instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlite_utils import Database

    from bot.domain import Filing, PortalUrl, SlackUser, WaitingFor
    from storage.codec import Row
    from storage.engine import Lane

_TRIES: Final = 8
"""So many taken receipts of one length in a row mean that a longer one is due."""
_PORTION: Final = 200
"""Filings that one commit deletes."""


class SqliteFilings:
    """One row per filing and one per file of it."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader
        self._codec = Codec()

    async def accept(self, filing: Filing, /) -> tuple[Filing, bool]:
        """Store a new filing, or return the one that has its dedupe key already (and False).

        A receipt that is taken is replaced by a fresh one.
        """

        def insert(db: Database) -> tuple[Filing, bool]:
            accepted = dataclasses.replace(filing, receipt=_free_receipt(db, filing.receipt))
            is_new = db.execute(
                """
                insert into filings
                    (id, receipt, dedupe_key, team, user, portal, purpose, state, waiting_for,
                    wake_at, accepted_at, finished_at, over, version, body)
                values
                    (:id, :receipt, :dedupe_key, :team, :user, :portal, :purpose, :state,
                    :waiting_for, :wake_at, :accepted_at, :finished_at, :over, :version, :body)
                on conflict (dedupe_key) do nothing
                """,
                self._codec.filing_row(accepted),
            ).rowcount
            if is_new:
                _insert_items(db, self._codec.item_rows(accepted))
                return accepted, True
            rows = db.query("select * from filings where dedupe_key = ?", (filing.dedupe_key,))
            return self._read(db, rows)[0], False

        return await self._writer.run(insert)

    async def get(self, id_: str, /) -> Filing | None:
        def select(db: Database) -> Filing | None:
            rows = db.query("select * from filings where id = ?", (id_,))
            return next(iter(self._read(db, rows)), None)

        return await self._reader.run(select)

    async def save(self, filing: Filing, /) -> Filing:
        """Store the next version of a filing and return it with that version.

        Raises:
            StaleFilingError: the stored version is not the one that `filing` names.

        """

        def update(db: Database) -> Filing:
            saved = dataclasses.replace(filing, version=filing.version + 1)
            changed = db.execute(
                """
                update filings set
                    receipt = :receipt, dedupe_key = :dedupe_key, team = :team, user = :user,
                    portal = :portal, purpose = :purpose, state = :state,
                    waiting_for = :waiting_for, wake_at = :wake_at, accepted_at = :accepted_at,
                    finished_at = :finished_at, over = :over, version = :version, body = :body
                where id = :id and version = :version - 1
                """,
                self._codec.filing_row(saved),
            ).rowcount
            if not changed:
                raise StaleFilingError
            db.execute("delete from items where filing = ?", (saved.id,))
            _insert_items(db, self._codec.item_rows(saved))
            return saved

        return await self._writer.run(update)

    async def unfinished(self) -> Sequence[tuple[str, datetime]]:
        """Return id and time of the next look of every filing that is not over, the next first.

        One that waits for its person needs no look before its waiting ends.
        """

        def select(db: Database) -> Sequence[tuple[str, datetime]]:
            rows = db.query(
                """
                select id, case
                    when state = 'waiting' and not json_extract(body, '$.unsaid')
                    then coalesce(json_extract(body, '$.expires_at'), wake_at)
                    else wake_at
                end as next_at
                from filings where over = 0
                """
            )
            looks = [(row["id"], datetime.fromisoformat(row["next_at"])) for row in rows]
            return sorted(looks, key=itemgetter(1))

        return await self._reader.run(select)

    async def open_of(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings that are not over, oldest first."""

        def select(db: Database) -> Sequence[Filing]:
            rows = db.query(
                """
                select * from filings where over = 0 and team = ? and user = ?
                order by accepted_at, rowid
                """,
                (user.team, user.id),
            )
            return self._read(db, rows)

        return await self._reader.run(select)

    async def waiting(
        self, user: SlackUser, portal: PortalUrl, reasons: Sequence[WaitingFor], /
    ) -> Sequence[Filing]:
        def select(db: Database) -> Sequence[Filing]:
            rows = db.query(
                """
                select * from filings
                where state = 'waiting' and team = ? and user = ? and portal = ?
                    and waiting_for in (select value from json_each(?))
                order by accepted_at, rowid
                """,
                (user.team, user.id, portal, json.dumps(reasons)),
            )
            return self._read(db, rows)

        return await self._reader.run(select)

    async def retriable(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings that failed, lapsed or try again, the latest first."""

        def select(db: Database) -> Sequence[Filing]:
            rows = db.query(
                """
                select * from filings
                where team = :team and user = :user and (
                    state = 'failed'
                    or (state = 'cancelled' and json_extract(body, '$.failure.error') = :lapsed)
                    or (state = 'ready' and json_extract(body, '$.troubles') > 0)
                )
                order by accepted_at desc, rowid desc
                """,
                {"team": user.team, "user": user.id, "lapsed": GoneError.__name__},
            )
            return self._read(db, rows)

        return await self._reader.run(select)

    async def last_done(self, user: SlackUser, /) -> Filing | None:
        """Return this person's latest filing that attached something."""

        def select(db: Database) -> Filing | None:
            rows = db.query(
                """
                select * from filings
                where state = 'done' and purpose = 'attach' and team = ? and user = ?
                    and exists (
                        select 1 from items
                        where items.filing = filings.id and items.state = 'attached'
                    )
                order by finished_at desc, accepted_at desc, rowid desc limit 1
                """,
                (user.team, user.id),
            )
            return next(iter(self._read(db, rows)), None)

        return await self._reader.run(select)

    async def sweep(self, ended: datetime, failed: datetime, /) -> int:
        """Delete what is over since before `ended` (before `failed`, if it failed); count it.

        It goes in portions, so that commands which come in meanwhile need not wait for them all.
        """
        before = {"ended": instant(ended), "failed": instant(failed), "most": _PORTION}

        def delete(db: Database) -> int:
            return db.execute(
                """
                delete from filings where rowid in (
                    select rowid from filings
                    where over = 1 and finished_at < :ended
                        and (state <> 'failed' or finished_at < :failed)
                    limit :most
                )
                """,
                before,
            ).rowcount

        swept = 0
        while portion := await self._writer.run(delete):
            swept += portion
        return swept

    def _read(self, db: Database, rows: Iterable[Row]) -> Sequence[Filing]:
        """Return the filings of these rows, with the items that belong to them."""
        found = list(rows)
        items: dict[str, list[Row]] = {row["id"]: [] for row in found}
        wanted = db.query(
            """
            select * from items where filing in (select value from json_each(?))
            order by filing, position
            """,
            (json.dumps(list(items)),),
        )
        for item in wanted:
            items[item["filing"]].append(item)
        return [self._codec.filing(row, items[row["id"]]) for row in found]


def _insert_items(db: Database, rows: Sequence[Row]) -> None:
    db.conn.executemany(
        """
        insert into items (filing, position, asked, state, file_id, title, body)
        values (:filing, :position, :asked, :state, :file_id, :title, :body)
        """,
        rows,
    )


def _free_receipt(db: Database, wished: str) -> str:
    """Return the receipt that is wished for, or a fresh one when another filing has it."""
    return next(receipt for receipt in _receipts(wished) if not _is_taken(db, receipt))


def _receipts(wished: str) -> Iterator[str]:
    yield wished
    for length in count(LENGTH):
        for _ in range(_TRIES):
            yield new_receipt(length)


def _is_taken(db: Database, receipt: str) -> bool:
    row = db.execute("select 1 from filings where receipt = ?", (receipt,)).fetchone()
    return row is not None
