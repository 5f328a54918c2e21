"""How long filings that are over are kept, and the daily sweep of the others."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from bot.domain import Clock
    from storage.ports import Sweepable

log = structlog.get_logger()

KEEP_FAILED = timedelta(days=90)
"""What failed can be tried again, so it is kept this long at least."""
DAY = timedelta(days=1)


async def sweep(filings: Sweepable, keep: timedelta, now: datetime) -> int:
    """Delete what has been over for longer than `keep`, and return how many filings that were.

    A filing is its own dedupe key: `keep` must exceed the time in which a delivery may be repeated.
    """
    swept = await filings.sweep(now - keep, now - max(keep, KEEP_FAILED))
    log.info("swept", filings=swept, kept_days=keep.days)
    return swept


@asynccontextmanager
async def sweeping(
    filings: Sweepable, keep: timedelta, clock: Clock, *, every: timedelta = DAY
) -> AsyncIterator[None]:
    """Sweep now and once a day until the end of the block."""
    task = asyncio.create_task(_sweep_again(filings, keep, clock, every), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _sweep_again(filings: Sweepable, keep: timedelta, clock: Clock, every: timedelta) -> None:
    while True:
        try:
            await sweep(filings, keep, clock())
        except StoreError:
            log.exception("sweep_failed")
        await asyncio.sleep(every.total_seconds())
