"""Acknowledgements first: work that can wait gives way while Slack waits for an answer."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE: Final = 2.0
"""Seconds that one piece of work gives way at most: a rush without end must not stop all work."""


class Rush:
    """Knows how many deliveries are being acknowledged.

    Slack waits three seconds for an acknowledgement, and a person many more for the outcome. Both
    need the one thread that Python has, so in a burst the work waits.
    """

    def __init__(self) -> None:
        self._under_way = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._turn = asyncio.Lock()

    @contextmanager
    def acknowledging(self) -> Iterator[None]:
        """Let work give way for the length of the block."""
        self._under_way += 1
        self._calm.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._calm.set()

    async def give_way(self, at_most: float = PATIENCE) -> None:
        """Wait until nothing is being acknowledged, for so many seconds at most.

        What waits goes on one by one, so that what comes in between finds the thread free.
        """
        try:
            async with asyncio.timeout(at_most), self._turn:
                await self._calm.wait()
                await asyncio.sleep(0)
        except TimeoutError:
            return
