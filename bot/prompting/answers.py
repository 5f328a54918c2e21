"""What people answer to a prompt, and what follows from each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import GoneError, NotYoursError
from bot.sharing import Answered, Habit, HabitKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Filing, SlackUser
    from bot.prompting.asking import Asking
    from bot.reply_to import ReplyTo
    from bot.sharing import Offer, Prompt
    from storage.sharing_ports import Habits, Prompts

log = structlog.get_logger()


class Answers:
    """Takes the answers of the person who was asked, and of nobody else."""

    def __init__(self, *, prompts: Prompts, habits: Habits, asking: Asking) -> None:
        self._prompts = prompts
        self._habits = habits
        self._asking = asking

    async def attach(self, id_: str, number: int, *, by: SlackUser, reply: ReplyTo) -> Filing:
        """File what was asked about, on the record that is offered as that number.

        Raises:
            NotYoursError: there is no such question any more, or somebody else was asked.
            GoneError: it was answered otherwise.

        """
        prompt = await self.prompt(id_, by=by)
        if prompt.answered not in {None, Answered.ATTACHED}:
            raise GoneError
        # Accepted first: a crash in between leaves a filing, and the same click finds it.
        filing = await self._asking.accept(prompt, _offer(prompt, number), reply)
        await self._prompts.answer(id_, Answered.ATTACHED)
        log.info("prompt_answered", prompt=id_, answered=Answered.ATTACHED)
        return filing

    async def skip(self, id_: str, *, by: SlackUser) -> Prompt:
        """Let the files be.

        Raises:
            NotYoursError, GoneError: as for `attach`.

        """
        prompt = await self.prompt(id_, by=by)
        if prompt.answered is not Answered.SKIPPED and not await self._prompts.answer(
            id_, Answered.SKIPPED
        ):
            raise GoneError
        log.info("prompt_answered", prompt=id_, answered=Answered.SKIPPED)
        return prompt

    async def mute(self, id_: str, *, by: SlackUser, everywhere: bool) -> Prompt:
        """Let the files be, and ask no more: in this conversation, or anywhere.

        Raises:
            NotYoursError, GoneError: as for `attach`.

        """
        prompt = await self.skip(id_, by=by)
        channel = "" if everywhere else prompt.channel
        await self._habits.put(Habit(user=by, channel=channel, kind=HabitKind.MUTE))
        return prompt

    async def always(self, id_: str, *, by: SlackUser, reply: ReplyTo) -> Prompt:
        """File these, and from now on this person's files in this conversation, unasked.

        Raises:
            NotYoursError, GoneError: as for `attach`.

        """
        prompt = await self.prompt(id_, by=by)
        offer = _offer(prompt, 0)
        await self.attach(id_, 0, by=by, reply=reply)
        await self._habits.put(
            Habit(
                user=by,
                channel=prompt.channel,
                kind=HabitKind.ALWAYS,
                portal=offer.portal,
                ref=offer.ref,
            )
        )
        return prompt

    async def habits_of(self, user: SlackUser) -> Sequence[Habit]:
        return await self._habits.of(user)

    async def ask_again(self, user: SlackUser) -> int:
        """Forget everything that this person has decided about prompts, and count it."""
        return await self._habits.forget(user)

    async def prompt(self, id_: str, *, by: SlackUser) -> Prompt:
        """Return the prompt that this person was given.

        Raises:
            NotYoursError: there is none any more, or it is another person's.

        """
        prompt = await self._prompts.get(id_)
        if prompt is None or (prompt.user.team, prompt.user.id) != (by.team, by.id):
            raise NotYoursError
        return prompt


def _offer(prompt: Prompt, number: int) -> Offer:
    if not 0 <= number < len(prompt.offers):
        raise GoneError
    return prompt.offers[number]
