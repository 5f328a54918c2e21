"""What is to be asked about the files of one message, if anything is."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.credentials import credentials_of
from bot.domain import SharedFile
from bot.errors import BotError, EntityNotFoundError
from bot.prompting.likely import offered
from bot.receipts import new_id
from bot.reply_to import ReplyTo
from bot.sharing import Answered, HabitKind, Offer, Prompt, is_direct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain import Clock, SlackUser
    from bot.linking import Linking
    from bot.portal.client import PortalClient
    from bot.prompting.gathering import Looked, Shared
    from bot.sharing import Habit, Link
    from bot.vault import Vault
    from storage.sharing_ports import SharingStore

log = structlog.get_logger()

MOST_PROMPTS = 5
PROMPTS_WITHIN = timedelta(minutes=10)
"""So often is one person asked in channels; more would be a flood."""
TITLE_SECONDS = 2.0
"""How long a prompt waits for the title of its record."""


class Making:
    """Knows the links and habits, and whom a prompt would be of use."""

    def __init__(
        self,
        *,
        store: SharingStore,
        linking: Linking,
        portal: PortalClient,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._store = store
        self._linking = linking
        self._portal = portal
        self._vault = vault
        self._clock = clock

    async def prompt(self, message: Shared) -> Prompt | None:
        """Return what is to be asked, or filed unasked as its person wants it; else None."""
        prompt = self._about(message)
        if prompt.direct:
            return prompt
        link = await self._linking.of(message.user.team, message.channel)
        if link is None or not prompt.files:
            return None
        if await self._store.accounts.get(message.user, link.portal) is None:
            return None
        habits = await self._store.habits.of(message.user)
        if always(habits, link) and all(_own(one, message.user) for one in message.looked):
            return _unasked(prompt, message, link)
        if muted(habits, message.channel):
            return None
        return await self._question(prompt, link)

    def _about(self, message: Shared) -> Prompt:
        now = self._clock()
        direct = is_direct(message.channel)
        errors = [one.error for one in message.looked]
        return Prompt(
            id=new_id(now),
            user=message.user,
            channel=message.channel,
            message=message.name,
            created_at=now,
            wake_at=now,
            # Nobody but the person reads a direct message, so it is posted there as the bot's own.
            reply=ReplyTo(channel=message.channel, thread=message.thread, openly=direct),
            files=tuple(_files(message.looked)),
            left_out=tuple(error.failure() for error in errors if error),
        )

    async def _question(self, prompt: Prompt, link: Link) -> Prompt | None:
        since = prompt.created_at - PROMPTS_WITHIN
        before = await self._store.prompts.asked_since(prompt.user, since)
        if before >= MOST_PROMPTS:
            log.info("prompts_crowded", channel=prompt.channel)
            return None
        offer = await self._offer(prompt.user, link)
        if offer is None:
            return None
        crowded = before + 1 == MOST_PROMPTS
        return dataclasses.replace(prompt, offers=(offer,), crowded=crowded)

    async def _offer(self, user: SlackUser, link: Link) -> Offer | None:
        """Return the record with the title that this person's own key shows, if it is in time.

        None: it is not theirs to see, so there is nothing to offer.
        """
        offer = Offer(ref=link.ref, portal=link.portal)
        try:
            by = await credentials_of(user, link.portal, self._store.accounts, self._vault)
            async with asyncio.timeout(TITLE_SECONDS):
                entity = await self._portal.entity(link.ref, by)
        except EntityNotFoundError:
            return None
        except (BotError, TimeoutError) as error:
            log.info("prompt_without_title", error=type(error).__name__)
            return offer
        return offered(offer, entity)


def always(habits: Sequence[Habit], link: Link) -> bool:
    """Say whether a person wants their files on the record that the channel is linked to now."""
    return any(
        habit.kind is HabitKind.ALWAYS
        and habit.channel == link.channel
        and link.leads_to(habit.portal, habit.ref)
        for habit in habits
    )


def muted(habits: Sequence[Habit], channel: str) -> bool:
    """Say whether a person wants no prompts there."""
    return any(habit.kind is HabitKind.MUTE and habit.channel in {"", channel} for habit in habits)


def _unasked(prompt: Prompt, message: Shared, link: Link) -> Prompt:
    """Return what is filed at once: every file, since the summary says which cannot go."""
    files = (
        SharedFile(id=one.seen.file, name=one.name, size=one.size, channel=prompt.channel)
        for one in message.looked
    )
    offer = Offer(ref=link.ref, portal=link.portal)
    return dataclasses.replace(
        prompt, files=tuple(files), left_out=(), offers=(offer,), answered=Answered.ALWAYS
    )


def _files(looked: Sequence[Looked]) -> Iterator[SharedFile]:
    for one in looked:
        if one.file is not None:
            yield SharedFile(id=one.file.id, name=one.name, size=one.size, channel=one.seen.channel)


def _own(looked: Looked, user: SlackUser) -> bool:
    """Say whether a file is of the person who shares it, as far as it can go at all."""
    return looked.file is None or looked.file.uploader == user.id
