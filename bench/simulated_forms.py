"""Forms in a simulation: nobody opens one there, and the services want to know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.filling import Filling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.draft import FiledBefore, SealedDraft


class SimulatedFilling(Filling):
    """Fills no form."""

    def __init__(self) -> None:
        pass


class MemoryDrafts:
    """The choices of forms, of which there are none."""

    async def get(self, _id: str, /) -> SealedDraft | None:
        return None

    async def put(self, draft: SealedDraft, /) -> None:
        raise NotImplementedError(draft.id)

    async def forget(self, _team: str, _user: str = "", /) -> int:
        return 0

    async def sweep(self, _before: datetime, /) -> int:
        return 0


class MemoryFiled:
    """What was filed out of Slack: nothing."""

    async def filed(self, _team: str, _files: Sequence[str], /) -> Sequence[FiledBefore]:
        return ()


class MemoryConversations:
    """Conversations that the bot has heard of: none."""

    async def shared(self, _team: str, _channel: str, /) -> bool | None:
        return None

    async def hear(self, _team: str, _channel: str, /, *, shared: bool) -> None:
        del shared

    async def forget(self, _team: str, /) -> int:
        return 0
