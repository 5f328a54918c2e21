"""How long filings that are over, and the audit, are kept; the daily sweep of what is older."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from bot.domain import Clock
    from storage.ports import Audit, Sweepable

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


async def sweep_audit(audit: Audit, keep: timedelta, now: datetime) -> int:
    """Delete what the audit has told of for longer than `keep`, and return how many entries.

    The head goes into the log: a copy of the log elsewhere then proves what the audit said.
    """
    swept = await audit.sweep(now - keep)
    log.info("audit_swept", entries=swept, kept_days=keep.days, head=await audit.head())
    return swept


@asynccontextmanager
async def sweeping(
    filings: Sweepable, keep: timedelta, clock: Clock, *, every: timedelta = DAY
) -> AsyncIterator[None]:
    """Sweep filings now and once a day until the end of the block."""
    async with _again(lambda: sweep(filings, keep, clock()), every):
        yield


@asynccontextmanager
async def audit_sweeping(
    audit: Audit, keep: timedelta, clock: Clock, *, every: timedelta = DAY
) -> AsyncIterator[None]:
    """Sweep the audit now and once a day until the end of the block."""
    async with _again(lambda: sweep_audit(audit, keep, clock()), every):
        yield


@asynccontextmanager
async def _again(act: Callable[[], Awaitable[int]], every: timedelta) -> AsyncIterator[None]:
    task = asyncio.create_task(_forever(act, every), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _forever(act: Callable[[], Awaitable[int]], every: timedelta) -> None:
    while True:
        try:
            await act()
        except StoreError:
            log.exception("sweep_failed")
        await asyncio.sleep(every.total_seconds())
