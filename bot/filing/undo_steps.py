"""The doing of an undo: each step reads the portal, or makes the one change that was decided."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, assert_never

import structlog

from bot.domain import Stand
from bot.errors import OutcomeUnknownError, StaleFilingError
from bot.filing import orphans, undoing
from bot.filing.room import check_room
from bot.filing.undo_next import Keep, Remove, SettleRemoval, Survey, removal_of
from bot.filing.undo_troubles import undo_troubled
from bot.filing.undoing import Evidence
from bot.filing.undone import taken_back
from bot.portal.removals import Deletion, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from bot.domain import Clock, EntityRef, FileId, Filing, Item, PortalFile, Undo
    from bot.errors import BotError
    from bot.filing.undo_next import PortalUndoStep, UndoStep
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials, Trace
    from bot.portal.removals import Removals
    from storage.ports import Filings

log = structlog.get_logger()

MOST_SAVES = 5


class UndoSteps:
    """Everything that taking a receipt back may need done."""

    def __init__(  # noqa: PLR0913  (one for each thing it talks to)
        self,
        *,
        portal: PortalClient,
        removals: Removals,
        filings: Filings,
        keep: timedelta,
        clock: Clock,
        wake: Callable[[str], None],
    ) -> None:
        """`keep` is how long a question waits; `wake` has the worker look at a filing."""
        self._portal = portal
        self._removals = removals
        self._filings = filings
        self._keep = keep
        self._clock = clock
        self._wake = wake

    def intend(self, filing: Filing, step: Keep | Remove) -> Filing:
        """Return the filing with the intent of a change, to be saved before it."""
        match step:
            case Keep(position=position):
                if removal_of(filing.items[position]).stand is Stand.KEEPING:
                    filing = orphans.note(filing, position)
                return undoing.keeping(filing, position)
            case Remove(position=position):
                return undoing.removing(filing, position, self._clock())

    def failed(self, filing: Filing, step: UndoStep, error: BotError, *, chance: float) -> Filing:
        """Follow a step that failed."""
        if isinstance(step, Keep) and isinstance(error, OutcomeUnknownError):
            filing = orphans.note(filing, step.position)
        now = self._clock()
        return undo_troubled(filing, step, error, now, keep=self._keep, chance=chance)

    async def take(self, filing: Filing, step: PortalUndoStep, by: Credentials) -> Filing:
        """Take one step and return the filing as it is after it.

        Raises:
            BotError: it failed, see `troubled`.

        """
        undo, ref = filing.undo, filing.ref
        if undo is None or ref is None:
            return filing
        match step:
            case Survey():
                return await self._survey(filing, undo, ref, by)
            case Keep(position=position):
                after = await self._copy(filing, position, ref, by)
            case Remove(position=position):
                after = await self._remove(filing, position, ref, by)
            case SettleRemoval(position=position):
                after = await self._settle(filing, position, ref, by)
            case _:
                assert_never(step)
        return undoing.onward(after, self._clock(), self._keep)

    async def _survey(self, filing: Filing, undo: Undo, ref: EntityRef, by: Credentials) -> Filing:
        entity = await self._portal.entity(ref, by)
        span = Span(own=min(undo.events, default=0), made=undoing.made_since(filing))
        trace = await self._removals.trace(span, by)
        whole = trace
        if span.made is not None and not all(item.made_here for item in filing.items):
            whole = await self._removals.trace(Span(), by)
        evidence = Evidence(
            on_record=await self._removals.files_on(ref, by),
            tags=trace.entries if trace else None,
            all_tags=whole.entries if whole else None,
            newest=min((one.newest for one in (trace, whole) if one), default=0),
        )
        return undoing.surveyed(filing, evidence, entity, self._clock(), self._keep)

    async def _copy(self, filing: Filing, position: int, ref: EntityRef, by: Credentials) -> Filing:
        item = undoing.before_removing(filing.items[position])
        there = await self._there(item, ref, by)
        if there is None:
            return undoing.with_removal(filing, position, stand=Stand.GONE, doubt=None)
        try:
            copy = await self._removals.keep(there, by)
        except OutcomeUnknownError:
            await check_room(self._portal, there, by)
            raise
        log.info("copy_kept", filing=filing.id, position=position, file=copy and copy.id)
        return undoing.kept(filing, position, there, copy)

    async def _there(self, item: Item, ref: EntityRef, by: Credentials) -> PortalFile | None:
        on_record = await self._removals.files_on(ref, by)
        return Evidence(on_record=on_record, tags=None, all_tags=None, newest=0).file(item)

    async def _remove(
        self, filing: Filing, position: int, ref: EntityRef, by: Credentials
    ) -> Filing:
        """Delete a file, after a last look at all that has to be true of it."""
        item = filing.items[position]
        latest = await self._judged_now(filing, item, ref, by)
        if removal_of(latest).stand not in {Stand.SURE, Stand.KEPT} or item.file is None:
            log.info("file_spared", filing=filing.id, position=position)
            return undoing.spared(filing, position, latest)
        deletion = await self._removals.delete(item.file.id, by)
        log.info("file_deleted", filing=filing.id, file=item.file.id, outcome=deletion.name)
        if deletion is Deletion.DENIED:
            return undoing.denied(filing, position)
        return undoing.removed(filing, position)

    async def _judged_now(
        self, filing: Filing, item: Item, ref: EntityRef, by: Credentials
    ) -> Item:
        undo = filing.undo
        if undo is None:
            return item
        newer, on_record = await asyncio.gather(
            self._removals.trace(Span(after=undo.traced), by),
            self._removals.files_on(ref, by),
        )
        tags = _since(undo, newer, filing.items)
        evidence = Evidence(on_record=on_record, tags=tags, all_tags=tags, newest=undo.traced)
        before = undoing.before_removing(item)
        return undoing.judged(before, evidence, undo.events, filing.author)

    async def _settle(
        self, filing: Filing, position: int, ref: EntityRef, by: Credentials
    ) -> Filing:
        began = self._clock()
        if await self._there(filing.items[position], ref, by) is None:
            log.info("removal_settled", filing=filing.id, position=position)
            return undoing.removed(filing, position)
        log.info("removal_not_settled", filing=filing.id, position=position)
        return undoing.not_gone(filing, position, began)

    async def finish(self, filing: Filing) -> Filing:
        """End the undo, and note with the filing that it takes back what is gone of it.

        Doing this twice, after a death in between, changes nothing more.
        """
        after = undoing.finished(filing, self._clock())
        if filing.undo is not None and any(item.taken_back for item in after.items):
            await self._take_back(filing.undo.filing, after)
        return after

    async def _take_back(self, id_: str, by: Filing) -> None:
        for _ in range(MOST_SAVES):
            origin = await self._filings.get(id_)
            if origin is None or origin.undone_at is not None:
                return
            marked = taken_back(origin, by, self._clock())
            if marked == origin:
                return
            try:
                await self._filings.save(marked)
            except StaleFilingError:
                continue
            self._wake(id_)
            return
        raise StaleFilingError


def _since(
    undo: Undo, newer: Trace | None, items: Sequence[Item]
) -> dict[FileId, frozenset[int]] | None:
    """Return what tags the files, as it was surveyed, with what is newer; None: unknown."""
    if newer is None or not undo.traced:
        return None
    own = frozenset(undo.events)
    late = {
        file: frozenset(id_ for id_ in ids if id_ > undo.traced)
        for file, ids in newer.entries.items()
    }
    files = [item.file.id for item in items if item.file]
    return {file: own | late.get(file, frozenset()) for file in files}
