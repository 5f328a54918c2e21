"""The use case: records for what a person has typed so far into a form."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot.credentials import credentials_of
from bot.domain import HIGHEST_ID, EntityName, EntityRef, EntityType
from bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Entity, PortalUrl, SlackUser
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials
    from bot.vault import Vault
    from storage.ports import Accounts

log = structlog.get_logger()

SECONDS = 2.0
"""Slack drops options that take three seconds; what has come by then is shown."""
MOST = 15


class Suggesting:
    """Asks the portal for all types of records at once."""

    def __init__(self, *, accounts: Accounts, portal: PortalClient, vault: Vault) -> None:
        self._accounts = accounts
        self._portal = portal
        self._vault = vault

    async def suggest(self, words: str, portal: PortalUrl, *, to: SlackUser) -> Sequence[Entity]:
        """Return records with these words or that number; without words, the newest.

        Raises:
            NotConnectedError: the person has no key for this portal.

        """
        by = await credentials_of(to, portal, self._accounts, self._vault)
        asked = [asyncio.create_task(self._of(type_, words, by)) for type_ in EntityType]
        done, late = await asyncio.wait(asked, timeout=SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        found = [entity for task in asked if task in done for entity in task.result()]
        return found[:MOST]

    async def _of(self, type_: EntityType, words: str, by: Credentials) -> Sequence[Entity]:
        try:
            if not words:
                return await self._portal.recent(type_, by, deadline=SECONDS)
            if words.isdecimal() and 0 < int(words) <= HIGHEST_ID:
                ref = EntityRef(type_, int(words))
                return [await self._portal.entity(ref, by, urgent=True)]
            name = EntityName(type_, words)
            return await self._portal.search(name, by, deadline=SECONDS, urgent=True)
        except BotError as error:
            log.info("no_suggestions", type=type_, error=type(error).__name__)
            return ()
