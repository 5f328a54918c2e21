"""When a late look is due: an attach whose answer was lost may have happened twice."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import LateLook

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Attempt, Filing

LATE = timedelta(minutes=11)
"""After this nothing comes of a call any more: the portal's front end gives it up after ten."""
TRY_FOR = timedelta(hours=24)
"""How long a late look is tried while the portal is away, or while there is no key."""
PAUSE = timedelta(minutes=15)


def expect(filing: Filing, sent_by: datetime) -> Filing:
    """Have a late look made, since the answer to a call sent by then was lost.

    Of several attempts the files of all are looked for, from the oldest watermark on.
    """
    attempt = filing.attempt
    if attempt is None:
        return filing
    due = sent_by + LATE
    if filing.late is not None:
        attempt = _joined(filing.late.attempt, attempt)
        due = max(due, filing.late.due)
    return dataclasses.replace(filing, late=LateLook(attempt=attempt, due=due))


def postpone(filing: Filing, sent_by: datetime) -> Filing:
    """Move a late look that is expected anyway behind one more call."""
    return expect(filing, sent_by) if filing.late is not None else filing


def _joined(before: Attempt, attempt: Attempt) -> Attempt:
    files = tuple(dict.fromkeys((*before.files, *attempt.files)))
    watermark = min(before.watermark, attempt.watermark)
    return dataclasses.replace(attempt, files=files, watermark=watermark)


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
