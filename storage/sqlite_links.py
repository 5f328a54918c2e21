"""Links of conversations, and what people have decided for them, in SQLite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType, PortalUrl
from bot.sharing import Habit, HabitKind, Link
from storage.codec import as_json, instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sqlite_utils import Database

    from bot.domain import SlackUser
    from storage.engine import Lane


class SqliteLinks:
    """One row per linked conversation."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader

    async def of(self, team: str, channel: str, /) -> Link | None:
        return await self._reader.run(lambda db: _link(db, team, channel))

    async def put(self, link: Link, /) -> Link | None:
        def upsert(db: Database) -> Link | None:
            before = _link(db, link.team, link.channel)
            db.execute(
                """
                insert or replace into links (team, channel, portal, type, number, by, at)
                values (?, ?, ?, ?, ?, ?, ?)
                """,
                (
                    *(link.team, link.channel, link.portal),
                    *(link.ref.type.value, link.ref.id, link.by, instant(link.at)),
                ),
            )
            return before

        return await self._writer.run(upsert)

    async def remove(self, team: str, channel: str, /) -> Link | None:
        def delete(db: Database) -> Link | None:
            before = _link(db, team, channel)
            db.execute("delete from links where team = ? and channel = ?", (team, channel))
            return before

        return await self._writer.run(delete)

    async def forget_team(self, team: str, /) -> None:
        await self._writer.run(lambda db: db.execute("delete from links where team = ?", (team,)))


class SqliteHabits:
    """One row per person and conversation; the one for all conversations has none."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader

    async def of(self, user: SlackUser, /) -> Sequence[Habit]:
        def select(db: Database) -> Sequence[Habit]:
            rows = db.query(
                "select * from habits where team = ? and user = ? order by channel",
                (user.team, user.id),
            )
            return [_habit(row, user) for row in rows]

        return await self._reader.run(select)

    async def put(self, habit: Habit, /) -> None:
        type_, number = (habit.ref.type.value, habit.ref.id) if habit.ref else (None, None)
        row = (
            *(habit.user.team, habit.user.id, habit.channel),
            *(habit.kind.value, habit.portal, type_, number),
        )

        def upsert(db: Database) -> None:
            db.execute(
                """
                insert or replace into habits (team, user, channel, kind, portal, type, number)
                values (?, ?, ?, ?, ?, ?, ?)
                """,
                row,
            )

        await self._writer.run(upsert)

    async def forget(self, user: SlackUser, /, *kinds: HabitKind) -> int:
        named = as_json([kind.value for kind in kinds or tuple(HabitKind)])

        def delete(db: Database) -> int:
            return db.execute(
                """
                delete from habits
                where team = ? and user = ? and kind in (select value from json_each(?))
                """,
                (user.team, user.id, named),
            ).rowcount

        return await self._writer.run(delete)

    async def forget_team(self, team: str, /) -> None:
        await self._writer.run(lambda db: db.execute("delete from habits where team = ?", (team,)))


def _link(db: Database, team: str, channel: str) -> Link | None:
    rows = db.query("select * from links where team = ? and channel = ?", (team, channel))
    return next((_link_of(row) for row in rows), None)


def _link_of(row: Mapping[str, Any]) -> Link:
    return Link(
        team=row["team"],
        channel=row["channel"],
        portal=PortalUrl(row["portal"]),
        ref=EntityRef(EntityType(row["type"]), row["number"]),
        by=row["by"],
        at=datetime.fromisoformat(row["at"]),
    )


def _habit(row: Mapping[str, Any], user: SlackUser) -> Habit:
    return Habit(
        user=user,
        channel=row["channel"],
        kind=HabitKind(row["kind"]),
        portal=PortalUrl(row["portal"]) if row["portal"] else None,
        ref=EntityRef(EntityType(row["type"]), row["number"]) if row["type"] else None,
    )
