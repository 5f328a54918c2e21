"""A Slack that sometimes takes no message; what people have read is kept."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING

from bot.errors import SlackError
from bot.messenger import Messenger

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from bench.simulated_clock import Life
    from bot.domain import Clock, Message, ReplyTo, SlackUser


@dataclasses.dataclass
class Channels:
    """What people read, by channel; each filing of a simulation has a channel of its own."""

    dice: random.Random
    trouble: float
    heard: Callable[[str], None]
    read: dict[str, list[str]] = dataclasses.field(default_factory=lambda: defaultdict(list))

    def take(self, channel: str, text: str) -> None:
        if self.dice.random() < self.trouble:
            raise SlackError("ratelimited")
        self.read[channel].append(text)
        self.heard(channel)


class SimulatedMessenger(Messenger):
    """The messenger of one life; when to try again is decided by the real one."""

    def __init__(self, channels: Channels, life: Life, clock: Clock) -> None:
        self._channels = channels
        self._life = life
        self._clock = clock

    async def say(self, reply: ReplyTo, user: SlackUser, message: Message) -> ReplyTo:
        del user
        await self._life.moment(self._life.dice.choice((0.3, 0.3, 0.3, 6)))
        self._channels.take(reply.channel, message.text)
        await self._life.moment(0.2)
        if self._life.dice.random() < self._channels.trouble / 4:
            raise SlackError("connection")  # it was taken; only the answer was lost
        return dataclasses.replace(reply, failures=0, retry_at=None)

    async def say_openly(self, reply: ReplyTo, user: SlackUser, message: Message) -> None:
        del reply, user, message
        await self._life.moment(1)
