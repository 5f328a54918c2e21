"""Records that people used lately, out of their filings in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.adapters import adapter
from bot.domain import Entity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from bot.account import Account
    from storage.engine import Lane

_LOOKED_AT: Final = 60
"""Filings of a person that are looked at: most are on few records."""


class SqliteRecents:
    """What a person saw of a record when a filing of theirs was done on it."""

    def __init__(self, reader: Lane) -> None:
        self._reader = reader
        self._entity = adapter(Entity)

    async def of(self, account: Account, most: int, /) -> Sequence[Entity]:
        """Return the records that this account's owner used, the latest first."""
        user = account.user

        def select(db: Database) -> Sequence[Entity]:
            rows = db.query(
                """
                select json_extract(body, '$.entity') as entity from (
                    select * from filings where team = ? and user = ?
                    order by accepted_at desc, rowid desc limit ?
                )
                where state = 'done' and portal = ? and json_extract(body, '$.author') = ?
                    and json_extract(body, '$.entity') is not null
                """,
                (user.team, user.id, _LOOKED_AT, account.portal, account.owner),
            )
            found = (self._entity.validate_json(row["entity"]) for row in rows)
            latest: dict[object, Entity] = {}
            for entity in found:
                latest.setdefault(entity.ref, entity)
            return list(latest.values())[:most]

        return await self._reader.run(select)
