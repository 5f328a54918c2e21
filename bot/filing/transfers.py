"""Transfers under way in this process: how far each has come, and the way to end it early."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.domain import SharedFile, Underway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain import Filing


@dataclasses.dataclass(slots=True)
class Transfer:
    """One file on its way; `done` and `size` in bytes, `size` 0 while it is not known."""

    name: str
    size: int
    done: int = 0
    stopped: bool = False

    @property
    def whole(self) -> bool:
        """Whether the last byte was handed on, so that the portal may have all of it."""
        return 0 < self.size <= self.done

    def expect(self, name: str, size: int) -> None:
        """Note what Slack says of the file now."""
        self.name, self.size = name, size

    @property
    def underway(self) -> Underway:
        """How far it has come."""
        return Underway(self.name, self.done, self.size)

    async def watched(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the same chunks, and count them."""
        async for chunk in chunks:
            yield chunk
            self.done += len(chunk)


class Transfers:
    """The transfers of every filing, by its id; a filing has one at a time."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[Transfer, asyncio.Timeout]] = {}

    @asynccontextmanager
    async def begun(self, filing: Filing, position: int) -> AsyncIterator[Transfer]:
        """Let a transfer be seen, and stopped, while the block lasts.

        A block that is stopped ends where it is, without an error: `stopped` tells.
        """
        item = filing.items[position]
        size = item.source.size if isinstance(item.source, SharedFile) else 0
        transfer = Transfer(item.name, size)
        try:
            async with asyncio.timeout(None) as scope:
                self._running[filing.id] = transfer, scope
                yield transfer
        except TimeoutError:
            if not transfer.stopped:
                raise
        finally:
            self._running.pop(filing.id, None)

    def of(self, id_: str) -> Underway | None:
        """Return how far the transfer of a filing is, if one is under way."""
        running = self._running.get(id_)
        return running and running[0].underway

    def stop(self, id_: str) -> None:
        """End a transfer where it is; the portal keeps nothing of a file that has no end."""
        if id_ in self._running:
            transfer, scope = self._running[id_]
            transfer.stopped = True
            scope.reschedule(asyncio.get_running_loop().time())
