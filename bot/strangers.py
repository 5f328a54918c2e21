"""Who was turned away for belonging to another workspace: the audit tells of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.audit import turned_away

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Clock, SlackUser
    from bot.errands import Errands
    from storage.ports import Audit

log = structlog.get_logger()

QUIET: Final = timedelta(hours=1)
"""For so long a person is not told of again: no clicking fills the disk."""
REMEMBERED: Final = 1_000
"""People; beyond that the one who was told of longest ago is forgotten, and told of again."""


class Strangers:
    """Tells the audit of each stranger once an hour; how often they tried, the log says."""

    def __init__(self, audit: Audit, errands: Errands, clock: Clock) -> None:
        self._audit = audit
        self._errands = errands
        self._clock = clock
        self._told: dict[SlackUser, datetime] = {}

    def turned_away(self, user: SlackUser, channel: str) -> None:
        """Note soon that a person was refused; `user` names the workspace they belong to."""
        log.info("stranger_refused", team=user.team, user=user.id, channel=channel)
        now = self._clock()
        if user in self._told and now - self._told[user] < QUIET:
            return
        self._told.pop(user, None)
        self._told[user] = now  # behind all who were told of before
        if len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
        self._errands.do_soon(self._audit.write(turned_away(user, channel)))
