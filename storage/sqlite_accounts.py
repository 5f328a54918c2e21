"""Accounts in SQLite."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from storage.codec import Codec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database

    from bot.account import Account
    from bot.domain import PortalUrl, SlackUser
    from storage.engine import Lane


_MOST_KNOWN: Final = 10_000
"""People whose accounts are kept at hand: some kilobytes each."""


class SqliteAccounts:
    """One row per person and portal.

    Who has which account is asked before every acknowledgement and by every step, so it is kept at
    hand. No other process changes it: the lock of the database sees to that.
    """

    def __init__(self, writer: Lane, reader: Lane) -> None:
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
        def upsert(db: Database) -> int:
            return db.execute(
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
            ).rowcount

        await self._change(upsert)

    async def forget(self, user: SlackUser, /) -> int:
        def delete(db: Database) -> int:
            return db.execute(
                "delete from accounts where team = ? and user = ?", (user.team, user.id)
            ).rowcount

        return await self._change(delete)

    async def forget_team(self, team: str, /) -> int:
        def delete(db: Database) -> int:
            return db.execute("delete from accounts where team = ?", (team,)).rowcount

        return await self._change(delete)

    async def _change(self, act: Callable[[Database], int]) -> int:
        # Who stops waiting stops neither the change nor the forgetting that has to follow it.
        return await asyncio.shield(self._changed(act))

    async def _changed(self, act: Callable[[Database], int]) -> int:
        try:
            return await self._writer.run(act)
        finally:
            self._changes += 1
            self._known.clear()
