"""The audit in SQLite: each entry holds the hash of the one before it, so none changes unseen.

A person stands in it as a commitment to their Slack id (`person_of`). What opens the commitment is
in a row of its own, and is deleted with everything else of that person: the chain stays whole, and
nobody can tell any more whose entries those were.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bot.audit import Act, Entry
from storage.codec import as_json, instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

    from bot.domain import Clock, SlackUser
    from storage.engine import Lane

_PORTION: Final = 2_000
"""Entries that one commit deletes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """The place of an entry in the chain: its number, from 1, and its hash."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


BEGINNING: Final = Link(0, "0" * 64)
"""What the first entry follows."""


def following(link: Link, at: str, person: str, entry: str) -> Link:
    """Return the link of the entry after another one; none of the parts has a line break."""
    parts = (link.hash, str(link.seq + 1), at, person, entry)
    return Link(link.seq + 1, hashlib.sha256("\n".join(parts).encode()).hexdigest())


def person_of(salt: str, team: str, user: str) -> str:
    """Return what stands for a person: without the salt it tells nothing, with it nobody else."""
    return hashlib.sha256(json.dumps([salt, team, user]).encode()).hexdigest()[:32]


def now() -> datetime:
    return datetime.now(UTC)


class SqliteAudit:
    """Entries are only added, in the commit of what they tell of, and swept from the old end."""

    def __init__(self, writer: Lane, clock: Clock = now) -> None:
        self._writer = writer
        self._clock = clock

    async def write(self, *entries: Entry) -> None:
        """Store entries that tell of nothing else that is stored."""
        await self._writer.run(lambda db: self.add(db, entries))

    def add(self, db: Database, entries: Sequence[Entry]) -> None:
        """Add entries in the transaction of what they tell of."""
        append(db, entries, self._clock())

    def forget(self, db: Database, user: SlackUser) -> None:
        """Delete what tells whose entries a person's are."""
        db.execute("delete from audit_people where team = ? and user = ?", (user.team, user.id))

    async def sweep(self, before: datetime, /) -> int:
        """Delete entries of before that time from the old end, and count them.

        The number and hash of the last one deleted are kept, so that the chain still verifies, and
        stand in an entry of their own, so that nobody else can cut it off there.
        """
        head = (await self._head()).seq  # what the sweep itself adds is not swept

        def delete(db: Database) -> int:
            [last] = db.execute(
                """
                select max(seq) from (
                    select seq from audit where seq <= :head and seq < coalesce(
                        (select seq from audit where at >= :before order by seq limit 1),
                        :head + 1
                    )
                    order by seq limit :most
                )
                """,
                {"head": head, "before": instant(before), "most": _PORTION},
            ).fetchone()
            if last is None:
                return 0
            [[hash_]] = db.execute("select hash from audit where seq = ?", (last,)).fetchall()
            swept = db.execute("delete from audit where seq <= ?", (last,)).rowcount
            db.execute(
                """
                insert into audit_anchor (id, seq, hash) values (1, ?, ?)
                on conflict (id) do update set seq = excluded.seq, hash = excluded.hash
                """,
                (last, hash_),
            )
            self.add(db, [Entry(Act.SWEPT, None, {"seq": last, "hash": hash_})])
            return swept

        total = 0
        while swept := await self._writer.run(delete):
            total += swept
        return total

    async def head(self) -> str:
        """Return number and hash of the newest entry, as `attachbot audit verify` takes them."""
        return str(await self._head())

    async def _head(self) -> Link:
        return await self._writer.run(lambda db: _read(db, ())[0])


def append(db: Database, entries: Sequence[Entry], moment: datetime) -> None:
    """Add entries at the end of the chain."""
    if not entries:
        return
    users = {(one.user.team, one.user.id) for one in entries if one.user}
    link, people = _read(db, users)
    for team, user in users - people.keys():
        people[team, user] = _new_person(db, team, user)
    at = instant(moment)
    rows = []
    for entry in entries:
        person = people[entry.user.team, entry.user.id] if entry.user else ""
        text = entry.text()
        link = following(link, at, person, text)
        rows.append([link.seq, at, person, text, link.hash])
    db.execute(
        """
        insert into audit (seq, at, person, entry, hash)
        select
            json_extract(value, '$[0]'), json_extract(value, '$[1]'),
            json_extract(value, '$[2]'), json_extract(value, '$[3]'),
            json_extract(value, '$[4]')
        from json_each(?)
        """,
        (as_json(rows),),
    )


def anchor(db: Database) -> Link:
    """Return what the oldest entry follows."""
    row = db.execute("select seq, hash from audit_anchor").fetchone()
    return Link(*row) if row else BEGINNING


def _read(
    db: Database, users: Iterable[tuple[str, str]]
) -> tuple[Link, dict[tuple[str, str], str]]:
    """Return the newest link, and what stands for people who are known, by one statement."""
    newest, found = db.execute(
        """
        select
            (select json_array(seq, hash) from audit order by seq desc limit 1),
            (
                select json_group_array(json_array(team, user, person)) from audit_people
                where (team, user) in (
                    select json_extract(value, '$[0]'), json_extract(value, '$[1]')
                    from json_each(?)
                )
            )
        """,
        (as_json([list(user) for user in users]),),
    ).fetchone()
    people: list[Any] = json.loads(found)
    link = Link(*json.loads(newest)) if newest else anchor(db)
    return link, {(team, user): person for team, user, person in people}


def _new_person(db: Database, team: str, user: str) -> str:
    salt = secrets.token_hex(32)
    person = person_of(salt, team, user)
    db.execute(
        "insert into audit_people (person, team, user, salt) values (?, ?, ?, ?)",
        (person, team, user, salt),
    )
    return person
