"""The use case: check a key with the portal, seal it, store it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from bot.account import Account, SealedKey
from bot.errors import KeyRefusedError, NoPortalError, PortalAwayError
from bot.portal.model import Credentials
from bot.vault import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import SecretStr

    from bot.domain import Clock, PortalUrl, SlackUser
    from bot.portal.client import PortalClient
    from bot.portal.model import Owner
    from bot.vault import Vault
    from storage.ports import Accounts

CHECK_SECONDS = 2.3
"""A form is answered within Slack's three seconds, so the portal gets a little less."""
_KEY = re.compile(r"[\x21-\x7e]{16,2000}")


class Connecting:
    """Turns a pasted key into an account."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        portal: PortalClient,
        vault: Vault,
        portals: Sequence[PortalUrl],
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._portal = portal
        self._vault = vault
        self._portals = portals
        self._clock = clock

    async def connect(self, user: SlackUser, portal: PortalUrl, key: SecretStr) -> Account:
        """Check the key live and store it sealed, bound to workspace, person and portal.

        Raises:
            KeyRefusedError: not a key, or one that the portal does not accept.
            GuestError, CrmClosedError: its owner has no CRM.
            NoPortalError: not a portal that the bot serves.
            PortalError: the portal did not answer in time, or refused for another reason.

        """
        if portal not in self._portals:
            raise NoPortalError(portal)
        # `Basic` carries a password and bypasses the second factor; it has a blank, as has no key.
        if not _KEY.fullmatch(key.get_secret_value()):
            raise KeyRefusedError(portal)
        owner = await self._owner(Credentials(portal, key))
        sealed = self._vault.seal(
            Purpose.PORTAL_KEY, key, user.enterprise, user.team, user.id, portal
        )
        account = Account(
            user=user,
            portal=portal,
            key=SealedKey(sealed),
            owner=owner.id,
            name=owner.name,
            email=owner.email,
            checked_at=self._clock(),
        )
        await self._accounts.put(account)
        return account

    async def _owner(self, by: Credentials) -> Owner:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                owner = await self._portal.who(by)
                await self._portal.check_crm(by)
        except TimeoutError as error:
            raise PortalAwayError(by.portal) from error
        return owner
