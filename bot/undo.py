"""The use case: a person takes back what one of their filings attached."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import structlog

from bot.domain import Filing, FilingState, Purpose, Undo, undo_wish
from bot.errors import (
    GoneError,
    NothingToUndoError,
    NotYoursError,
    StaleFilingError,
    UndoneBeforeError,
    UndoTooLateError,
    UndoTooSoonError,
)
from bot.filing import resuming, undoing
from bot.filing.resuming import events_of
from bot.filing.undo_next import UNDO_WITHIN
from bot.filing.undone import may_undo_until
from bot.receipts import new_id, new_receipt
from storage.ports import Unless

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Clock, SlackUser
    from bot.reply_to import ReplyTo
    from bot.worker import Worker
    from storage.ports import Store

log = structlog.get_logger()

MOST_SAVES = 5


class Undoing:
    """Accepts undos: one filing takes another one back, and at most one at a time does."""

    def __init__(self, *, store: Store, worker: Worker, clock: Clock) -> None:
        self._filings = store.filings
        self._undos = store.undos
        self._worker = worker
        self._clock = clock

    async def latest(self, receipt: str, *, by: SlackUser) -> Filing:
        """Return this person's filing with the receipt; with "", their latest that attached.

        Raises:
            NothingToUndoError: there is none.

        """
        if receipt:
            found = await self._undos.by_receipt(by, receipt.upper())
        else:
            found = await self._undos.latest(by, self._clock() - UNDO_WITHIN)
        if found is None:
            raise NothingToUndoError(receipt)
        return found

    async def clicked(self, id_: str, *, by: SlackUser) -> Filing:
        """Return the filing behind a button.

        Raises:
            NotYoursError: it is not kept any more, or another person's; only who filed it takes
                it back.

        """
        found = await self._filings.get(id_)
        if found is None or found.user != by:
            raise NotYoursError
        return found

    async def undo(self, origin: Filing, *, reply: ReplyTo, dedupe_key: str) -> Filing:
        """Store that a filing is to be taken back; once this returns, it survives a crash.

        An undo of it that is not at its end goes on instead, and answers here.

        Raises:
            UndoError: it cannot be taken back; nothing was stored.
            StoreError: it could not be stored.

        """
        known = await self._undos.by_key(dedupe_key)
        if known is not None:
            return known
        now = self._clock()
        _check(origin, now)
        begun = await self._undos.of(origin)
        if begun is not None and begun.state is not FilingState.DONE:
            return await self._go_on(begun.id, reply, dedupe_key)
        wished = Unless(since=origin.accepted_at, then=lambda earlier: _unless_open(earlier, new))
        new = _undo_of(origin, reply, dedupe_key, now)
        stored, fresh = await self._filings.accept(new, unless=wished)
        log.info("undo_accepted", filing=stored.id, origin=origin.id, fresh=fresh)
        if fresh:
            self._worker.watch(stored)
        return stored

    async def _go_on(self, id_: str, reply: ReplyTo, click: str) -> Filing:
        """Have an undo that failed, lapsed, waits or runs go on now; a click counts once."""
        for _ in range(MOST_SAVES):
            undo = await self._filings.get(id_)
            if undo is None:
                raise GoneError
            if undo.changed_by == click:
                return undo
            over = undo.state in {FilingState.FAILED, FilingState.CANCELLED}
            follow = resuming.retried if over else resuming.hurried
            changed = dataclasses.replace(follow(undo, self._clock(), reply), changed_by=click)
            try:
                saved = await self._filings.save(changed)
            except StaleFilingError:
                continue
            self._worker.wake(id_)
            return saved
        raise StaleFilingError


def _check(origin: Filing, now: datetime) -> None:
    receipt = origin.receipt
    if origin.undone_at is not None:
        raise UndoneBeforeError(receipt)
    attached = any(undoing.attached_by(item) for item in origin.items)
    done = origin.purpose is Purpose.ATTACH and origin.state is FilingState.DONE
    if not (attached and done):
        raise NothingToUndoError(receipt)
    until = may_undo_until(origin)
    if now >= until:
        raise UndoTooLateError(receipt, int(until.timestamp()))
    if origin.late is not None:
        raise UndoTooSoonError(receipt, int(origin.late.due.timestamp()))


def _undo_of(origin: Filing, reply: ReplyTo, dedupe_key: str, now: datetime) -> Filing:
    return Filing(
        id=new_id(now),
        receipt=new_receipt(),
        dedupe_key=dedupe_key,
        user=origin.user,
        portal=origin.portal,
        record=origin.record,
        reply=reply,
        accepted_at=now,
        asked_at=now,
        wake_at=now,
        purpose=Purpose.UNDO,
        items=undoing.begun(origin.items),
        entity=origin.entity,
        author=origin.author,
        wish=undo_wish(origin),
        undo=Undo(filing=origin.id, receipt=origin.receipt, events=events_of(origin)),
    )


def _unless_open(earlier: Filing, new: Filing) -> Filing | None:
    """Return what is stored although an undo of the same was accepted before, if anything is."""
    return new if earlier.state is FilingState.DONE else None
