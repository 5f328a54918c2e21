"""What follows from a step that failed: try again later, ask the person, or end."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import FINAL, FilingState, ItemState, Purpose, WaitingFor
from bot.errors import (
    InvalidFolderError,
    KeyExpiredError,
    KeyRefusedError,
    NotConnectedError,
    OutcomeUnknownError,
    PortalAwayError,
    PortalRefusedError,
    SetAsideError,
)
from bot.filing.outcomes import calm, failed, read_back, wait

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Filing
    from bot.errors import BotError

TRY_FOR = timedelta(hours=24)
"""How long a request is kept while its portal is away."""
LIST_FOR = timedelta(seconds=60)
"""The same for a list: nobody wants yesterday's."""
TELL_AFTER = timedelta(seconds=60)
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
MOST_RELOOKS = 3
MOST_COPY_TRIES = 3
SERVER_ERROR = 500


def troubled(  # noqa: PLR0913  (the clock, the waiting time and the dice come from outside)
    filing: Filing,
    error: BotError,
    now: datetime,
    *,
    keep: timedelta,
    chance: float,
    lost: bool = False,
) -> Filing:
    """Follow a step that failed. `chance`, 0 to 1, spreads repeats (full jitter).

    `lost` says that the step was an outside change whose answer may have been lost.
    """
    if filing.event is not None and filing.state is FilingState.READY:
        # The files are attached, whoever may read the record now; only their count stays unsaid.
        return read_back(filing, None, now)
    match error:
        case OutcomeUnknownError() if lost and filing.attempt is not None:
            return answer_lost(filing, now)
        case KeyRefusedError(portal=portal):
            gone = dataclasses.replace(filing, failure=KeyExpiredError(portal).failure())
            return wait(_nothing_sent(gone, lost=lost), WaitingFor.KEY, now, keep)
        case NotConnectedError():
            return wait(_nothing_sent(filing, lost=lost), WaitingFor.ACCOUNT, now, keep)
        case InvalidFolderError() if filing.troubles < MOST_RELOOKS:
            return _nothing_sent(_look_again(filing, now), lost=True)
        case _ if _may_pass(filing, error):
            return _later(_nothing_sent(filing, lost=lost), error, now, chance)
    return failed(_nothing_sent(filing, lost=lost), error, now)


def _look_again(filing: Filing, now: datetime) -> Filing:
    """Follow a refusal for a folder: of a file that could not be seen, or that was moved."""
    items = tuple(
        dataclasses.replace(item, refused=item.refused or item.state is ItemState.HIDDEN)
        for item in filing.items
    )
    return dataclasses.replace(filing, items=items, troubles=filing.troubles + 1, wake_at=now)


def _may_pass(filing: Filing, error: BotError) -> bool:
    match error:
        case PortalAwayError():
            return True
        case OutcomeUnknownError():  # of a copy: asked for again, a few times
            return filing.troubles < MOST_COPY_TRIES
        case PortalRefusedError(status=status):
            return status >= SERVER_ERROR and filing.troubles == 0
    return False


def _nothing_sent(filing: Filing, *, lost: bool) -> Filing:
    """Drop the intent of a call that was certainly refused; a look for its outcome keeps it."""
    return dataclasses.replace(filing, attempt=None, looked=False) if lost else filing


def _later(filing: Filing, error: BotError, now: datetime, chance: float) -> Filing:
    since = filing.trouble_since or now
    until = since + (LIST_FOR if filing.purpose is Purpose.LIST else TRY_FOR)
    if now >= until:
        return failed(filing, error, now)
    # Those who were sent away until the same moment come back one after the other.
    wait_for = getattr(error, "after", 0.0) + pause(filing.troubles, chance)
    tell = now - since >= TELL_AFTER and not filing.trouble_told
    left = (until - now).total_seconds()
    return dataclasses.replace(
        filing,
        troubles=filing.troubles + 1,
        trouble_since=since,
        trouble_told=filing.trouble_told or tell,
        unsaid=filing.unsaid or tell,
        expires_at=until,
        wake_at=now + timedelta(seconds=min(wait_for, left)),
    )


def pause(troubles: int, chance: float) -> float:
    """Return seconds: full jitter under a bound that doubles from 2 s to 5 min."""
    bound = min(FIRST_PAUSE * 2.0 ** min(troubles, 10), LONGEST_PAUSE)
    return max(0.1, bound * chance)


def set_aside(filing: Filing, reference: str, now: datetime) -> Filing:
    """Stop a filing that ends the process; an attempt is kept, so trying again looks first.

    Of one that has ended and was told, only what would still come is dropped; of one that was set
    aside before, the telling, as this is what ends the process.
    """
    filing = dataclasses.replace(filing, begun=())
    if filing.state in FINAL and not filing.unsaid:
        return dataclasses.replace(filing, sharing=None, late=None)
    if filing.failure is not None and filing.failure.error == SetAsideError.__name__:
        return dataclasses.replace(filing, unsaid=False)
    return failed(filing, SetAsideError(reference), now)


def answer_lost(filing: Filing, now: datetime) -> Filing:
    """Follow an attach whose answer never came: look at once."""
    return dataclasses.replace(calm(filing), wake_at=now)
