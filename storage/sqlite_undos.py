"""What can be taken back, and what takes it back, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import undo_wish
from storage.codec import instant

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from bot.domain import Filing, SlackUser
    from storage.engine import Lane
    from storage.sqlite_filings import SqliteFilings


class SqliteUndos:
    """Finds filings as only an undo looks for them; `filings` reads what was found."""

    def __init__(self, reader: Lane, filings: SqliteFilings) -> None:
        self._reader = reader
        self._filings = filings

    async def by_key(self, dedupe_key: str, /) -> Filing | None:
        return await self._first("select id from filings where dedupe_key = ?", dedupe_key)

    async def by_receipt(self, user: SlackUser, receipt: str, /) -> Filing | None:
        return await self._first(
            "select id from filings where receipt = ? and team = ? and user = ?",
            receipt,
            user.team,
            user.id,
        )

    async def latest(self, user: SlackUser, since: datetime, /) -> Filing | None:
        """Return this person's latest filing that attached something at `since` or later.

        What was taken back whole is passed over.
        """
        return await self._first(
            """
            select id from filings
            where state = 'done' and purpose = 'attach' and team = ? and user = ?
                and finished_at >= ? and json_extract(body, '$.undone_at') is null
                and exists (
                    select 1 from items
                    where items.filing = filings.id and items.state = 'attached'
                )
            order by finished_at desc, accepted_at desc, rowid desc limit 1
            """,
            user.team,
            user.id,
            instant(since),
        )

    async def of(self, origin: Filing, /) -> Filing | None:
        """Return the latest filing that takes this one back, whatever came of it."""
        return await self._first(
            """
            select id from filings where wish = ? and wish <> ''
            order by accepted_at desc, rowid desc limit 1
            """,
            undo_wish(origin),
        )

    async def _first(self, sql: str, *values: str) -> Filing | None:
        def select(db: Database) -> str | None:
            return next((str(row["id"]) for row in db.query(sql, values)), None)

        found = await self._reader.run(select)
        return await self._filings.get(found) if found else None
