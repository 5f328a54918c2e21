"""Threads that own SQLite connections, so that the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database

T = TypeVar("T")

_MOST_IN_GROUP: Final = 500
"""Jobs that share a commit; with more, the first would wait too long for the last."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Job:
    act: Callable[[Database], Any]
    future: asyncio.Future[Any]


@dataclasses.dataclass(frozen=True, slots=True)
class _Outcome:
    future: asyncio.Future[Any]
    value: Any = None
    error: Exception | None = None

    def tell(self) -> None:
        if self.future.done():  # who asked was cancelled
            return
        if isinstance(self.error, sqlite3.Error):
            self.future.set_exception(store_error(self.error))
        elif self.error:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


class Lane:
    """One thread with one connection. What waits meanwhile becomes a group with one commit."""

    def __init__(self, db: Database, *, begin: str, name: str) -> None:
        self._db = db
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._open = True
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, act: Callable[[Database], T]) -> T:
        """Return what `act` returns, once that is on disk.

        What `act` raises undoes its own changes only, and is raised here. Who stops waiting does
        not stop `act`. It may be undone and called again, when another job of its group fails.

        Raises:
            StoreError: the database failed; nothing of this job is stored.

        """
        if not self._open:
            raise StoreError("the database is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(act, future))
        return await future

    def close(self) -> None:
        """Finish what was asked and end the thread. The connection stays open."""
        self._open = False
        self._jobs.put(None)
        self._thread.join()

    def _serve(self) -> None:
        ended = False
        while not ended:
            taken = self._take()
            ended = taken[-1] is None
            outcomes = self._run_group([job for job in taken if job])
            self._loop.call_soon_threadsafe(_tell, outcomes)

    def _take(self) -> list[_Job | None]:
        """Return all that waits, at least one; None stands last, when the end was asked for."""
        taken = [self._jobs.get()]
        while taken[-1] and len(taken) < _MOST_IN_GROUP and not self._jobs.empty():
            taken.append(self._jobs.get())
        return taken

    def _run_group(self, group: Sequence[_Job]) -> Sequence[_Outcome]:
        try:
            return self._commit(group)
        except sqlite3.Error as error:
            # should this fail too, the next group fails at its beginning, and says so
            with suppress(sqlite3.Error):
                self._db.rollback()
            return [_Outcome(job.future, error=error) for job in group]

    def _commit(self, group: Sequence[_Job]) -> Sequence[_Outcome]:
        self._db.conn.execute(self._begin)
        outcomes = self._together(group)
        if any(outcome.error for outcome in outcomes):
            self._db.rollback()
            self._db.conn.execute(self._begin)
            outcomes = self._one_by_one(group)
        self._db.conn.execute("COMMIT")
        return outcomes

    def _together(self, group: Sequence[_Job]) -> list[_Outcome]:
        """Do the jobs up to the first that fails.

        Hardly one does, and a savepoint for each would cost more than the jobs themselves: every
        statement lets go of the interpreter lock, and has to wait for it afterwards.
        """
        outcomes: list[_Outcome] = []
        for job in group:
            outcomes.append(_attempt(self._db, job))
            if outcomes[-1].error:
                break
        return outcomes

    def _one_by_one(self, group: Sequence[_Job]) -> list[_Outcome]:
        """Do every job anew, so that those which fail undo nothing of the others."""
        outcomes: list[_Outcome] = []
        for job in group:
            outcome = _attempt_alone(self._db, job)
            # a full disk ends the transaction, and with it the work of the jobs before
            if not self._db.conn.in_transaction:
                raise sqlite3.OperationalError(str(outcome.error)) from outcome.error
            outcomes.append(outcome)
        return outcomes


def _attempt(db: Database, job: _Job) -> _Outcome:
    try:
        return _Outcome(job.future, job.act(db))
    except Exception as error:  # noqa: BLE001 - nobody is above this thread; who asked is told
        return _Outcome(job.future, error=error)


def _attempt_alone(db: Database, job: _Job) -> _Outcome:
    db.conn.execute("SAVEPOINT job")
    outcome = _attempt(db, job)
    if db.conn.in_transaction:
        if outcome.error:
            db.conn.execute("ROLLBACK TO job")
        db.conn.execute("RELEASE job")
    return outcome


def _tell(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        outcome.tell()


def store_error(cause: Exception) -> StoreError:
    """Return what a failure of SQLite or of the file system means to the bot."""
    error = StoreError(str(cause))
    error.__cause__ = cause
    return error
