"""An event loop whose time jumps to the next timer, and lives of a bot that end at any await."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Coroutine

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class StuckError(Exception):
    """Nothing is ready, and no timer is set."""


class Leaps(selectors.SelectSelector):
    """Never waits: what would be waited for is added to the time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.between: Callable[[], None] = _nothing

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Pass the time until the next timer; the loop asks once between any two awaits."""
        if timeout is None:
            raise StuckError
        self.now += max(0.0, timeout)
        self.between()
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on virtual time."""

    def __init__(self) -> None:
        self.leaps = Leaps()
        super().__init__(self.leaps)

    def time(self) -> float:
        return self.leaps.now

    def clock(self) -> datetime:
        """Return the virtual time as the bot reads it."""
        return _moment(self.leaps.now)


def _moment(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def _nothing() -> None:
    pass


class Life:
    """One life of the bot's process: after its end nothing that it still asks for happens."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.over = False
        self._tasks: dict[asyncio.Task[None], None] = {}

    async def moment(self, longest: float) -> None:
        """Let a part of `longest` seconds pass: it decides who of all that wait comes next."""
        await asyncio.sleep(self.dice.choice((0.0, self.dice.random() * longest)))
        await self.alive()

    async def alive(self) -> None:
        """Return if the process lives; else never, until the task is cleared away."""
        if self.over:
            await asyncio.get_running_loop().create_future()

    def passed(self, moment: datetime | None) -> bool:
        """Say whether a moment is over; None never is."""
        return moment is not None and moment <= _moment(asyncio.get_running_loop().time())

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something in this life."""
        task = asyncio.create_task(work)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def clear(self) -> None:
        """Clear away what stood still when the life ended."""
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
