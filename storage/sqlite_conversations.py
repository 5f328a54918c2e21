"""What is known of conversations, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils import Database

    from storage.engine import Lane

_MOST_KNOWN: Final = 10_000
"""Conversations that are kept at hand: each event names one, and hardly one has news of it."""


class SqliteConversations:
    """One row per conversation; what was heard before is not written again."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader
        self._known: dict[tuple[str, str], bool] = {}

    async def shared(self, team: str, channel: str, /) -> bool | None:
        def select(db: Database) -> bool | None:
            rows = db.query(
                "select shared from conversations where team = ? and channel = ?", (team, channel)
            )
            row = next(iter(rows), None)
            return None if row is None else bool(row["shared"])

        known = self._known.get((team, channel))
        return await self._reader.run(select) if known is None else known

    async def hear(self, team: str, channel: str, /, *, shared: bool) -> None:
        def upsert(db: Database) -> None:
            db.execute(
                """
                insert into conversations (team, channel, shared) values (?, ?, ?)
                on conflict (team, channel) do update set shared = excluded.shared
                """,
                (team, channel, int(shared)),
            )

        if self._known.get((team, channel)) is shared:
            return
        await self._writer.run(upsert)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[team, channel] = shared

    async def forget(self, team: str, /) -> int:
        def delete(db: Database) -> int:
            return db.execute("delete from conversations where team = ?", (team,)).rowcount

        self._known.clear()
        return await self._writer.run(delete)
