"""The keys that seal a database: which are in use, and all of it sealed anew with the newest."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.audit import Act, Entry
from bot.errors import SecretError
from bot.vault import key_of
from storage import sealed
from storage.engine import store_error
from storage.files import existing, owned, path_of, writable
from storage.migrations.sqlite import migrate
from storage.sqlite_audit import append, now

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlite_utils import Database

    from bot.vault import Purpose, Vault
    from storage.sealed import Held, Place


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did: values sealed anew, dropped, and left since they do not open, by place.

    `unneeded` are ids of keys of the ring that seal nothing any more, in any column of any table.
    """

    values: int
    dropped: int
    closed: Mapping[str, int]
    unneeded: Sequence[str]


def keys_in_use(url: str) -> Mapping[str, int]:
    """Return ids of keys and how many values each seals; the bot may run meanwhile.

    Raises:
        StoreError: the database cannot be read.

    """
    path = path_of(url)
    if not path.exists():
        return {}
    with _failing_as_store(), existing(path) as db:
        db.execute("pragma query_only = on")
        db.execute("begin")
        return sealed.keys_in_use(db)


def rotate(url: str, vault: Vault, *, drop: Collection[str] = ()) -> Rotated:
    """Seal everything anew that the newest key has not sealed.

    It goes in portions, each a commit of its own. Whenever it ends, every value is sealed with one
    key of the ring or another, and the next run does what is left. What a key of `drop` sealed,
    and what does not open, is dropped; that key may be missing.

    Raises:
        AlreadyRunningError: another process has the database.
        KeyMissingError: a key in use is not in the ring; nothing was changed.
        StoreError: the database cannot be read or written.

    """
    path = path_of(url)
    with _failing_as_store(), owned(path), writable(path) as db:
        migrate(db)
        vault.check((sealed.noted_keys(db) | set(sealed.keys_in_use(db))) - set(drop))
        # Overwritten, not only unlinked: the old key may be in the wrong hands.
        db.execute("pragma secure_delete = on")
        rotation = _Rotation(db, vault, drop)
        for place in sealed.PLACES:
            for page in sealed.pages(db, place):
                rotation.change(place, page)
        left = _strike_out(db, vault, rotation)
        db.execute("pragma wal_checkpoint(truncate)")
        return Rotated(
            values=rotation.values,
            dropped=rotation.dropped,
            closed=rotation.closed,
            unneeded=[key for key in vault.ids[1:] if key not in left],
        )


def _strike_out(db: Database, vault: Vault, rotation: _Rotation) -> set[str]:
    """Note which keys seal something from now on, and return their ids."""
    # a text of somebody's may look sealed, so only ids of the ring count
    left = {vault.ids[0], *(sealed.keys_anywhere(db) & set(vault.ids))}
    db.execute("begin immediate")
    db.execute("delete from canary where sealed = ''")  # the next start seals another
    db.execute("delete from sealing_keys")
    db.conn.executemany("insert into sealing_keys (id) values (?)", [(key,) for key in left])
    if rotation.values or rotation.dropped:
        facts = {"key": vault.ids[0], "values": rotation.values, "dropped": rotation.dropped}
        append(db, [Entry(Act.KEYS_ROTATED, None, facts)], now())
    db.execute("commit")
    return left


class _Rotation:
    """What was done so far."""

    def __init__(self, db: Database, vault: Vault, drop: Collection[str]) -> None:
        self._db = db
        self._vault = vault
        self._drop = drop
        self.values = 0
        self.dropped = 0
        self.closed: Counter[str] = Counter()

    def change(self, place: Place, page: Sequence[Held]) -> None:
        """Seal anew what these rows hold, in one commit."""

        def anew(purpose: Purpose, value: str, owner: Sequence[str]) -> str:
            return self._anew(place, purpose, value, owner)

        after = [(place.anew(held.text, held.owner, anew), held) for held in page]
        changed = [(text, *held.key) for text, held in after if text != held.text]
        if changed:
            self._db.execute("begin immediate")
            self._db.conn.executemany(place.put, changed)
            self._db.execute("commit")

    def _anew(self, place: Place, purpose: Purpose, value: str, owner: Sequence[str]) -> str:
        if self._vault.newest(value):
            return value
        try:
            fresh = self._vault.anew(purpose, value, *owner)
        except SecretError:
            if key_of(value) in self._drop:
                self.dropped += 1
                return ""
            self.closed[place.name] += 1
            return value
        self.values += 1
        return fresh


@contextmanager
def _failing_as_store() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise store_error(error) from error
