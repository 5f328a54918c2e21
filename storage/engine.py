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
    from collections.abc import Callable, Iterable, Sequence

    from sqlite_utils import Database

T = TypeVar("T")
G = TypeVar("G")

_MOST_IN_GROUP: Final = 500
"""Jobs that share a commit; with more, the first would wait too long for the last."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Job:
    act: Callable[[Database, Sequence[Any]], Sequence[Any]]
    given: Any
    future: asyncio.Future[Any]


@dataclasses.dataclass(frozen=True, slots=True)
class _Outcome:
    future: asyncio.Future[Any]
    value: Any = None
    error: Exception | None = None

    @classmethod
    def of(cls, job: _Job, value: object) -> _Outcome:
        error = value if isinstance(value, Exception) else None
        return cls(job.future, None if error else value, error)

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

        def alone(db: Database, _: Sequence[None]) -> Sequence[T]:
            return [act(db)]

        return await self.run_together(alone, None)

    async def run_together(
        self, act: Callable[[Database, Sequence[G]], Sequence[T | Exception]], given: G
    ) -> T:
        """Return what `act` returns for `given`, once that is on disk.

        What waits for the same `act` is done by one call of it. Every statement lets go of the
        interpreter lock, and waits for it afterwards: in a burst of commands, a few statements for
        all of them take a tenth of the time that a few for each would. `act` returns one value for
        each that was given, in order; an error stands for one that it did nothing for.

        Raises:
            StoreError: the database failed; nothing of this job is stored.

        """
        if not self._open:
            raise StoreError("the database is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(act, given, future))
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
        if outcomes is None:
            self._db.rollback()
            self._db.conn.execute(self._begin)
            outcomes = self._one_by_one(group)
        self._db.conn.execute("COMMIT")
        return outcomes

    def _together(self, group: Sequence[_Job]) -> Sequence[_Outcome] | None:
        """Do all jobs, or return None when one raises: its changes are to be undone alone.

        Hardly one does, and a savepoint for each would cost more than the jobs themselves.
        """
        outcomes: list[_Outcome] = []
        try:
            for jobs in _alike(group):
                outcomes += _done(self._db, jobs)
        except Exception:  # noqa: BLE001 - it is raised again, and told, by the job alone
            return None
        return outcomes

    def _one_by_one(self, group: Sequence[_Job]) -> Sequence[_Outcome]:
        """Do every job anew, so that those which fail undo nothing of the others."""
        outcomes: list[_Outcome] = []
        for job in group:
            outcome = _attempt_alone(self._db, job)
            # a full disk ends the transaction, and with it the work of the jobs before
            if not self._db.conn.in_transaction:
                raise sqlite3.OperationalError(str(outcome.error)) from outcome.error
            outcomes.append(outcome)
        return outcomes


def _alike(group: Sequence[_Job]) -> Iterable[Sequence[_Job]]:
    """Return the jobs of each act, in the order in which the acts were first asked for."""
    found: dict[Callable[..., Any], list[_Job]] = {}
    for job in group:
        found.setdefault(job.act, []).append(job)
    return found.values()


def _done(db: Database, jobs: Sequence[_Job]) -> Sequence[_Outcome]:
    values = jobs[0].act(db, [job.given for job in jobs])
    return [_Outcome.of(job, value) for job, value in zip(jobs, values, strict=True)]


def _attempt_alone(db: Database, job: _Job) -> _Outcome:
    db.conn.execute("SAVEPOINT job")
    try:
        [outcome] = _done(db, [job])
    except Exception as error:  # noqa: BLE001 - nobody is above this thread; who asked is told
        outcome = _Outcome(job.future, error=error)
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
