"""Keeping a person company while a step takes long: one message, then how far the bytes are."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.filing.decide import Bring, Say, SayProgress, Share, silence_ends

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Clock, Filing
    from bot.filing.decide import Step
    from bot.filing.steps import Steps
    from storage.ports import Filings

SHORTEST_SILENCE = 0.3
LIVE_AFTER = timedelta(seconds=10)
"""After this a person who waits for bytes is shown how far they are, in a message that changes."""
LIVE_EVERY = 3.0
"""Seconds between two changes of it at least."""


class Company:
    """Has steps performed, and tells the person of what takes long."""

    def __init__(self, *, steps: Steps, filings: Filings, clock: Clock) -> None:
        self._steps = steps
        self._filings = filings
        self._clock = clock

    async def perform(self, filing: Filing, step: Step) -> Filing:
        """Do the step, and return the filing as it is after it.

        Raises:
            StaleFilingError: the person changed the filing meanwhile; the step was ended.
            StoreError: what was told could not be noted; the step was ended.

        """
        telling = isinstance(step, Say | SayProgress | Share)
        if telling or (filing.spoken and not isinstance(step, Bring)):
            return await self._steps.perform(filing, step)
        doing = asyncio.create_task(self._steps.perform(filing, step))
        try:
            told = await self._keep(filing, step, doing)
            after = await doing
        finally:
            doing.cancel()
        if told is filing:
            return after
        return dataclasses.replace(
            after, reply=told.reply, spoken=told.spoken, version=told.version
        )

    async def _keep(self, filing: Filing, step: Step, doing: asyncio.Task[Filing]) -> Filing:
        """Return the filing with what the person was told until the step ended."""
        if not filing.spoken:
            if await _ended(doing, self.silence_left(filing)):
                return filing
            filing = await self._filings.save(self._steps.intend(filing, SayProgress()))
            filing = await self._steps.telling.progress(filing)
        return await self._live(filing, doing) if isinstance(step, Bring) else filing

    async def _live(self, filing: Filing, doing: asyncio.Task[Filing]) -> Filing:
        """Change one message again and again; where none can be changed, one is opened first."""
        opened = False
        while not await _ended(doing, self._until_live(filing)):
            if filing.reply.posted is not None:
                await self._steps.telling.update(filing)
            elif not opened:
                opened = True
                filing = await self._filings.save(self._steps.telling.intend_live(filing))
                filing = await self._filings.save(await self._steps.telling.progress(filing))
        return filing

    def silence_left(self, filing: Filing) -> float:
        """Return for how many seconds more nothing need be said."""
        return max(SHORTEST_SILENCE, self._seconds_to(silence_ends(filing)))

    def _until_live(self, filing: Filing) -> float:
        live_from = (filing.asked_at or filing.accepted_at) + LIVE_AFTER
        return max(LIVE_EVERY, self._seconds_to(live_from))

    def _seconds_to(self, moment: datetime) -> float:
        return (moment - self._clock()).total_seconds()


async def _ended(doing: asyncio.Task[Filing], within: float) -> bool:
    done, _ = await asyncio.wait({doing}, timeout=within)
    return bool(done)
