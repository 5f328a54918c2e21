"""What lies on disk after a test, or in the middle of it: databases, their copies, and the rest."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.errors import StoreError
from storage import audit_trail, backup
from tests.planted.kinds import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.planted.books import Books

_SQLITE: Final = b"SQLite format 3\0"
_LARGEST: Final = 64 * 1024 * 1024
NOT_SEARCHED: Final = {
    "keys": "the file of the key ring, written by the test",
    "attachbot-secret-keys": "the same, as systemd hands it over",
    ".env": "settings with secrets, written by the test",
    "attachbot.db.lock": "empty, but for the id of a process",
}
"""Files that have to hold secrets, by name."""


def look(books: Books, folder: Path, *, copies: bool) -> None:
    """See every file in a folder; with `copies`, also a backup and the audit of each database."""
    for path in _files(folder):
        with suppress(OSError):  # it went away meanwhile
            raw = path.read_bytes()
            books.see(_place(path, raw), raw)
            if copies and raw.startswith(_SQLITE):
                _copies(books, path)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        plain = path.is_file() and not path.is_symlink()
        if plain and path.name not in NOT_SEARCHED and path.stat().st_size <= _LARGEST:
            yield path


def _place(path: Path, raw: bytes) -> Place:
    if path.name.endswith("-wal"):
        return Place.WAL
    return Place.DATABASE if raw.startswith(_SQLITE) else Place.FILES


def _copies(books: Books, database: Path) -> None:
    """Make what an operator takes away; a database that a test has broken has none."""
    url = f"sqlite:///{database}"
    scratch = Path(tempfile.mkdtemp(prefix="attachbot-planted-"))
    try:
        with suppress(StoreError, sqlite3.Error):
            backup.back_up(url, scratch / "copy")
            books.see(Place.BACKUP, (scratch / "copy").read_bytes())
        with suppress(StoreError, sqlite3.Error):
            books.see(Place.AUDIT, "\n".join(audit_trail.export(url)))
    finally:
        shutil.rmtree(scratch)
