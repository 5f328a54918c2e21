"""Filings in SQLite."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from bot import audit
from bot.domain import Filing
from bot.errors import BotError, GoneError, SetAsideError, StaleFilingError
from storage import sqlite_rows as rows
from storage.codec import Codec, instant
from storage.sqlite_accepting import Accepting, Asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

    from bot.domain import PortalUrl, SlackUser, WaitingFor
    from storage.codec import Row
    from storage.engine import Lane
    from storage.ports import Pace, Unless
    from storage.sqlite_audit import SqliteAudit

_PORTION: Final = 200
"""Filings that one commit deletes."""


class SqliteFilings:
    """One row per filing and one per file of it."""

    def __init__(self, writer: Lane, reader: Lane, audit: SqliteAudit) -> None:
        self._audit = audit
        self._writer = writer
        self._reader = reader
        self._codec = Codec()

    async def accept(
        self, filing: Filing, /, *, unless: Unless | None = None, pace: Pace | None = None
    ) -> tuple[Filing, bool]:
        """Store a new filing, or return the one that has its dedupe key already (and False).

        A receipt that is taken is replaced by a fresh one.
        """
        return await self._writer.run_together(self._accept_all, Asked(filing, unless, pace))

    def _accept_all(
        self, db: Database, group: Sequence[Asked]
    ) -> Sequence[tuple[Filing, bool] | BotError]:
        accepting = Accepting(db, self._read, group)
        rows.insert_filings(db, [self._codec.filing_row(filing) for filing in accepting.new])
        self._insert_items(db, accepting.new)
        self._audit.add(db, [told for filing in accepting.new for told in audit.accepted(filing)])
        return accepting.answers

    async def get(self, id_: str, /) -> Filing | None:
        def select(db: Database) -> Filing | None:
            found = db.query("select * from filings where id = ?", (id_,))
            return next(iter(self._read(db, found)), None)

        return await self._reader.run(select)

    async def save(self, filing: Filing, /) -> Filing:
        """Store the next version of a filing and return it with that version.

        Raises:
            StaleFilingError: the stored version is not the one that `filing` names.

        """
        return await self._writer.run_together(self._save_all, filing)

    def _save_all(
        self, db: Database, filings: Sequence[Filing]
    ) -> Sequence[Filing | StaleFilingError]:
        stored = rows.before(db, [filing.id for filing in filings])
        versions = {id_: one.version for id_, one in stored.items()}
        outcomes = [_next_version(filing, versions) for filing in filings]
        saved = [outcome for outcome in outcomes if isinstance(outcome, Filing)]
        rows.update_filings(db, [self._codec.filing_row(filing) for filing in saved])
        rows.delete_items(db, [filing.id for filing in saved])
        self._insert_items(db, saved)
        self._audit.add(db, [told for it in saved for told in audit.saved(stored[it.id], it)])
        return outcomes

    def _insert_items(self, db: Database, filings: Sequence[Filing]) -> None:
        rows.insert_items(db, [row for it in filings for row in self._codec.item_rows(it)])

    async def unfinished(self) -> Sequence[tuple[str, datetime]]:
        """Return id and time of the next look of every filing that is not over, the next first.

        One that waits for its person needs no look before its waiting ends, and one that has ended
        none before its late look.
        """

        def select(db: Database) -> Sequence[tuple[str, datetime]]:
            found = db.query(
                """
                select id, case
                    when state = 'waiting' and not json_extract(body, '$.unsaid')
                    then coalesce(json_extract(body, '$.expires_at'), wake_at)
                    when state in ('done', 'failed', 'cancelled')
                        and not json_extract(body, '$.unsaid')
                        and json_extract(body, '$.sharing') is null
                    then coalesce(json_extract(body, '$.late.due'), wake_at)
                    else wake_at
                end as next_at
                from filings where over = 0
                """
            )
            looks = [(row["id"], datetime.fromisoformat(row["next_at"])) for row in found]
            return sorted(looks, key=itemgetter(1))

        return await self._reader.run(select)

    async def open_of(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings that they wait for, oldest first."""

        def select(db: Database) -> Sequence[Filing]:
            found = db.query(
                """
                select * from filings where over = 0 and team = ? and user = ?
                order by accepted_at, rowid
                """,
                (user.team, user.id),
            )
            return [filing for filing in self._read(db, found) if filing.open]

        return await self._reader.run(select)

    async def untold_of(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings of which they could not be told, oldest first."""

        def select(db: Database) -> Sequence[Filing]:
            found = db.query(
                """
                select * from filings
                where team = ? and user = ? and json_extract(body, '$.untold')
                order by accepted_at, rowid
                """,
                (user.team, user.id),
            )
            return self._read(db, found)

        return await self._reader.run(select)

    async def waiting(
        self, user: SlackUser, portal: PortalUrl, reasons: Sequence[WaitingFor], /
    ) -> Sequence[Filing]:
        def select(db: Database) -> Sequence[Filing]:
            found = db.query(
                """
                select * from filings
                where state = 'waiting' and team = ? and user = ? and portal = ?
                    and waiting_for in (select value from json_each(?))
                order by accepted_at, rowid
                """,
                (user.team, user.id, portal, json.dumps(reasons)),
            )
            return self._read(db, found)

        return await self._reader.run(select)

    async def retriable(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings that failed, lapsed or try again, the latest first."""

        def select(db: Database) -> Sequence[Filing]:
            found = db.query(
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
            return self._read(db, found)

        return await self._reader.run(select)

    async def set_aside(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings that were set aside, the latest first."""

        def select(db: Database) -> Sequence[Filing]:
            rows = db.query(
                """
                select * from filings
                where team = ? and user = ? and state = 'failed'
                    and json_extract(body, '$.failure.error') = ?
                order by accepted_at desc, rowid desc
                """,
                (user.team, user.id, SetAsideError.__name__),
            )
            return self._read(db, rows)

        return await self._reader.run(select)

    async def last_done(self, user: SlackUser, /) -> Filing | None:
        """Return this person's latest filing that attached something, and was not taken back."""

        def select(db: Database) -> Filing | None:
            found = db.query(
                """
                select * from filings
                where state = 'done' and purpose = 'attach' and team = ? and user = ?
                    and json_extract(body, '$.undone_at') is null and exists (
                        select 1 from items
                        where items.filing = filings.id and items.state = 'attached'
                    )
                order by finished_at desc, accepted_at desc, rowid desc limit 1
                """,
                (user.team, user.id),
            )
            return next(iter(self._read(db, found)), None)

        return await self._reader.run(select)

    async def alike(self, team: str, portal: PortalUrl, sha256: str, /) -> Sequence[Filing]:
        """Return the workspace's filings that hold these bytes for this portal, latest first."""

        def select(db: Database) -> Sequence[Filing]:
            found = db.query(
                """
                select * from filings
                where team = ? and portal = ? and purpose = 'attach' and id in (
                    select filing from items where digest = ? and digest <> ''
                )
                order by accepted_at desc, rowid desc
                """,
                (team, portal, sha256),
            )
            return self._read(db, found)

        return await self._reader.run(select)

    def delete(self, db: Database, user: SlackUser) -> tuple[int, Sequence[Filing]]:
        """Delete every filing of a person; return how many, and those that had not ended."""
        whose = (user.team, user.id)
        found = db.query(
            """
            select * from filings where over = 0 and team = ? and user = ?
            order by accepted_at, rowid
            """,
            whose,
        )
        cut = [filing for filing in self._read(db, found) if filing.open]
        self._audit.add(db, [told for filing in cut for told in audit.forgotten(filing)])
        gone = db.execute("delete from filings where team = ? and user = ?", whose).rowcount
        return gone, cut

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

    def _read(self, db: Database, found: Iterable[Row]) -> Sequence[Filing]:
        """Return the filings of these rows, with the items that belong to them."""
        filings = list(found)
        items: dict[str, list[Row]] = {row["id"]: [] for row in filings}
        wanted = db.query(
            """
            select * from items where filing in (select value from json_each(?))
            order by filing, position
            """,
            (json.dumps(list(items)),),
        )
        for item in wanted:
            items[item["filing"]].append(item)
        return [self._codec.filing(row, items[row["id"]]) for row in filings]


def _next_version(filing: Filing, stored: dict[str, int]) -> Filing | StaleFilingError:
    """Return the next version, or an error if `filing` is not of the stored one (any more)."""
    if stored.get(filing.id) != filing.version:
        return StaleFilingError()
    stored[filing.id] += 1
    return dataclasses.replace(filing, version=filing.version + 1)
