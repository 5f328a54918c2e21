"""How long a menu waits: until there is enough, and never longer than Slack does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine

    from bot.suggesting.calls import Asked

log = structlog.get_logger()

SOON: Final = 0.7
"""Seconds until what there is will do."""
LAST: Final = 2.0
"""Seconds until there is an answer, whatever there is: Slack drops one that takes three."""
LAST_OF_ALL: Final = 2.2
"""The same for what is not the portal's fault, as a store that hangs."""
STORE_SECONDS: Final = 0.4
GRACE: Final = 0.1
"""Seconds for the other types, once one of them has come late."""
_T = TypeVar("_T")


async def in_time(work: Coroutine[Any, Any, _T], otherwise: _T) -> _T:
    """Return what the store says, or something else if it takes too long or fails."""
    try:
        async with asyncio.timeout(STORE_SECONDS):
            return await work
    except (TimeoutError, StoreError) as error:
        log.warning("store_slow", error=type(error).__name__)
        return otherwise


async def enough(asked: Collection[Asked], at_hand: Callable[[], bool], began: float) -> set[Asked]:
    """Wait for all calls, or until it is time to answer; return those that are late."""
    loop = asyncio.get_running_loop()
    late = await _wait(asked, began + SOON)
    while late and loop.time() < began + LAST and not at_hand():
        await _wait(late, began + LAST, asyncio.FIRST_COMPLETED)
        late = await _wait(late, min(loop.time() + GRACE, began + LAST))
    return late


async def _wait(
    asked: Collection[Asked], until: float, what: str = asyncio.ALL_COMPLETED
) -> set[Asked]:
    if not asked:
        return set()
    seconds = max(0.0, until - asyncio.get_running_loop().time())
    _, late = await asyncio.wait(asked, timeout=seconds, return_when=what)
    return late
