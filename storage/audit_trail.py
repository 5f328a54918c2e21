"""The audit as operators read it: whether it is whole, and all of it to take along."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bot.audit import Act
from bot.errors import StoreError
from storage.engine import store_error
from storage.files import existing, path_of
from storage.sqlite_audit import BEGINNING, Link, anchor, following, person_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlite_utils import Database

MOST_FLAWS = 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What a look at the chain showed: flaws as sentences without their stops, none if it is whole.

    `begins` is what the oldest entry follows. `older` are heads of before that.
    """

    entries: int
    begins: Link
    head: Link
    flaws: Sequence[str]
    older: Sequence[Link] = ()


def link_of(text: str) -> Link | None:
    """Return the number and hash that were kept elsewhere, if `text` is such."""
    number, _, hash_ = text.strip().partition(":")
    good = number.isascii() and number.isdecimal() and len(hash_) == len(BEGINNING.hash)
    return Link(int(number), hash_.lower()) if good else None


def verify(url: str, heads: Collection[Link] = ()) -> Trail:
    """Look at every entry; `heads` were kept elsewhere. The bot may run meanwhile.

    Raises:
        StoreError: the database cannot be read, or has no audit yet.

    """
    with _reading(url) as db:
        begins = anchor(db)
        flaws: list[str] = []
        wanted = {head.seq: head.hash for head in heads if head.seq > begins.seq}
        link, swept, entries = begins, BEGINNING, 0
        for seq, at, person, entry, hash_ in _rows(db):
            entries += 1
            if seq != link.seq + 1:
                flaws.append(f"entries are missing before number {seq}")
                link = dataclasses.replace(link, seq=seq - 1)
            if following(link, at, person, entry).hash != hash_:
                flaws.append(f"entry {seq}, or what was before it, was changed")
            if wanted.pop(seq, hash_) != hash_:
                flaws.append(f"entry {seq} is not the one whose head was kept elsewhere")
            link = Link(seq, hash_)
            swept = _swept(entry) or swept
        flaws += [f"the end is cut off: entry {seq} is missing" for seq in sorted(wanted)]
        if swept != begins:
            flaws.append("the beginning was cut off by somebody else than the daily sweep")
        return Trail(
            entries=entries,
            begins=begins,
            head=link,
            flaws=[*flaws, *_people(db)][:MOST_FLAWS],
            older=[head for head in heads if head.seq <= begins.seq],
        )


def export(url: str) -> Iterator[str]:
    """Yield every entry as a line of JSON, oldest first; who was forgotten has no Slack id.

    Raises:
        StoreError: the database cannot be read, or has no audit yet.

    """
    with _reading(url) as db:
        known = {person: {"team": team, "user": user} for team, user, person, _ in _known(db)}
        for seq, at, person, entry, hash_ in _rows(db):
            who = {"person": person, "who": known.get(person)} if person else {}
            line = {"seq": seq, "at": at, **who, "entry": json.loads(entry), "hash": hash_}
            yield json.dumps(line, separators=(",", ":"))


def _swept(entry: str) -> Link | None:
    """Return where the sweep that this entry tells of has ended."""
    if f'"{Act.SWEPT}"' not in entry:
        return None
    try:
        told: dict[str, Any] = json.loads(entry)
        return Link(told["seq"], told["hash"]) if told["act"] == Act.SWEPT else None
    except (ValueError, KeyError, TypeError):  # it was changed, and is told of as such
        return None


def _people(db: Database) -> Iterator[str]:
    for team, user, person, salt in _known(db):
        if person_of(salt, team, user) != person:
            yield f"whose entries those of {user} ({team}) are was changed"


def _known(db: Database) -> Sequence[tuple[str, str, str, str]]:
    return db.execute("select team, user, person, salt from audit_people").fetchall()


def _rows(db: Database) -> Iterator[tuple[int, str, str, str, str]]:
    yield from db.execute("select seq, at, person, entry, hash from audit order by seq")


@contextmanager
def _reading(url: str) -> Iterator[Database]:
    """Open the database as it is at one moment."""
    path = path_of(url)
    if not path.exists():
        raise StoreError(f"there is no database at {path}")
    try:
        with existing(path) as db:
            db.execute("pragma query_only = on")
            db.execute("begin")
            if not db["audit"].exists():
                raise StoreError("it has no audit yet; the next start of the bot begins one")
            yield db
    except (OSError, sqlite3.Error) as error:
        raise store_error(error) from error
