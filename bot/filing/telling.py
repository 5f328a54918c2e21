"""Telling people of a filing: its state, its progress, and its summary for everybody."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackError
from bot.filing import outcomes
from bot.views.summary import shared
from bot.views.tell import tell
from bot.views.waiting import progress

if TYPE_CHECKING:
    from bot.domain import Filing
    from bot.filing.policy import Policy
    from bot.messenger import Messenger

log = structlog.get_logger()
Dice = Callable[[], float]
"""Returns a number from 0 to 1."""


class Telling:
    """Says each thing once; what Slack cannot take now is said later."""

    def __init__(self, messenger: Messenger, policy: Policy, *, dice: Dice = random.random) -> None:
        self._messenger = messenger
        self._policy = policy
        self._dice = dice

    async def progress(self, filing: Filing) -> Filing:
        """Tell a person who has heard nothing yet that work is going on."""
        message = progress(filing)
        try:
            reply = await self._messenger.say(filing.reply, filing.user, message)
        except SlackError as error:
            log.info("progress_unsaid", filing=filing.id, code=error.code)
            return dataclasses.replace(filing, spoken=True)  # the answer itself is still to come
        return dataclasses.replace(filing, reply=reply, spoken=True)

    async def state(self, filing: Filing) -> Filing:
        """Tell the person of the filing's present state; later, while Slack is away."""
        message = tell(filing, several_portals=self._policy.several_portals)
        try:
            reply = await self._messenger.say(filing.reply, filing.user, message)
        except SlackError as error:
            reply = self._messenger.after_failure(filing.reply, error, chance=self._dice())
            if reply.retry_at is not None:
                return dataclasses.replace(filing, reply=reply)
            log.warning("answer_undeliverable", filing=filing.id, code=error.code)
        return outcomes.said(filing, reply)

    async def share(self, filing: Filing) -> Filing:
        """Post the summary for everybody in the conversation."""
        if filing.sharing is None:
            return filing
        try:
            await self._messenger.say_openly(filing.sharing, filing.user, shared(filing))
        except SlackError as error:
            later = self._messenger.after_failure(filing.sharing, error, chance=self._dice())
            if later.retry_at is not None:
                return dataclasses.replace(filing, sharing=later)
            log.warning("share_undeliverable", filing=filing.id, code=error.code)
        return dataclasses.replace(filing, sharing=None)
