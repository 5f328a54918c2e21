"""The database file: where it lies, who owns it, and how it is opened."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlite_utils import Database

from bot.errors import AlreadyRunningError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEME: Final = "sqlite:///"


def path_of(url: str) -> Path:
    """Return the file that `sqlite:///relative.db` or `sqlite:////absolute.db` names."""
    name = url.removeprefix(_SCHEME)
    if not url.startswith(_SCHEME) or not name:
        raise StoreError("only addresses such as sqlite:///attachbot.db are supported")
    return Path(name).absolute()


@contextmanager
def owned(path: Path) -> Iterator[None]:
    """Keep other processes from this database until the end of the block.

    Raises:
        AlreadyRunningError: another process has it.

    """
    lock = path.with_name(f"{path.name}.lock")
    number = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = file.read().strip() or "unknown"
            raise AlreadyRunningError(f"process {owner} is using {path}") from None
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        # the file stays: removing it would let two processes lock two files of one name
        yield


@contextmanager
def writable(path: Path, *, most_pages: int | None = None) -> Iterator[Database]:
    """Open the database, and make it if there is none, for one thread to write.

    `most_pages` is the limit of the file's size in pages.
    """
    _make_private(path)
    with existing(path) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        # 32 MiB at most, when the database is that large: the indexes of a burst stay at hand
        db.execute("pragma cache_size = -32768")
        db.execute("pragma foreign_keys = on")
        if most_pages is not None:
            # a pragma takes no parameters
            db.execute("pragma max_page_count = " + str(int(most_pages)))
        yield db


@contextmanager
def existing(path: Path) -> Iterator[Database]:
    """Open a database file that is there, as it is, for one thread."""
    with _connected(f"{path.as_uri()}?mode=rw") as db:
        yield db


@contextmanager
def readable(path: Path) -> Iterator[Database]:
    """Open a database that is open for writing, for one thread to read at the same time."""
    with _connected(f"{path.as_uri()}?mode=ro") as db:
        db.execute("pragma query_only = on")
        yield db


@contextmanager
def _connected(address: str) -> Iterator[Database]:
    connection = sqlite3.connect(
        address,
        uri=True,
        # seconds that a backup or a curious operator may hold it; Slack waits for three
        timeout=2,
        isolation_level=None,  # transactions begin where the code says so
        check_same_thread=False,  # opened here, then used by its own thread alone
    )
    with closing(connection):
        db = Database(connection, execute_plugins=False)
        db.execute("pragma trusted_schema = off")
        yield db


def _make_private(path: Path) -> None:
    """Let nobody else read the file; SQLite gives its side files the same mode.

    Only for a file that this process has not opened: to close it here would end SQLite's locks.
    """
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(number, 0o600)
    finally:
        os.close(number)
