"""Joins the parts: what is gathered is asked about, and what was asked is answered."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import StoreError
from bot.prompting.answers import Answers
from bot.prompting.asking import Asking
from bot.prompting.gathering import QUIET, Gathering
from bot.prompting.likely import Likely
from bot.prompting.making import Making
from bot.sharing import KEEP_SHARES, HabitKind, Seen, is_direct

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.accepting import Accepting
    from bot.domain import Clock, SlackUser
    from bot.linking import Linking
    from bot.messenger import Messenger
    from bot.places import Places
    from bot.portal.client import PortalClient
    from bot.slack_files.client import SlackFiles
    from bot.suggesting import Suggesting
    from bot.vault import Vault
    from storage.sharing_ports import SharingStore

log = structlog.get_logger()

KEEP_PROMPTS = timedelta(days=7)
SWEEP_SECONDS = 3600.0


class Prompting:
    """What the handlers are given for shared files; `answers` are the clicks."""

    def __init__(  # noqa: PLR0913  (one for each thing it works with)
        self,
        *,
        store: SharingStore,
        slack_files: SlackFiles,
        accepting: Accepting,
        linking: Linking,
        places: Places,
        suggesting: Suggesting,
        portal: PortalClient,
        vault: Vault,
        messenger: Messenger,
        clock: Clock,
        quiet: float = QUIET,
    ) -> None:
        """`quiet` is for how many seconds no more files of a message must have come."""
        self._store = store
        self._linking = linking
        self._places = places
        self._clock = clock
        making = Making(store=store, linking=linking, portal=portal, vault=vault, clock=clock)
        self._asking = Asking(
            store=store,
            making=making,
            likely=Likely(accounts=store.accounts, accepting=accepting, suggesting=suggesting),
            accepting=accepting,
            messenger=messenger,
            places=places,
            clock=clock,
        )
        self._gathering = Gathering(
            shares=store.shares,
            slack_files=slack_files,
            take_up=self._asking.take_up,
            quiet=quiet,
        )
        self.answers = Answers(prompts=store.prompts, habits=store.habits, asking=self._asking)

    async def shared(self, user: SlackUser, *, channel: str, file: str, event: str) -> None:
        """Remember a file that somebody shared, and ask about it if it is to be asked about.

        Where attaching is turned off nothing is remembered.

        `event` is Slack's time of telling: the same file may be shared there once more.

        Raises:
            StoreError: it could not be stored.

        """
        if self._places.is_closed(channel):
            return
        seen = Seen(user=user, channel=channel, file=file, event=event, at=self._clock())
        wanted = is_direct(seen.channel) or bool(
            await self._linking.of(seen.user.team, seen.channel)
        )
        if await self._store.shares.note(seen, wanted=wanted) and wanted:
            self._gathering.await_more((seen.user, seen.channel))

    async def connected(self, user: SlackUser) -> None:
        """Ask now what waited until this person had an account."""
        for prompt in await self._store.prompts.unconnected(user):
            self._asking.wake(prompt.id)

    async def disconnected(self, user: SlackUser) -> None:
        """End what is done unasked: it was agreed with the account that is gone."""
        await self._store.habits.forget(user, HabitKind.ALWAYS)

    async def forget_team(self, team: str) -> None:
        """Delete everything that was kept of a workspace."""
        await self._store.habits.forget_team(team)
        await self._store.shares.forget_team(team)
        await self._store.prompts.forget_team(team)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take up what an earlier process left, and work until the end of the block."""
        await self._sweep()
        await self._asking.start()
        await self._gathering.start()
        sweeping = asyncio.create_task(self._sweep_again(), name="sweep prompts")
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.wait({sweeping})
            await self._gathering.stop()
            await self._asking.stop()

    async def _sweep_again(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._sweep()
            except StoreError:
                log.exception("prompts_not_swept")

    async def _sweep(self) -> None:
        now = self._clock()
        shares = await self._store.shares.sweep(now - KEEP_SHARES)
        prompts = await self._store.prompts.sweep(now - KEEP_PROMPTS)
        if shares or prompts:
            log.info("prompts_swept", shares=shares, prompts=prompts)
