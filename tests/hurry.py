"""An event loop on which a minute passes in two seconds: real sockets, and timers in a hurry."""

from __future__ import annotations

import asyncio
import selectors

FACTOR = 30


class HurriedSelector(selectors.DefaultSelector):
    def select(self, timeout: float | None = None):
        return super().select(timeout / FACTOR if timeout is not None else None)


class HurriedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        super().__init__(HurriedSelector())

    def time(self) -> float:
        return super().time() * FACTOR
