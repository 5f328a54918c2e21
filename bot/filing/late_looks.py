"""The doing of a late look: it changes nothing, and its own trouble is nobody's but the log's."""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING

import structlog

from bot.credentials import credentials_of
from bot.errors import BotError
from bot.filing.doubles import doubled, looked_late
from bot.filing.late import not_now
from bot.filing.settling import events_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain import Clock, Filing
    from bot.filing.telling import Dice
    from bot.portal.client import PortalClient
    from bot.portal.model import Event
    from bot.vault import Vault
    from storage.ports import Accounts

log = structlog.get_logger()


class LateLooks:
    """Looks once more at what was attached; `count` is called for every double found."""

    def __init__(  # noqa: PLR0913  (one for each thing it talks to)
        self,
        *,
        accounts: Accounts,
        portal: PortalClient,
        vault: Vault,
        clock: Clock,
        dice: Dice,
        count: Callable[[], None],
    ) -> None:
        self._accounts = accounts
        self._portal = portal
        self._vault = vault
        self._clock = clock
        self._dice = dice
        self._count = count

    async def look(self, filing: Filing) -> Filing:
        """Count the events of a filing and return what follows; a double is never deleted."""
        try:
            events = await self._events(filing)
        except BotError as error:
            return self._not_now(filing, error)
        except Exception:
            # A bug; what was asked for has ended well or been told, and must not end once more.
            log.exception("late_look_broken", filing=filing.id)
            return dataclasses.replace(filing, late=None)
        after = looked_late(filing, events, self._clock())
        if doubled(events):
            log.warning("attach_double", filing=filing.id, crm_events=list(after.doubles))
            self._count()
        return after

    async def _events(self, filing: Filing) -> Sequence[Event]:
        if filing.late is None or filing.ref is None:
            return ()
        by = await credentials_of(filing.user, filing.portal, self._accounts, self._vault)
        found = [
            event
            for attempt in filing.late.attempts
            for event in await events_of(attempt, filing.ref, self._portal, by)
        ]
        known = {event.id: event for event in found}
        return sorted(known.values(), key=attrgetter("id"), reverse=True)

    def _not_now(self, filing: Filing, error: BotError) -> Filing:
        after = not_now(filing, self._clock(), chance=self._dice())
        name = "late_look_failed" if after.late else "late_look_given_up"
        log.info(name, filing=filing.id, error=type(error).__name__)
        return after
