"""Whom the bot serves, and in which conversations nothing is attached. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.errors import ClosedChannelError, StrangerError

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.domain import SlackUser


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The workspace that has the bot (or the whole `enterprise`, if that installed it).

    `closed` are ids of conversations that the operator has closed for attaching.
    """

    team: str
    enterprise: str = ""
    closed: Collection[str] = frozenset()

    def check_person(self, user: SlackUser, own_team: str) -> None:
        """Let members pass; `own_team` is the workspace that the person belongs to.

        Raises:
            StrangerError: a member of another workspace, wherever they ask.

        """
        if own_team != user.team or not self._has(user):
            raise StrangerError

    def _has(self, user: SlackUser) -> bool:
        everywhere = bool(self.enterprise) and user.enterprise == self.enterprise
        return everywhere or user.team == self.team

    def is_closed(self, channel: str) -> bool:
        return channel in self.closed

    def check_attaching(self, channel: str) -> None:
        """Let pass what would attach something for somebody who asks in this conversation.

        Raises:
            ClosedChannelError: nothing is attached from there.

        """
        if self.is_closed(channel):
            raise ClosedChannelError
