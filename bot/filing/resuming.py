"""Taking a filing up again: after an answer, after its end, sooner than planned, after a start."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import FilingState, ItemState
from bot.filing.decide import look_due

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Filing, Item
    from bot.reply_to import ReplyTo


def resumed(filing: Filing, now: datetime, reply: ReplyTo | None = None) -> Filing:
    """Give a waiting filing back to the worker, which looks at everything anew."""
    return dataclasses.replace(
        filing,
        state=FilingState.READY,
        waiting_for=None,
        expires_at=None,
        wake_at=now,
        asked_at=now,
        spoken=False,
        unsaid=False,
        untold=False,
        looked=False,
        failure=None,
        begun=(),
        troubles=0,
        trouble_since=None,
        trouble_told=False,
        reply=reply or filing.reply,
    )


def retried(filing: Filing, now: datetime, reply: ReplyTo) -> Filing:
    """Take up a filing again that has ended.

    An attempt of it is looked for first, with the items that it was made for: what did not come
    with them can still be asked for after that. One whose event is known begins anew: what
    it attached is seen to be there.
    """
    attempt = filing.attempt if filing.event is None else None
    if attempt is not None:
        attempt = dataclasses.replace(attempt, looked_at=None, repeats=0)
    return dataclasses.replace(
        resumed(filing, now, reply),
        attempt=attempt,
        event=None,
        events_before=events_of(filing),
        answer=None,
        finished_at=None,
        choices=(),
        doubles=(),
        items=filing.items if attempt else tuple(afresh(item) for item in filing.items),
    )


def events_of(filing: Filing) -> tuple[int, ...]:
    """Return the entries of a filing in the portal's history."""
    latest = filing.doubles or (() if filing.event is None else (filing.event,))
    return tuple(dict.fromkeys((*filing.events_before, *latest)))


def afresh(item: Item) -> Item:
    """Return an item that could not be brought, or was stopped, as one that is still to come."""
    if item.state not in {ItemState.REFUSED, ItemState.STOPPED}:
        return item
    return dataclasses.replace(item, state=ItemState.SHARED, failure=None, tries=0)


def hurried(filing: Filing, now: datetime, reply: ReplyTo) -> Filing:
    """Do now what a filing would do later by itself; one that waits for its person asks again."""
    attempt = filing.attempt and dataclasses.replace(filing.attempt, looked_at=None)
    asks = filing.state is FilingState.WAITING  # it cannot go on by itself: ask once more
    return dataclasses.replace(
        filing,
        attempt=attempt,
        items=tuple(map(_looked_at_once, filing.items)),
        wake_at=now,
        reply=reply,
        unsaid=filing.unsaid or asks,
        spoken=False,
        asked_at=now,
    )


def _looked_at_once(item: Item) -> Item:
    """Return an item whose deletion is looked for at once, if its outcome is not known."""
    removal = item.removal
    if removal is None or removal.looked_at is None or removal.sent_at is None:
        return item
    looked_at = removal.sent_at - timedelta(microseconds=1)
    return dataclasses.replace(item, removal=dataclasses.replace(removal, looked_at=looked_at))


def doubted(filing: Filing, quarantine: timedelta) -> Filing:
    """Forget what was seen before a start: a backup that was restored knows nothing newer."""
    if filing.state is not FilingState.READY:
        return filing
    attempt = filing.attempt
    if attempt is not None and look_due(attempt, quarantine) is None:
        attempt = dataclasses.replace(attempt, looked_at=None)
    return dataclasses.replace(filing, looked=False, attempt=attempt)
