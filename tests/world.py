"""A bot that runs between a sandbox Slack and a sandbox portal, over real sockets."""

from __future__ import annotations

import dataclasses
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from bot.app import Running, running_app
from bot.loading import load
from bot.vault import new_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.portal_model import Person
    from bot.sandbox.slack import SandboxSlack, Shown
    from bot.settings import Settings

PROGRESS = "You need not wait: I tell you the result."


@dataclasses.dataclass(kw_only=True)
class World:
    """What a scenario may touch: the people's Slack, the portal, and the bot's life."""

    slack: SandboxSlack
    portal: SandboxPortal
    env: dict[str, str]
    quiet: float = 0.2
    """Seconds without another file, after which files of one message are all there."""
    bot: Running | None = None
    _life: AsyncExitStack = dataclasses.field(default_factory=AsyncExitStack)

    @property
    def settings(self) -> Settings:
        return load(self.env, dotenv=None)

    def person(self, name: str) -> Person:
        """Return a person of the portal by name."""
        return next(one for one in self.portal.data.people.values() if one.name == name)

    async def start(self, **env: str) -> Running:
        """Start the bot; it listens or connects as its settings say."""
        self.env |= env
        self.bot = await self._life.enter_async_context(
            running_app(self.settings, quiet=self.quiet)
        )
        self.slack.deliver_to = self.bot.events_url or None
        if self.bot.mode == "socket":
            await self.slack.connected(2)
        return self.bot

    async def stop(self) -> None:
        """Stop the bot as an operator does."""
        await self._life.aclose()
        self._life = AsyncExitStack()
        self.bot = None

    async def connect(self, *, user: str = "U0ANA", name: str = "Ana Reyes") -> None:
        """Connect a Slack user with the key of a person, through the form."""
        exchange = await self.slack.command("connect", user=user)
        form = await self.slack.opened(exchange)
        sent = await self.slack.submit(form, {"key": self.person(name).token})
        assert not sent.errors
        await self.slack.close(await self.slack.opened(sent, "Connected"))

    async def say(self, text: str, *, user: str = "U0ANA", channel: str = "C0SALES") -> Shown:
        """Type a command and return its answer; on a busy machine word of progress comes before."""
        exchange = await self.slack.command(text, user=user, channel=channel)
        return await self.slack.answer(exchange, passing=lambda said: PROGRESS in said)


@asynccontextmanager
async def a_world(
    slack: SandboxSlack, portal: SandboxPortal, folder: Path, env: Mapping[str, str]
) -> AsyncIterator[World]:
    """Prepare a world whose bot is not started yet, and end it after the block."""
    common = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": slack.api_url,
        "ATTACHBOT_PORTAL_URL": portal.url,
        "ATTACHBOT_PORTAL_ALLOWED_NETWORKS": "127.0.0.1/32",
        "ATTACHBOT_SECRET_KEYS": new_key(),
        "ATTACHBOT_DATABASE_URL": f"sqlite:///{folder / 'attachbot.db'}",
        "ATTACHBOT_PORT": "0",
        "ATTACHBOT_ADMIN_PORT": "0",
    }
    world = World(slack=slack, portal=portal, env={**common, **env})
    try:
        yield world
    finally:
        await world.stop()
