"""A world in which nobody shares files and no channel is linked: what the bot needs for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.linking import Linking
from bot.prompting import Prompting

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import SlackUser
    from bot.sharing import Link


class NothingSeen:
    """Files that the bot was told of: none."""

    async def newest(self, user: SlackUser, channel: str, since: datetime, /) -> str | None:  # noqa: ARG002  (whoever asks)
        return None


class NothingLinked(Linking):
    """Links of conversations: none."""

    def __init__(self) -> None:
        """Need nothing."""

    async def of(self, team: str, channel: str) -> Link | None:  # noqa: ARG002  (whoever asks)
        return None


class NothingShared(Prompting):
    """Prompts that wait for an account: none."""

    def __init__(self) -> None:
        """Need nothing."""

    async def connected(self, user: SlackUser) -> None:
        """Ask nothing."""

    async def disconnected(self, user: SlackUser) -> None:
        """End nothing."""
