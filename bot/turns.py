"""Who works on which record, and who waits for it, in order. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

_Record = TypeVar("_Record", bound=Hashable)


class Turns(Generic[_Record]):
    """One filing at a time has a record's turn; those who wait for it are ids and nothing else."""

    def __init__(self) -> None:
        self._holders: dict[_Record, str] = {}
        self._held: dict[str, _Record] = {}
        self._waiting: dict[_Record, dict[str, None]] = {}
        self._waiters: set[str] = set()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiters)

    def take(self, record: _Record, id_: str) -> bool:
        """Take the turn and return True, or wait for it and return False."""
        if self._holders.setdefault(record, id_) == id_:
            self._held[id_] = record
            return True
        self._waiting.setdefault(record, {})[id_] = None
        self._waiters.add(id_)
        return False

    def waits(self, id_: str) -> bool:
        return id_ in self._waiters

    def leave(self, id_: str) -> str | None:
        """Give the turn back, if this filing has one, and return who has it now.

        Whoever gets it so has to be told, and to leave it even if there is nothing to do with it.
        """
        record = self._held.pop(id_, None)
        if record is None:
            return None
        waiting = self._waiting.get(record)
        if not waiting:
            del self._holders[record]
            return None
        following = next(iter(waiting))
        del waiting[following]
        if not waiting:
            del self._waiting[record]
        self._waiters.discard(following)
        self._holders[record] = following
        self._held[following] = record
        return following
