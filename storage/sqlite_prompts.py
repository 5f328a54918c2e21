"""Questions about shared files, in SQLite."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from bot.adapters import adapter
from bot.sharing import Answered, Prompt
from storage.codec import instant
from storage.sqlite_shares import settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from bot.domain import SlackUser
    from bot.sharing import Seen
    from storage.engine import Lane


class SqlitePrompts:
    """One row per prompt; the answer is a column of its own, which `save` leaves alone."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader
        self._prompt = adapter(Prompt)

    async def open(self, prompt: Prompt, seen: Sequence[Seen], /) -> Prompt | None:
        def insert(db: Database) -> Prompt | None:
            settle(db, seen)
            part = _parts(db, prompt)
            if part and not prompt.direct:
                return None
            opened = dataclasses.replace(prompt, part=part)
            db.execute(
                """
                insert into prompts
                    (id, team, channel, message, part, user, created_at, wake_at, unconnected,
                    answered, body)
                values
                    (:id, :team, :channel, :message, :part, :user, :created_at, :wake_at,
                    :unconnected, :answered, :body)
                """,
                self._row(opened),
            )
            return opened

        return await self._writer.run(insert)

    async def get(self, id_: str, /) -> Prompt | None:
        def select(db: Database) -> Prompt | None:
            rows = db.query("select body, answered from prompts where id = ?", (id_,))
            return next(self._read(rows), None)

        return await self._reader.run(select)

    async def save(self, prompt: Prompt, /) -> None:
        def update(db: Database) -> None:
            db.execute(
                """
                update prompts
                set wake_at = :wake_at, unconnected = :unconnected, body = :body where id = :id
                """,
                self._row(prompt),
            )

        await self._writer.run(update)

    async def answer(self, id_: str, answered: Answered, /) -> bool:
        def update(db: Database) -> bool:
            done = db.execute(
                "update prompts set answered = ? where id = ? and answered is null",
                (answered.value, id_),
            )
            return done.rowcount > 0

        return await self._writer.run(update)

    async def due(self) -> Sequence[Prompt]:
        def select(db: Database) -> Sequence[Prompt]:
            rows = db.query(
                """
                select body, answered from prompts
                where wake_at is not null or (unconnected = 1 and answered is null)
                order by coalesce(wake_at, created_at), id
                """
            )
            return list(self._read(rows))

        return await self._reader.run(select)

    async def unconnected(self, user: SlackUser, /) -> Sequence[Prompt]:
        def select(db: Database) -> Sequence[Prompt]:
            rows = db.query(
                """
                select body, answered from prompts
                where team = ? and user = ? and unconnected = 1 and answered is null
                order by created_at, id
                """,
                (user.team, user.id),
            )
            return list(self._read(rows))

        return await self._reader.run(select)

    async def asked_since(self, user: SlackUser, since: datetime, /) -> int:
        def count(db: Database) -> int:
            [row] = db.query(
                """
                select count(*) as times from prompts
                where team = ? and user = ? and created_at >= ?
                    and channel not like 'D%' and coalesce(answered, '') <> 'always'
                """,
                (user.team, user.id, instant(since)),
            )
            return int(row["times"])

        return await self._reader.run(count)

    async def sweep(self, before: datetime, /) -> int:
        def delete(db: Database) -> int:
            return db.execute(
                "delete from prompts where created_at < ?", (instant(before),)
            ).rowcount

        return await self._writer.run(delete)

    async def forget_team(self, team: str, /) -> None:
        await self._writer.run(lambda db: db.execute("delete from prompts where team = ?", (team,)))

    def _row(self, prompt: Prompt) -> dict[str, Any]:
        return {
            "id": prompt.id,
            "team": prompt.user.team,
            "channel": prompt.channel,
            "message": prompt.message,
            "part": prompt.part,
            "user": prompt.user.id,
            "created_at": instant(prompt.created_at),
            "wake_at": prompt.wake_at and instant(prompt.wake_at),
            "unconnected": int(prompt.unconnected),
            "answered": prompt.answered and prompt.answered.value,
            "body": self._prompt.dump_json(prompt, exclude={"answered"}).decode(),
        }

    def _read(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Prompt]:
        for row in rows:
            fields = json.loads(row["body"]) | {"answered": row["answered"]}
            yield self._prompt.validate_python(fields)


def _parts(db: Database, prompt: Prompt) -> int:
    """Return how many prompts the message of this one has."""
    [row] = db.query(
        """
        select count(*) as parts from prompts where team = ? and channel = ? and message = ?
        """,
        (prompt.user.team, prompt.channel, prompt.message),
    )
    return int(row["parts"])
