"""Where filings wait to be served, as ids: at the desk, for their portal, and for their record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.filing.decide import Bring
from bot.lanes import Lanes, Limits, Place
from bot.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain import EntityRef, Filing, PortalUrl
    from bot.filing.decide import Step

Line = Lanes[str, object, str]
LinePlace = Place[str, object, str]

AT_HAND = Limits(whole=64, lane=8, person=4)
"""Filings under way; a lane is a portal. (With more than eight portals the whole is more.)"""
TRANSFERS = Limits(whole=16, lane=2, person=1)
"""The same for those that bring bytes: fewer than the calls that a portal and a person may have."""
DESK = Limits(whole=16, lane=16, person=12)
"""The same where no portal is needed. A "person" is a reason: no backlog fills every place."""
WOKEN, BACKLOG = "woken", "backlog"


class Lines:
    """Everything is done at the desk that needs no portal.

    Transfers have a line of their own, so that short calls need not wait behind long ones, and
    what concerns a record is done in turns.
    """

    def __init__(self, portals: int) -> None:
        self.desk: Line = Lanes(DESK)
        self.lanes: Line = Lanes(AT_HAND.for_lanes(portals))
        self.transfers: Line = Lanes(TRANSFERS.for_lanes(portals))
        self.turns: Turns[tuple[PortalUrl, EntityRef]] = Turns()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self.desk) + len(self.lanes) + len(self.transfers) + len(self.turns)

    def to_desk(self, reason: str, id_: str) -> None:
        self.desk.join("", reason, id_)

    def line_for(self, step: Step) -> Line:
        """Return where to wait for a step that needs the portal."""
        return self.transfers if isinstance(step, Bring) else self.lanes

    def line_up(self, filing: Filing, line: Line) -> None:
        """Let a filing wait for its portal, unless it does already."""
        if not self.waits(filing.id):
            line.join(filing.portal, filing.user, filing.id)

    def waits(self, id_: str) -> bool:
        """Say whether a filing waits for its portal or for its record."""
        return id_ in self.lanes or id_ in self.transfers or self.turns.waits(id_)

    def next(self) -> Iterator[tuple[Line, LinePlace]]:
        """Yield a place for each that may be served now."""
        for line in (self.lanes, self.transfers, self.desk):
            while (place := line.next()) is not None:
                yield line, place

    def clear(self) -> None:
        """Let nothing wait any longer but for a record."""
        for line in (self.desk, self.lanes, self.transfers):
            line.clear()
