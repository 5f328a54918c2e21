"""Accounts in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.codec import Codec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from bot.domain import Account, PortalUrl, SlackUser
    from storage.engine import Lane


class SqliteAccounts:
    """One row per person and portal."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader

    async def get(self, user: SlackUser, portal: PortalUrl, /) -> Account | None:
        def select(db: Database) -> Account | None:
            rows = db.query(
                "select * from accounts where team = ? and user = ? and portal = ?",
                (user.team, user.id, portal),
            )
            return next(iter([Codec.account(row) for row in rows]), None)

        return await self._reader.run(select)

    async def of(self, user: SlackUser, /) -> Sequence[Account]:
        def select(db: Database) -> Sequence[Account]:
            rows = db.query(
                "select * from accounts where team = ? and user = ? order by portal",
                (user.team, user.id),
            )
            return [Codec.account(row) for row in rows]

        return await self._reader.run(select)

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

        await self._writer.run(upsert)

    async def forget(self, user: SlackUser, /) -> int:
        def delete(db: Database) -> int:
            return db.execute(
                "delete from accounts where team = ? and user = ?", (user.team, user.id)
            ).rowcount

        return await self._writer.run(delete)

    async def forget_team(self, team: str, /) -> int:
        def delete(db: Database) -> int:
            return db.execute("delete from accounts where team = ?", (team,)).rowcount

        return await self._writer.run(delete)
