"""Which steps processes died in: after three deaths in the same one a filing is set aside.

Nobody can note a death as it happens, so the beginning of a step is noted, and taken back when it
has ended. That costs a commit, so only those pay that are under suspicion: a filing that an earlier
process left, with the first step that this process takes for it, and a step that was noted before.
(Copy and attach are saved before they begin anyway.) What merely rests or waits in a line is not
noted, whoever dies meanwhile.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain import Filing

FATAL = 3
ALONE = 2
BREAK = "break"
"""Noted for an error that no step answered for."""
PROBATION = timedelta(seconds=10)
"""How long a process lives before it takes up what two have died of.

Until then the others get on, and a filing that was only there when somebody killed young processes
is not there the next time.
"""


def begun(filing: Filing, step: str) -> Filing:
    """Note that a step begins."""
    return dataclasses.replace(filing, begun=(*filing.begun, step))


def ended(filing: Filing, step: str) -> Filing:
    """Take back what was noted of a step, since nobody has died in it."""
    left = tuple(one for one in filing.begun if one not in {step, BREAK})
    return filing if left == filing.begun else dataclasses.replace(filing, begun=left)


def spared(filing: Filing, step: str) -> Filing:
    """Take back one beginning of a step that was cut off in peace; deaths before it count on."""
    if step not in filing.begun:
        return filing
    last = len(filing.begun) - 1 - filing.begun[::-1].index(step)
    begun = (*filing.begun[:last], *filing.begun[last + 1 :])
    return dataclasses.replace(filing, begun=begun)


def suspected(filing: Filing, step: str) -> bool:
    """Say whether a process may have died in this step before."""
    return step in filing.begun


def alone(filing: Filing, step: str) -> bool:
    """Say whether a step is to be taken while no other that is under such suspicion is.

    All that were under way share the blame for a death. Taken one at a time, the innocent clear
    themselves, and the next death has one cause.
    """
    return filing.begun.count(step) >= ALONE


def on_probation(filing: Filing) -> bool:
    """Say whether one more death in some step would be the last."""
    return any(alone(filing, step) for step in filing.begun)


def fatal(filing: Filing, step: str) -> bool:
    """Say whether a step is not to be taken any more."""
    return filing.begun.count(step) >= FATAL
