"""The request that a problem is about, with the ways to ask again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import Purpose
from bot.views import buttons, commands, words

if TYPE_CHECKING:
    from bot.domain import Block, EntityRef, Filing, PortalUrl


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A filing, if there is one; with several portals its record is spelled as a link.

    `part`: only a part of it is told of, so what became of the whole is left unsaid.
    """

    filing: Filing | None = None
    several_portals: bool = False
    part: bool = False

    @property
    def ref(self) -> EntityRef | None:
        return words.target(self.filing) if self.filing else None

    @property
    def where(self) -> str:
        return words.short_record_of(self.filing) if self.filing else "the record"

    @property
    def effect(self) -> str:
        if self.part:
            return ""
        return words.effect(self.filing) if self.filing else words.NOTHING_CHANGED

    def again(self) -> tuple[Block, ...]:
        """Return the button that takes the same request up again."""
        return (buttons.again(self.filing, "Try again"),) if self.filing else ()

    def instead(self, ref: EntityRef) -> tuple[Block, ...]:
        """Return the button that asks the same of another record."""
        if self.filing is None:
            return ()
        where = words.spoken_record(ref)
        if self.filing.purpose is Purpose.LIST:
            return buttons.run(f"List files of {where}", self._command(ref))
        if self.filing.purpose is Purpose.LINK:
            return buttons.run(f"Link to {where}", self._command(ref))
        says = f"Attach {words.those(self.filing.items)} to {where}"
        if not self._numbers_only:
            return (buttons.record(self.filing, ref, f"Attach to {where}", says=says),)
        return buttons.run(f"Attach to {where}", self._command(ref), says=says)

    def choose(self) -> tuple[Block, ...]:
        """Return the button that opens the form with the same files."""
        if self.filing is None or self.filing.purpose is not Purpose.ATTACH:
            return ()
        if not self._numbers_only:
            return buttons.elsewhere(self.filing, "Choose a record")
        return buttons.choose_record(commands.numbers(words.asked(self.filing.items)))

    def record(self) -> str:
        """Return the record as a form's button spells it, or nothing."""
        return commands.record(self.ref, portal=self._portal) if self.ref else ""

    def look(self) -> tuple[Block, ...]:
        """Return the button that leads to the record."""
        if self.filing is None or self.ref is None:
            return ()
        return (buttons.open_in_crm(self.filing.portal, self.ref, self.filing.entity),)

    def _command(self, ref: EntityRef) -> str:
        if self.filing is None or self.filing.purpose is Purpose.LIST:
            return commands.listing(ref, portal=self._portal)
        if self.filing.purpose is Purpose.LINK:
            return commands.linking(ref, portal=self._portal)
        return commands.attach(ref, words.asked(self.filing.items), portal=self._portal)

    @property
    def _numbers_only(self) -> bool:
        """Whether a command can name the files."""
        return self.filing is not None and all(item.number for item in self.filing.items)

    @property
    def _portal(self) -> PortalUrl | None:
        return self.filing.portal if self.filing and self.several_portals else None
