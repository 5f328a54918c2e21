"""The choices of forms in SQLite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.draft import SealedDraft
from storage.codec import instant

if TYPE_CHECKING:
    from sqlite_utils import Database

    from storage.engine import Lane


class SqliteDrafts:
    """One row per form that was opened."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader

    async def get(self, id_: str, /) -> SealedDraft | None:
        def select(db: Database) -> SealedDraft | None:
            row = next(iter(db.query("select * from drafts where id = ?", (id_,))), None)
            if row is None:
                return None
            return SealedDraft(**{**row, "made_at": datetime.fromisoformat(row["made_at"])})

        return await self._reader.run(select)

    async def put(self, draft: SealedDraft, /) -> None:
        def upsert(db: Database) -> None:
            db.execute(
                """
                insert into drafts (id, team, user, made_at, body) values (?, ?, ?, ?, ?)
                on conflict (id) do update set body = excluded.body
                """,
                (draft.id, draft.team, draft.user, instant(draft.made_at), draft.body),
            )

        await self._writer.run(upsert)

    async def forget(self, team: str, user: str = "", /) -> int:
        def delete(db: Database) -> int:
            return db.execute(
                "delete from drafts where team = ? and (user = ? or ? = '')", (team, user, user)
            ).rowcount

        return await self._writer.run(delete)

    async def sweep(self, before: datetime, /) -> int:
        def delete(db: Database) -> int:
            return db.execute("delete from drafts where made_at < ?", (instant(before),)).rowcount

        return await self._writer.run(delete)
