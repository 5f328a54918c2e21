"""What is said soon after an acknowledgement, and needs no storing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackError

if TYPE_CHECKING:
    from bot.domain import Message, SlackUser
    from bot.messenger import Messenger
    from bot.reply_to import ReplyTo

log = structlog.get_logger()


class Errands:
    """Runs beside the acknowledgements; `finish` waits for what is under way."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._under_way: set[asyncio.Task[None]] = set()

    def say_soon(self, reply: ReplyTo, user: SlackUser, message: Message) -> None:
        """Say something that needs no storing, after the acknowledgement."""
        task = asyncio.create_task(self._say(reply, user, message))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _say(self, reply: ReplyTo, user: SlackUser, message: Message) -> None:
        try:
            await self._messenger.say(reply, user, message)
        except SlackError as error:
            log.warning("unsaid", code=error.code)

    async def finish(self) -> None:
        """Let what was to be said soon be said."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
