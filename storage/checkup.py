"""A look at the database that changes nothing in it."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlite_utils import Database, Migrations

from bot.errors import AlreadyRunningError, StoreError
from storage import sealed
from storage.engine import store_error
from storage.files import owned, path_of, readable, writable
from storage.migrations.sqlite import migrate

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at the database showed.

    `behind` counts the steps that the next start does, `unknown` is a step of a newer version,
    `canary` is the sealed text of the first start, or empty before that, and `keys` are ids of
    those that seal something, if this version can tell.
    """

    in_use: bool = False
    behind: int = 0
    unknown: str = ""
    canary: str = ""
    keys: Collection[str] = ()


def folder_of(url: str) -> Path:
    return path_of(url).parent


def look(url: str) -> Look | None:
    """Return what is to be known of a database; None when there is none yet.

    Raises:
        StoreError: it cannot be opened or written, or could not be made.

    """
    path = path_of(url)
    try:
        if not path.exists():
            _check_folder(path.parent)
            return None
        with owned(path), writable(path) as db:
            # to begin is enough to find out, and leaves everything as it was
            db.execute("begin immediate")
            db.execute("rollback")
            return _seen(db, in_use=False)
    except AlreadyRunningError:
        return _look_on(path)
    except (OSError, sqlite3.Error) as error:
        raise store_error(error) from error


def _check_folder(folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(f"no file can be made in {folder}")


def _look_on(path: Path) -> Look:
    try:
        with readable(path) as db:
            return _seen(db, in_use=True)
    except sqlite3.Error as error:
        raise store_error(error) from error


def _seen(db: Database, *, in_use: bool) -> Look:
    done, known = _steps(db), _known_steps()
    unknown = [step for step in done if step not in known]
    behind = len([step for step in known if step not in done])
    rows = list(db.query("select sealed from canary")) if db["canary"].exists() else []
    return Look(
        in_use=in_use,
        behind=behind,
        unknown=unknown[-1] if unknown else "",
        canary=str(rows[0]["sealed"]) if rows else "",
        keys=() if behind or unknown else sealed.noted_keys(db),
    )


def _steps(db: Database) -> list[str]:
    return [step.name for step in Migrations("attachbot").applied(db)]


def _known_steps() -> list[str]:
    """Return the steps that this version does, by doing them to an empty database."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        empty = Database(connection, execute_plugins=False)
        migrate(empty)
        return _steps(empty)
