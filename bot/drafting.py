"""The use case: keep what stands in a form, sealed, for the person who has it on the screen."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from pydantic import SecretStr

from bot.adapters import adapter
from bot.draft import Draft, SealedDraft
from bot.errors import DraftGoneError, SecretError, StoreError
from bot.suggestions import Hints
from bot.vault import Purpose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain import Clock, SlackUser
    from bot.vault import Vault
    from storage.ports import Drafts

log = structlog.get_logger()

KEEP = timedelta(days=1)
SWEEP_SECONDS = 3600.0


class Drafting:
    """Drafts under ids that nobody guesses, and that open for their owner only."""

    def __init__(self, *, drafts: Drafts, vault: Vault, clock: Clock) -> None:
        self._drafts = drafts
        self._vault = vault
        self._clock = clock
        self._body = adapter(Draft)

    async def get(self, id_: str, *, by: SlackUser) -> Draft:
        """Return the draft of that id.

        Raises:
            DraftGoneError: there is none any more, or it is another person's: one answer.

        """
        sealed = await self._drafts.get(id_) if id_ else None
        if sealed is None or self._clock() - sealed.made_at > KEEP:
            raise DraftGoneError
        if (sealed.team, sealed.user) != (by.team, by.id):
            raise DraftGoneError
        try:
            body = self._vault.open(Purpose.DRAFT, sealed.body, *_owner(by, id_))
        except SecretError as error:  # its key has left the ring
            raise DraftGoneError from error
        return self._body.validate_json(body.get_secret_value())

    async def keep(self, draft: Draft) -> None:
        """Store a draft as it is now; a day after it was stored first, it is gone.

        Raises:
            StoreError: it could not be stored.

        """
        body = SecretStr(self._body.dump_json(draft).decode())
        sealed = SealedDraft(
            id=draft.id,
            team=draft.user.team,
            user=draft.user.id,
            made_at=self._clock(),
            body=self._vault.seal(Purpose.DRAFT, body, *_owner(draft.user, draft.id)),
        )
        await self._drafts.put(sealed)

    async def hints(self, id_: str, by: SlackUser) -> Hints:
        """Return what the form of that draft is about.

        Raises:
            DraftGoneError: see `get`.

        """
        return hints_of(await self.get(id_, by=by))

    async def forget(self, team: str, user: str = "") -> int:
        """Delete the drafts of a person, or of a whole workspace."""
        return await self._drafts.forget(team, user)

    async def sweep(self) -> int:
        """Delete what nobody can open any more."""
        return await self._drafts.sweep(self._clock() - KEEP)


def hints_of(draft: Draft) -> Hints:
    """Return the conversation of a form, and the texts around it: files, message, channel."""
    names = (file.name for file in draft.files)
    texts = (*names, draft.origin.text if draft.origin else "", draft.place)
    return Hints(channel=draft.reply.channel, words=tuple(text for text in texts if text))


def _owner(user: SlackUser, id_: str) -> tuple[str, ...]:
    return (user.team, user.id, id_)  # all of it stands in the row: a change of keys needs it


@asynccontextmanager
async def drafts_swept(drafting: Drafting, *, every: float = SWEEP_SECONDS) -> AsyncIterator[None]:
    """Delete old drafts now, and again after `every` seconds, until the end of the block."""
    task = asyncio.create_task(_sweep_again(drafting, every), name="sweep drafts")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _sweep_again(drafting: Drafting, every: float) -> None:
    while True:
        try:
            await drafting.sweep()
        except StoreError:
            log.exception("drafts_not_swept")
        await asyncio.sleep(every)
