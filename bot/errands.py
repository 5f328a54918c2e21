"""What is said or done soon after an acknowledgement, and needs no storing."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import structlog

from bot.errors import BotError, SlackError
from bot.views.problem import problem

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

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
        self._begin(self._say(reply, user, message))

    def do_soon(
        self,
        errand: Coroutine[Any, Any, object],
        reply: ReplyTo | None = None,
        user: SlackUser | None = None,
    ) -> None:
        """Do something that ends by itself; who has a reply address is told why it failed."""
        self._begin(self._do(errand, reply, user))

    def _begin(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _do(
        self,
        errand: Coroutine[Any, Any, object],
        reply: ReplyTo | None,
        user: SlackUser | None,
    ) -> None:
        try:
            await errand
        except BotError as error:
            log.info("errand_failed", error=type(error).__name__)
            if reply and user:
                await self._say(reply, user, problem(error))
        except Exception:
            reference = secrets.token_hex(2).upper()
            log.exception("errand_broken", reference=reference)
            if reply and user:
                await self._say(reply, user, problem(RuntimeError(), reference=reference))

    async def _say(self, reply: ReplyTo, user: SlackUser, message: Message) -> None:
        try:
            await self._messenger.say(reply, user, message)
        except SlackError as error:
            log.warning("unsaid", code=error.code)

    async def finish(self) -> None:
        """Let what was to be said or done soon come to its end."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
