"""Who may call a portal now: places are given out fairly; a portal that is away is left alone."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from bot.errors import PortalAwayError
from bot.lanes import Lanes, Limits, Place
from bot.portal.circuit import Circuit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.domain import PortalUrl

log = structlog.get_logger()

CALLS = Limits(whole=32, lane=4, person=2)
"""Calls under way; a lane is a portal. (With more than eight portals the whole is more.)"""
URGENT = Limits(whole=96, lane=24, person=12)
"""The same for people before a form. Each key that they press asks for three types of records."""

Turn = asyncio.Future[Place["PortalUrl", str, "Turn"]]
_Queue = Lanes["PortalUrl", str, Turn]


class Sign(Enum):
    """What a call showed of its portal."""

    NOTHING = auto()
    WORKS = auto()
    AWAY = auto()


@dataclasses.dataclass(slots=True)
class Passage:
    """A call on its way; whoever makes it notes what it shows (`after`: seconds, or 0)."""

    sign: Sign = Sign.NOTHING
    after: float = 0.0


class Traffic:
    """Lets calls pass, within limits, as long as their portal answers."""

    def __init__(self, clock: Callable[[], float], portals: int) -> None:
        self._clock = clock
        self._calls: _Queue = Lanes(CALLS.for_lanes(portals))
        self._urgent: _Queue = Lanes(URGENT.for_lanes(portals))
        self._circuits: dict[PortalUrl, Circuit] = {}

    def is_open(self, portal: PortalUrl) -> bool:
        """Say whether a portal is left alone at present."""
        return self._of(portal).is_open

    @asynccontextmanager
    async def passage(
        self, portal: PortalUrl, person: str, *, urgent: bool = False
    ) -> AsyncIterator[Passage]:
        """Wait for a place and hold it for the block; an urgent call gets one at once or never.

        Raises:
            PortalAwayError: the circuit is open, or there are too many urgent calls.

        """
        self._check(portal)
        queue = self._urgent if urgent else self._calls
        place = await (self._at_once if urgent else self._in_turn)(queue, portal, person)
        try:
            self._check(portal)  # it may have opened meanwhile
            passage, began, probe = Passage(), self._clock(), self.is_open(portal)
            self._circuits[portal] = self._of(portal).entered()
            try:
                yield passage
            finally:
                self._settle(portal, passage, began=began, probe=probe)
        finally:
            self._leave(queue, place)

    # places

    async def _at_once(
        self, queue: _Queue, portal: PortalUrl, person: str
    ) -> Place[PortalUrl, str, Turn]:
        turn: Turn = asyncio.get_running_loop().create_future()
        queue.join(portal, person, turn)
        place = queue.next()  # nobody waits here, so it is this one or none
        if place is None:
            queue.withdraw(turn)
            raise PortalAwayError(portal)
        return place

    async def _in_turn(
        self, queue: _Queue, portal: PortalUrl, person: str
    ) -> Place[PortalUrl, str, Turn]:
        turn: Turn = asyncio.get_running_loop().create_future()
        queue.join(portal, person, turn)
        _admit(queue)
        try:
            return await turn
        except asyncio.CancelledError:
            queue.withdraw(turn)
            if not turn.cancelled():  # the place came in the same moment
                self._leave(queue, turn.result())
            raise

    def _leave(self, queue: _Queue, place: Place[PortalUrl, str, Turn]) -> None:
        queue.leave(place)
        _admit(queue)

    # circuits

    def _of(self, portal: PortalUrl) -> Circuit:
        return self._circuits.get(portal) or Circuit()

    def _check(self, portal: PortalUrl) -> None:
        wait = self._of(portal).wait(self._clock())
        if wait:
            raise PortalAwayError(portal, after=wait)

    def _settle(self, portal: PortalUrl, passage: Passage, *, began: float, probe: bool) -> None:
        before, now = self._of(portal), self._clock()
        if passage.sign is Sign.WORKS:
            after = before.answered(probe=probe)
        elif passage.sign is Sign.AWAY:
            after = before.failed(now, began=began, probe=probe, after=passage.after)
        else:
            after = before.undecided(probe=probe)
        self._circuits[portal] = after
        if after.is_open and not before.is_open:
            seconds = round(after.wait(now))
            log.warning("circuit_opened", portal=urlsplit(portal).netloc, seconds=seconds)
        elif before.is_open and not after.is_open:
            log.info("circuit_closed", portal=urlsplit(portal).netloc)


def _admit(queue: _Queue) -> None:
    """Let go all who may."""
    while (place := queue.next()) is not None:
        if place.item.cancelled():  # gave up in the same moment
            queue.leave(place)
        else:
            place.item.set_result(place)
