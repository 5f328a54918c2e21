"""The use case: a conversation is linked to a record, which is then offered there first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.sharing import Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Clock, EntityRef, PortalUrl, SlackUser
    from storage.sharing_ports import Links

log = structlog.get_logger()


class Linking:
    """Keeps the links; nothing but numbers is stored of a record.

    A title may be private, and a link is read by everybody in the conversation: each reader's own
    key tells what it is called, or nobody.
    """

    def __init__(self, *, links: Links, portals: Sequence[PortalUrl], clock: Clock) -> None:
        self._links = links
        self._portals = frozenset(portals)
        self._clock = clock

    async def of(self, team: str, channel: str) -> Link | None:
        """Return the link of a conversation, unless its portal is served no more."""
        link = await self._links.of(team, channel) if channel else None
        return link if link is not None and link.portal in self._portals else None

    async def link(
        self, ref: EntityRef, portal: PortalUrl, *, by: SlackUser, channel: str
    ) -> Link | None:
        """Link a conversation to a record that this person's own key has shown.

        Return the link that there was before.
        """
        link = Link(
            team=by.team, channel=channel, portal=portal, ref=ref, by=by.id, at=self._clock()
        )
        before = await self._links.put(link)
        log.info("linked", channel=channel, record=str(ref))
        return before

    async def unlink(self, *, by: SlackUser, channel: str) -> Link | None:
        """Let a conversation be linked to nothing, and return the link that there was."""
        before = await self._links.remove(by.team, channel)
        log.info("unlinked", channel=channel, there_was_one=before is not None)
        return before

    async def forget_team(self, team: str) -> None:
        """Delete the links of a workspace."""
        await self._links.forget_team(team)
