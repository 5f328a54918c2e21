"""Every place of the database that holds sealed values, and whom each of them is bound to.

A value that is sealed anywhere else would become unreadable with the next change of keys. So what
stores one adds its place here; tests compare this list with the types and with the tables.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from bot.vault import Purpose, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlite_utils import Database

    Anew = Callable[[Purpose, str, Sequence[str]], str]
    """Returns a sealed value as it is to be from now on."""

FIELDS: Final[Mapping[str, Purpose]] = {
    "sealed_url": Purpose.RESPONSE_URL,
    "sealed": Purpose.MESSAGE_TEXT,
}
"""Fields of stored types that hold sealed values, wherever they stand in a body of JSON."""

_SEALED: Final = r"v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]{22,}"
_ANYWHERE: Final = re.compile(_SEALED, re.ASCII)
# Quotes in what people write are escaped, so that no text looks like a field.
_FIELD: Final = re.compile(rf'"({"|".join(FIELDS)})":"({_SEALED})"', re.ASCII)
_PAGE: Final = 1_000
"""Rows that are read, and changed in one commit."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A column with sealed values.

    `page` is SQL for the next rows after a key: the columns of the key, `owner` (a JSON list of
    what is bound in) and `held`. `put` is SQL for a new `held` and the key. `before` is a key
    before the first. With a `purpose` the column is one sealed value, else a body with `FIELDS`.
    """

    name: str
    page: str
    put: str
    before: tuple[Any, ...]
    purpose: Purpose | None = None

    def keys(self, held: str) -> list[str]:
        """Return the ids of the keys that seal what is held."""
        if self.purpose:
            return [key_of(held)] if _ANYWHERE.fullmatch(held) else []
        return [key_of(match[2]) for match in _FIELD.finditer(held)]

    def anew(self, held: str, owner: Sequence[str], anew: Anew) -> str:
        """Return what is held with every sealed value as `anew` returns it."""
        if self.purpose:
            return anew(self.purpose, held, owner) if held else held

        def field(match: re.Match[str]) -> str:
            return f'"{match[1]}":"{anew(FIELDS[match[1]], match[2], owner)}"'

        return _FIELD.sub(field, held)


PLACES: Final = (
    Place(
        name="accounts.key",
        purpose=Purpose.PORTAL_KEY,
        before=("", "", ""),
        page="""
            select team, user, portal, json_array(enterprise, team, user, portal) as owner,
                key as held
            from accounts where (team, user, portal) > (?, ?, ?)
            order by team, user, portal limit ?
        """,
        put="update accounts set key = ? where (team, user, portal) = (?, ?, ?)",
    ),
    Place(
        name="filings.body",
        before=(0,),
        page="""
            select rowid, json_array(team, user) as owner, body as held
            from filings where rowid > ? order by rowid limit ?
        """,
        put="update filings set body = ? where rowid = ?",
    ),
    Place(
        name="items.body",
        before=("", -1),
        page="""
            select filing, position, json_array(team, user) as owner, items.body as held
            from items join filings on filings.id = filing
            where (filing, position) > (?, ?) order by filing, position limit ?
        """,
        put="update items set body = ? where (filing, position) = (?, ?)",
    ),
    Place(
        name="drafts.body",
        purpose=Purpose.DRAFT,
        before=("",),
        page="""
            select id, json_array(team, user, id) as owner, body as held
            from drafts where id > ? order by id limit ?
        """,
        put="update drafts set body = ? where id = ?",
    ),
    Place(
        name="prompts.body",
        before=("",),
        page="""
            select id, json_array(team, user) as owner, body as held
            from prompts where id > ? order by id limit ?
        """,
        put="update prompts set body = ? where id = ?",
    ),
    Place(
        name="connect_links.reply",
        before=("",),
        page="""
            select id, json_array(team, user) as owner, reply as held
            from connect_links where id > ? order by id limit ?
        """,
        put="update connect_links set reply = ? where id = ?",
    ),
    Place(
        name="canary.sealed",
        purpose=Purpose.CANARY,
        before=(0,),
        page="""
            select id, json_array() as owner, sealed as held
            from canary where id > ? order by id limit ?
        """,
        put="update canary set sealed = ? where id = ?",
    ),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """What a row holds at a place, with what is bound into it."""

    key: tuple[Any, ...]
    owner: Sequence[str]
    text: str


def pages(db: Database, place: Place) -> Iterator[Sequence[Held]]:
    """Return all rows of a place, some at a time; they may be changed in between."""
    after = place.before
    while rows := db.execute(place.page, (*after, _PAGE)).fetchall():
        yield [Held(tuple(row[:-2]), json.loads(row[-2]), row[-1]) for row in rows]
        after = rows[-1][:-2]


def noted_keys(db: Database) -> set[str]:
    """Return the ids of all keys that may seal something here.

    To look at everything would hold up each start. So the id of a key is noted before it seals
    anything, and struck out by a change of keys that found nothing of it. Accounts are few, and
    are looked at all the same.
    """
    rows = db.execute("""
        select id from sealing_keys
        union select substr(key, 4, 8) from accounts where key glob 'v1.????????.*'
    """)
    return {row[0] for row in rows}


def keys_in_use(db: Database) -> Counter[str]:
    """Return the ids of the keys that seal something here, and how many values."""
    return Counter(
        key
        for place in PLACES
        for page in pages(db, place)
        for held in page
        for key in place.keys(held.text)
    )


def keys_anywhere(db: Database) -> set[str]:
    """Return every id that may be that of a key which seals something, known place or not."""
    return {
        key_of(found)
        for table in db.tables
        for row in table.rows
        for value in row.values()
        if isinstance(value, str) and "v1." in value
        for found in _ANYWHERE.findall(value)
    }
