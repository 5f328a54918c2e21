"""Disks under a simulation: memory, and the real SQLite file without its threads."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol, TypeVar

from bench.simulated_store import COMMIT_SECONDS, Books, MemoryStore
from storage.codec import Codec
from storage.engine import Lane, _Job
from storage.files import owned, readable, writable
from storage.migrations.sqlite import migrate
from storage.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from bench.simulated_clock import Life
    from bot.domain import Filing
    from storage.ports import Store

T = TypeVar("T")
G = TypeVar("G")


class Disk(Protocol):
    """What is stored; a new life opens it, and only one is open at a time."""

    def open(self, life: Life) -> Store: ...

    def close(self) -> None: ...

    def filings(self) -> Sequence[Filing]: ...


class MemoryDisk:
    """The store in memory."""

    def __init__(self) -> None:
        self._books = Books()

    def open(self, life: Life) -> Store:
        return MemoryStore(self._books, life)

    def close(self) -> None:
        pass

    def filings(self) -> Sequence[Filing]:
        return list(self._books.filings.values())


class SteppedLane(Lane):
    """A lane that works when it is asked: time that leaps does not wait for a thread.

    Statements, transactions, errors and undoing are the real lane's.
    """

    def __init__(self, db: Database, *, begin: str, life: Life) -> None:
        self._db = db
        self._begin = begin
        self._life = life

    async def run_together(
        self, act: Callable[[Database, Sequence[G]], Sequence[T | Exception]], given: G
    ) -> T:
        await self._life.moment(COMMIT_SECONDS)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        for outcome in self._run_group([_Job(act, given, future)]):
            outcome.tell()
        future.exception()  # seen: a life that ends now never asks
        await self._life.moment(COMMIT_SECONDS)
        return await future

    def close(self) -> None:
        pass


class SqliteDisk:
    """The real SQLite store, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._codec = Codec()
        self._opened = ExitStack()

    def open(self, life: Life) -> Store:
        enter = self._opened.enter_context
        enter(owned(self._path))
        writing = enter(writable(self._path))
        # The process dies here, and never the machine: what was written is there.
        writing.execute("pragma synchronous = off")
        migrate(writing)
        reading = enter(readable(self._path))
        return SqliteStore(
            SteppedLane(writing, begin="begin immediate", life=life),
            SteppedLane(reading, begin="begin", life=life),
        )

    def close(self) -> None:
        self._opened.close()

    def filings(self) -> Sequence[Filing]:
        with readable(self._path) as db:
            items = list(db.query("select * from items order by filing, position"))
            return [
                self._codec.filing(row, [item for item in items if item["filing"] == row["id"]])
                for row in db.query("select * from filings order by rowid")
            ]
