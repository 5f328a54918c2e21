"""When a late look is due: an attach whose answer was lost may have happened twice."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import LateLook

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Filing

LATE = timedelta(minutes=11)
"""After this nothing comes of a call any more: the portal's front end gives it up after ten."""
TRY_FOR = timedelta(hours=24)
"""How long a late look is tried while the portal is away, or while there is no key."""
PAUSE = timedelta(minutes=15)


def expect(filing: Filing, sent_by: datetime) -> Filing:
    """Have a late look made, since the answer to a call sent by then was lost.

    Of several attempts each is looked for, since each wrote an event of its own files; those with
    the same files are one, from the oldest watermark on.
    """
    attempt, before = filing.attempt, filing.late
    if attempt is None:
        return filing
    look = LateLook(attempt=attempt, due=sent_by + LATE)
    return dataclasses.replace(filing, late=_joined(before, look) if before else look)


def postpone(filing: Filing, sent_by: datetime) -> Filing:
    """Move a late look that is expected anyway behind one more call."""
    return expect(filing, sent_by) if filing.late is not None else filing


def _joined(before: LateLook, look: LateLook) -> LateLook:
    due = max(before.due, look.due)
    if set(before.attempt.files) != set(look.attempt.files):
        earlier = (*before.earlier, before.attempt)
        return dataclasses.replace(look, due=due, earlier=earlier)
    watermark = min(before.attempt.watermark, look.attempt.watermark)
    attempt = dataclasses.replace(look.attempt, watermark=watermark)
    return dataclasses.replace(look, attempt=attempt, due=due, earlier=before.earlier)


def not_now(filing: Filing, now: datetime, *, chance: float) -> Filing:
    """Follow a late look that failed: try again later, and give it up after a day."""
    late = filing.late
    if late is None:
        return filing
    until = late.until or now + TRY_FOR
    if now >= until:
        return dataclasses.replace(filing, late=None)
    due = min(now + PAUSE * (0.5 + chance / 2), until)
    return dataclasses.replace(filing, late=dataclasses.replace(late, due=due, until=until))
