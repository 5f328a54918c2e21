"""What a late look means: attached once, twice, or not at all."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from bot.domain import FilingState, ItemState
from bot.errors import NotAttachedError, VanishedError
from bot.filing.decide import wants_bringing
from bot.filing.outcomes import attached, failed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain import Filing, Item
    from bot.portal.model import Event


_THERE = frozenset({ItemState.ATTACHED, ItemState.PRESENT})


def looked_late(filing: Filing, events: Sequence[Event], now: datetime) -> Filing:
    """Follow a late look that found these events of the filing, the newest first.

    The person hears what is new.
    """
    sent = filing.late.attempts if filing.late else ()
    filing = dataclasses.replace(filing, late=None)
    if not events:
        return _nothing_found(filing, now)
    if doubles := doubled(events):
        told = filing.state is FilingState.DONE
        filing = dataclasses.replace(filing, doubles=doubles, unsaid=filing.unsaid or told)
    if filing.event is not None or filing.state is FilingState.DONE:
        return filing
    event = _news(filing, events)
    if event is None:
        return filing
    # It ended without knowing, or for another reason after an earlier try: it did attach.
    files = {file.id for file in event.files}
    again = dataclasses.replace(
        filing,
        attempt=next((one for one in sent if files <= set(one.files)), None),
        items=tuple(_left(item, filing) for item in filing.items),
        state=FilingState.READY,
        finished_at=None,
        unsaid=False,
    )
    return attached(again, event.id, event.files, now)


def doubled(events: Sequence[Event]) -> tuple[int, ...]:
    """Return the numbers of the events that have a file which another has, too."""
    times = Counter(file.id for event in events for file in event.files)
    doubles = (event.id for event in events if any(times[file.id] > 1 for file in event.files))
    return tuple(sorted(doubles))


def _news(filing: Filing, events: Sequence[Event]) -> Event | None:
    """Return the oldest event of files that are not known to be on the record."""
    known = {item.file.id for item in filing.items if item.file and item.state in _THERE}
    news = (event for event in reversed(events) if {file.id for file in event.files} - known)
    return next(news, None)


def _left(item: Item, filing: Filing) -> Item:
    """Return an item that was to come with a later try, and did not, as one that did not come."""
    if not wants_bringing(item):
        return item
    if filing.failure is None:
        return dataclasses.replace(item, state=ItemState.STOPPED)
    return dataclasses.replace(item, state=ItemState.REFUSED, failure=filing.failure)


def _nothing_found(filing: Filing, now: datetime) -> Filing:
    if filing.uncertain:
        nothing = dataclasses.replace(filing, attempt=None, looked=False)
        return failed(nothing, NotAttachedError(filing.portal), now)
    if filing.state is FilingState.DONE and filing.event is not None and filing.ref is not None:
        return failed(filing, VanishedError(filing.ref), now)
    return filing
