"""Links to the page for keys in SQLite."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.adapters import adapter
from bot.connect_link import ConnectLink
from bot.domain import PortalUrl, SlackUser
from bot.reply_to import ReplyTo
from storage.codec import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database

    from storage.engine import Lane


class SqliteKeyLinks:
    """One row per person. Every change is one statement, so that of two at once one wins."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader
        self._reply = adapter(ReplyTo)

    async def put(self, link: ConnectLink, now: datetime, /) -> None:
        row = self._row(link)

        def insert(db: Database) -> None:
            db.execute("delete from connect_links where until <= ?", (instant(now),))
            db.execute(
                """
                insert or replace into connect_links
                    (id, token, team, user, enterprise, name, portal, draft, reply, until, wrong,
                     browser)
                values
                    (:id, :token, :team, :user, :enterprise, :name, :portal, :draft, :reply, :until,
                     :wrong, :browser)
                """,
                row,
            )

        await self._writer.run(insert)

    async def find(self, token: str, /) -> ConnectLink | None:
        return await self._one("select * from connect_links where token = ?", token)

    async def get(self, id_: str, /) -> ConnectLink | None:
        return await self._one("select * from connect_links where id = ?", id_)

    async def _one(self, sql: str, name: str) -> ConnectLink | None:
        def select(db: Database) -> ConnectLink | None:
            found = next(iter(db.query(sql, (name,))), None)
            return self._link(found) if found else None

        return await self._reader.run(select)

    async def claim(self, id_: str, browser: str, /) -> bool:
        return await self._changed(
            "update connect_links set browser = :browser "
            "where id = :id and browser in ('', :browser)",
            id=id_,
            browser=browser,
        )

    async def answer_at(self, id_: str, user: SlackUser, reply: ReplyTo, /) -> bool:
        return await self._changed(
            "update connect_links set reply = :reply "
            "where id = :id and team = :team and user = :user",
            id=id_,
            team=user.team,
            user=user.id,
            reply=self._reply.dump_json(reply).decode(),
        )

    async def count_wrong(self, id_: str, /) -> int:
        def count(db: Database) -> int | None:
            rows = db.query(
                "update connect_links set wrong = wrong + 1 where id = ? returning wrong", (id_,)
            )
            return next((int(row["wrong"]) for row in rows), None)

        counted = await self._writer.run(count)
        return -1 if counted is None else counted

    async def end(self, id_: str, /) -> ConnectLink | None:
        def delete(db: Database) -> ConnectLink | None:
            rows = list(db.query("delete from connect_links where id = ? returning *", (id_,)))
            return self._link(rows[0]) if rows else None

        return await self._writer.run(delete)

    async def forget(self, user: SlackUser, /) -> None:
        await self._changed(
            "delete from connect_links where team = :team and user = :user",
            team=user.team,
            user=user.id,
        )

    async def forget_team(self, team: str, /) -> None:
        await self._changed("delete from connect_links where team = :team", team=team)

    async def _changed(self, sql: str, **values: str) -> bool:
        def change(db: Database) -> bool:
            return bool(db.execute(sql, values).rowcount)

        return await self._writer.run(change)

    def _row(self, link: ConnectLink) -> dict[str, Any]:
        return {
            "id": link.id,
            "token": link.token,
            "team": link.user.team,
            "user": link.user.id,
            "enterprise": link.user.enterprise,
            "name": link.name,
            "portal": link.portal,
            "draft": link.draft,
            "reply": self._reply.dump_json(link.reply).decode(),
            "until": instant(link.until),
            "wrong": link.wrong,
            "browser": link.browser,
        }

    def _link(self, row: Mapping[str, Any]) -> ConnectLink:
        return ConnectLink(
            id=row["id"],
            token=row["token"],
            user=SlackUser(row["team"], row["user"], row["enterprise"]),
            name=row["name"],
            portal=PortalUrl(row["portal"]) if row["portal"] else None,
            draft=row["draft"],
            reply=self._reply.validate_python(json.loads(row["reply"])),
            until=datetime.fromisoformat(row["until"]),
            wrong=row["wrong"],
            browser=row["browser"],
        )
