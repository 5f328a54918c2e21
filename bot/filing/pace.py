"""How fast one person's requests are begun, and how many of them may wait. Pure.

A request over the limit is accepted all the same, and begun later: each has its turn a moment
after the one before. What counts is what is stored, so a restart forgets nothing.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain import FilingState
from bot.errors import TooManyWaitingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain import Filing
    from storage.ports import Standing

MINUTE = timedelta(minutes=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one person may ask for: so many requests at once or a minute, so many unfinished."""

    a_minute: int = 30
    waiting: int = 200

    @property
    def apart(self) -> timedelta:
        """How far apart requests begin once too many came at once."""
        return MINUTE / self.a_minute

    @property
    def counted(self) -> int:
        """How many of the latest requests tell when the next begins: older ones have begun."""
        return self.a_minute + self.waiting

    @property
    def memory(self) -> timedelta:
        """How long a request counts: the longest that one can hold up others."""
        return self.apart * self.counted


def paced(filing: Filing, standing: Standing, limits: Limits) -> Filing:
    """Return a new filing as it is to be stored, with the time when it begins.

    Raises:
        TooManyWaitingError: so many of this person's wait that this one is not taken.

    """
    if standing.unfinished >= limits.waiting:
        raise TooManyWaitingError(limits.waiting)
    at = begins(filing.accepted_at, standing.accepted, limits)
    if filing.state is not FilingState.READY or at <= filing.wake_at:
        return filing
    # The acknowledgement says when it begins, so nothing needs to be said before.
    return dataclasses.replace(filing, wake_at=at, spoken=True)


def begins(now: datetime, accepted: Iterable[datetime], limits: Limits) -> datetime:
    """Return when a request that comes now begins, after those `accepted` before, oldest first.

    Each uses up a part of a minute; a whole minute of them may be used at once.
    """
    used_until = _LONG_AGO
    for at in accepted:
        used_until = max(used_until, at) + limits.apart
    if used_until == _LONG_AGO:
        return now
    return max(now, used_until + limits.apart - MINUTE)


def is_delayed(filing: Filing) -> bool:
    """Say whether a filing was accepted to begin later, and has not begun."""
    begun = filing.looked or filing.troubles or filing.state is not FilingState.READY
    return not begun and filing.spoken and filing.wake_at > filing.accepted_at
