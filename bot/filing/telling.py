"""Telling people of a filing: its state, its progress, and its summary for everybody."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from bot import replies
from bot.filing import outcomes
from bot.filing.decide import Say, SayProgress, Share
from bot.filing.transfers import Transfers
from bot.replies import Refused, Taken, Verdict
from bot.reply_to import Way
from bot.views.summary import shared
from bot.views.tell import tell
from bot.views.waiting import progress

if TYPE_CHECKING:
    from bot.domain import Filing, Message
    from bot.filing.policy import Policy
    from bot.messenger import Messenger

log = structlog.get_logger()
Dice = Callable[[], float]
"""Returns a number from 0 to 1."""


class Telling:
    """Says each thing once; what Slack cannot take now is said later, for a day at most."""

    def __init__(
        self,
        messenger: Messenger,
        policy: Policy,
        *,
        transfers: Transfers | None = None,
        dice: Dice = random.random,
    ) -> None:
        self._messenger = messenger
        self._transfers = transfers or Transfers()
        self._policy = policy
        self._dice = dice

    def intend(self, filing: Filing, step: Say | SayProgress | Share) -> Filing:
        """Return the filing with the intent to say something, to be saved before it is sent."""
        match step:
            case Say():
                reply = self._messenger.begun(filing.reply, self._state_of(filing))
                return dataclasses.replace(filing, reply=reply)
            case SayProgress():
                message = progress(filing)
                if filing.reply.trying and filing.reply.about == replies.digest(message):
                    reply = replies.settled(filing.reply)  # an earlier life said it, or tried to
                else:
                    reply = self._messenger.begun(filing.reply, message)
                return dataclasses.replace(filing, reply=reply)
            case Share():
                if filing.sharing is None:
                    return filing
                sharing = self._messenger.begun(filing.sharing, shared(filing))
                return dataclasses.replace(filing, sharing=sharing)

    def _state_of(self, filing: Filing) -> Message:
        return tell(filing, several_portals=self._policy.several_portals)

    async def say(self, filing: Filing, step: Say | SayProgress | Share) -> Filing:
        """Say what the step is about, and return what follows."""
        match step:
            case Say():
                return await self.state(filing)
            case SayProgress():
                return await self.progress(filing)
            case Share():
                return await self.share(filing)

    async def progress(self, filing: Filing) -> Filing:
        """Tell a person who has heard nothing yet that work is going on.

        It is not said again, whatever becomes of it: the answer itself is still to come.
        """
        reply, message = filing.reply, self._progress_of(filing)
        while way := reply.trying:
            outcome = await self._messenger.post(reply, filing.user, message)
            if isinstance(outcome, Taken):
                reply, _ = self._messenger.follow(reply, outcome, chance=0)
            for_good = isinstance(outcome, Refused) and not outcome.passing
            if not for_good or way in replies.LAST:
                break
            reply = self._messenger.begun(replies.closed(reply, way), message)
        return dataclasses.replace(filing, reply=replies.settled(reply), spoken=True)

    def _progress_of(self, filing: Filing) -> Message:
        return progress(filing, self._transfers.of(filing.id))

    def intend_live(self, filing: Filing) -> Filing:
        """Return the filing with the intent to open a message that can be changed.

        No other way leads to one: of a command's response URL and of an ephemeral message nothing
        can be changed later. The answer follows there.
        """
        direct = dataclasses.replace(filing.reply, sealed_url="", shown=False, direct=True)
        reply = self._messenger.begun(replies.settled(direct), progress(filing))
        return dataclasses.replace(filing, reply=reply)

    async def update(self, filing: Filing) -> None:
        """Change the message to how far it is now; one that is missed is followed by the next."""
        reply = dataclasses.replace(filing.reply, trying=Way.EDIT)
        await self._messenger.post(reply, filing.user, self._progress_of(filing))

    async def state(self, filing: Filing) -> Filing:
        """Tell the person of the filing's present state, by the way that is intended."""
        outcome = await self._messenger.post(filing.reply, filing.user, self._state_of(filing))
        reply, verdict = self._messenger.follow(filing.reply, outcome, chance=self._dice())
        match verdict:
            case Verdict.SAID:
                return outcomes.said(filing, reply)
            case Verdict.AGAIN:
                return dataclasses.replace(filing, reply=reply)
            case Verdict.GIVEN_UP:
                log.warning("answer_undeliverable", filing=filing.id, unsure=reply.unsure)
                return outcomes.untold(filing, reply)

    async def share(self, filing: Filing) -> Filing:
        """Post the summary for everybody in the conversation, or change the one there."""
        if filing.sharing is None:
            return filing
        outcome = await self._messenger.post(filing.sharing, filing.user, shared(filing))
        sharing, verdict = self._messenger.follow(filing.sharing, outcome, chance=self._dice())
        match verdict:
            case Verdict.SAID:
                posted = sharing.posted or filing.shared
                return dataclasses.replace(filing, sharing=None, shared=posted)
            case Verdict.AGAIN:
                return dataclasses.replace(filing, sharing=sharing)
            case Verdict.GIVEN_UP:
                log.warning("share_undeliverable", filing=filing.id, unsure=sharing.unsure)
                return dataclasses.replace(filing, sharing=None)
