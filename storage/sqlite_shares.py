"""Files that the bot was told of, in SQLite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain import SlackUser
from bot.sharing import Seen
from storage.codec import as_json, instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from storage.engine import Lane


class SqliteShares:
    """One row per telling of Slack's: a file may be shared in a conversation more than once."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader

    async def note(self, seen: Seen, /, *, wanted: bool) -> bool:
        def insert(db: Database) -> bool:
            done = db.execute(
                """
                insert into shares (team, channel, file, event, user, enterprise, at, wanted)
                values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing
                """,
                (
                    *(seen.user.team, seen.channel, seen.file, seen.event),
                    *(seen.user.id, seen.user.enterprise, instant(seen.at), int(wanted)),
                ),
            )
            return done.rowcount > 0

        return await self._writer.run(insert)

    async def wanted(self) -> Sequence[tuple[SlackUser, str]]:
        def select(db: Database) -> Sequence[tuple[SlackUser, str]]:
            rows = db.query(
                """
                select distinct team, user, enterprise, channel from shares where wanted = 1
                order by team, user, channel
                """
            )
            return [
                (SlackUser(row["team"], row["user"], row["enterprise"]), row["channel"])
                for row in rows
            ]

        return await self._reader.run(select)

    async def wanted_of(self, user: SlackUser, channel: str, /) -> Sequence[Seen]:
        def select(db: Database) -> Sequence[Seen]:
            rows = db.query(
                """
                select * from shares where wanted = 1 and team = ? and user = ? and channel = ?
                order by file, event
                """,
                (user.team, user.id, channel),
            )
            return [
                Seen(
                    user=user,
                    channel=channel,
                    file=row["file"],
                    event=row["event"],
                    at=datetime.fromisoformat(row["at"]),
                )
                for row in rows
            ]

        return await self._reader.run(select)

    async def drop(self, seen: Sequence[Seen], /) -> None:
        await self._writer.run(lambda db: settle(db, seen))

    async def newest(self, user: SlackUser, channel: str, since: datetime, /) -> str | None:
        def select(db: Database) -> str | None:
            rows = db.query(
                """
                select file from shares
                where team = ? and user = ? and channel = ? and at >= ?
                order by at desc, event desc, file desc limit 1
                """,
                (user.team, user.id, channel, instant(since)),
            )
            return next((str(row["file"]) for row in rows), None)

        return await self._reader.run(select)

    async def sweep(self, before: datetime, /) -> int:
        def delete(db: Database) -> int:
            return db.execute("delete from shares where at < ?", (instant(before),)).rowcount

        return await self._writer.run(delete)

    async def forget_team(self, team: str, /) -> None:
        await self._writer.run(lambda db: db.execute("delete from shares where team = ?", (team,)))


def settle(db: Database, seen: Sequence[Seen]) -> None:
    """Let these files be looked at no more."""
    keys = [[one.user.team, one.channel, one.file, one.event] for one in seen]
    db.execute(
        """
        update shares set wanted = 0
        where wanted = 1 and (team, channel, file, event) in (
            select json_extract(value, '$[0]'), json_extract(value, '$[1]'),
                json_extract(value, '$[2]'), json_extract(value, '$[3]')
            from json_each(?)
        )
        """,
        (as_json(keys),),
    )
