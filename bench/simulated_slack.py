"""A Slack that sometimes takes no message, or does not say so; what people have read is kept."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING

from bot.messenger import Messenger
from bot.replies import UNREACHABLE, Lost, Outcome, Refused, Taken
from bot.reply_to import Posted, Way

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from bench.simulated_clock import Life
    from bot.domain import Clock, Message, SlackUser
    from bot.reply_to import ReplyTo

_FOR_GOOD = {Way.EPHEMERAL: "not_in_channel", Way.EDIT: "message_not_found"}


@dataclasses.dataclass
class Channels:
    """What people read, by channel; each filing of a simulation has a channel of its own."""

    dice: random.Random
    trouble: float
    heard: Callable[[str], None]
    read: dict[str, list[str]] = dataclasses.field(default_factory=lambda: defaultdict(list))

    def refusal(self, way: Way) -> Refused | None:
        """Return why Slack takes no message just now, if it takes none."""
        if self.dice.random() >= self.trouble:
            return None
        after = self.dice.choice((0, 0, 1, 30))
        refusals = [
            Refused(code="ratelimited", passing=True, after=after),
            Refused(code=UNREACHABLE, passing=True),
        ]
        if way in _FOR_GOOD:
            refusals.append(Refused(code=_FOR_GOOD[way]))
        return self.dice.choice(refusals)

    def take(self, channel: str, text: str) -> None:
        self.read[channel].append(text)
        self.heard(channel)


class SimulatedMessenger(Messenger):
    """The messenger of one life; by which way, and whether again, is decided by the real one."""

    def __init__(self, channels: Channels, life: Life, clock: Clock) -> None:
        self._channels = channels
        self._life = life
        self._clock = clock

    async def post(self, reply: ReplyTo, user: SlackUser, message: Message) -> Outcome:
        del user
        await self._life.moment(self._life.dice.choice((0.3, 0.3, 0.3, 6)))
        if reply.trying is None:
            return Refused(code="no_way")
        if refused := self._channels.refusal(reply.trying):
            return refused
        if not reply.openly:
            self._channels.take(reply.channel, message.text)
        await self._life.moment(0.2)
        if self._life.dice.random() < self._channels.trouble / 4:
            return Lost("connection")
        changeable = reply.trying is not Way.EPHEMERAL
        return Taken(Posted(reply.channel, "1") if changeable else None)
