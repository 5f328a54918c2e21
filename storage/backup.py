"""A copy of the database as it is at one moment, also while the bot writes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.errors import StoreError
from storage.engine import store_error
from storage.files import existing, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database


def back_up(url: str, target: Path) -> int:
    """Copy the database of `url` into a new private file, check that, and return its bytes.

    Raises:
        StoreError: there is no such database, or no good copy of it there; nothing is left behind.

    """
    source, target = path_of(url), target.absolute()
    try:
        if not source.exists():
            raise StoreError(f"there is no database at {source}")
        with _new_file(target) as part:
            with existing(source) as theirs, existing(part) as ours:
                theirs.conn.backup(ours.conn)
                # as it came it would need two files beside it while it is read
                ours.execute("pragma journal_mode = delete")
                _check(ours)
            return part.stat().st_size
    except FileExistsError as error:
        raise StoreError(f"{target} exists already") from error
    except (OSError, sqlite3.Error) as error:
        raise store_error(error) from error


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """Give the file that becomes `target` at the end; a copy that fails never has that name."""
    _make(target)
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)  # of one that was killed
        _make(part)
        yield part
        part.replace(target)
        _sync(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        target.unlink()
        raise


def _make(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _sync(folder: Path) -> None:
    """Put the name of a new file on disk; its content is there already."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _check(copy: Database) -> None:
    [first, *_] = [str(row[0]) for row in copy.execute("pragma quick_check").fetchall()]
    if first != "ok":
        raise StoreError(f"the database is damaged ({first.splitlines()[-1]})")
