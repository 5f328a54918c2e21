"""What a late look means: attached once, twice, or not at all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import FilingState
from bot.errors import NotAttachedError, VanishedError
from bot.filing.outcomes import attached, failed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain import Filing
    from bot.portal.model import Event


def looked_late(filing: Filing, events: Sequence[Event], now: datetime) -> Filing:
    """Follow a late look that found these events of the filing; the person hears what is new."""
    sent = filing.late.attempt if filing.late else None
    filing = dataclasses.replace(filing, late=None)
    if not events:
        return _nothing_found(filing, now)
    if len(events) > 1:
        ids = tuple(sorted(event.id for event in events))
        told = filing.state is FilingState.DONE
        filing = dataclasses.replace(filing, doubles=ids, unsaid=filing.unsaid or told)
    if filing.event is not None or filing.state is FilingState.DONE:
        return filing
    # It ended without knowing, or for another reason after an earlier try: it did attach.
    again = dataclasses.replace(
        filing, attempt=sent, state=FilingState.READY, finished_at=None, unsaid=False
    )
    return attached(again, events[-1].id, events[-1].files, now)


def _nothing_found(filing: Filing, now: datetime) -> Filing:
    if filing.uncertain:
        nothing = dataclasses.replace(filing, attempt=None, looked=False)
        return failed(nothing, NotAttachedError(filing.portal), now)
    if filing.state is FilingState.DONE and filing.event is not None and filing.ref is not None:
        return failed(filing, VanishedError(filing.ref), now)
    return filing
