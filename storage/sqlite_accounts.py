"""Accounts in SQLite."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from bot import audit
from bot.audit import Act, Entry
from bot.domain import SlackUser
from storage.codec import Codec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database

    from bot.account import Account
    from bot.domain import PortalUrl
    from storage.engine import Lane
    from storage.sqlite_audit import SqliteAudit

T = TypeVar("T")


_MOST_KNOWN: Final = 10_000
"""People whose accounts are kept at hand: some kilobytes each."""


class SqliteAccounts:
    """One row per person and portal.

    Who has which account is asked before every acknowledgement and by every step, so it is kept at
    hand. No other process changes it: the lock of the database sees to that.
    """

    def __init__(self, writer: Lane, reader: Lane, audit: SqliteAudit) -> None:
        self._audit = audit
        self._writer = writer
        self._reader = reader
        self._known: dict[SlackUser, Sequence[Account]] = {}
        self._changes = 0

    async def get(self, user: SlackUser, portal: PortalUrl, /) -> Account | None:
        return next((one for one in await self.of(user) if one.portal == portal), None)

    async def of(self, user: SlackUser, /) -> Sequence[Account]:
        known = self._known.get(user)
        return list(await self._read(user) if known is None else known)

    async def _read(self, user: SlackUser) -> Sequence[Account]:
        def select(db: Database) -> Sequence[Account]:
            rows = db.query(
                "select * from accounts where team = ? and user = ? order by portal",
                (user.team, user.id),
            )
            return tuple(Codec.account(row) for row in rows)

        before = self._changes
        found = await self._reader.run(select)
        if before == self._changes:  # else it may be of the time before the change
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[user] = found
        return found

    async def put(self, account: Account, /) -> None:
        def upsert(db: Database) -> None:
            db.execute(
                """
                insert into accounts
                    (team, user, enterprise, portal, key, owner, name, email, checked_at)
                values
                    (:team, :user, :enterprise, :portal, :key, :owner, :name, :email, :checked_at)
                on conflict (team, user, portal) do update set
                    enterprise = excluded.enterprise, key = excluded.key, owner = excluded.owner,
                    name = excluded.name, email = excluded.email, checked_at = excluded.checked_at
                """,
                Codec.account_row(account),
            )
            self._audit.add(db, [audit.connected(account.user, account.portal)])

        await self.change(upsert)

    async def forget(self, user: SlackUser, /) -> int:
        return await self.change(lambda db: self.delete(db, user.team, user.id))

    async def forget_team(self, team: str, /) -> int:
        return await self.change(lambda db: self.delete(db, team))

    def delete(self, db: Database, team: str, user: str = "") -> int:
        """Delete the accounts of a person, or of a workspace, and return how many there were."""
        gone = db.execute(
            """
            delete from accounts where team = ?1 and (user = ?2 or ?2 = '')
            returning team, user, enterprise, portal
            """,
            (team, user),
        ).fetchall()
        entries = [
            Entry(Act.DISCONNECTED, SlackUser(*whose), {"portal": portal})
            for *whose, portal in gone
        ]
        self._audit.add(db, entries)
        return len(gone)

    async def change(self, act: Callable[[Database], T]) -> T:
        """Return what `act` returns, which may change accounts."""
        # Who stops waiting stops neither the change nor the forgetting that has to follow it.
        return await asyncio.shield(self._changed(act))

    async def _changed(self, act: Callable[[Database], T]) -> T:
        try:
            return await self._writer.run(act)
        finally:
            self._changes += 1
            self._known.clear()
