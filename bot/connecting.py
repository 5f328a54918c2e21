"""The use case: check a key with the portal, seal it, store it."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from typing import TYPE_CHECKING

from bot.account import Account, SealedKey
from bot.errors import GoneError, KeyRefusedError, NoPortalError, OtherOwnerError, PortalAwayError
from bot.portal.model import Credentials
from bot.vault import Purpose

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from pydantic import SecretStr

    from bot.domain import Clock, PortalUrl, SlackUser
    from bot.portal.client import PortalClient
    from bot.portal.model import Owner
    from bot.vault import Vault
    from storage.ports import Accounts

CHECK_SECONDS = 2.3
"""A form is answered within Slack's three seconds, so the portal gets a little less."""
PAGE_SECONDS = 15.0
"""A browser is patient."""
_KEY = re.compile(r"[\x21-\x7e]{16,2000}")


async def _yes() -> bool:
    return True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms a key is taken.

    The portal has `within` seconds to check it. `agreed` is the owner that the person has agreed to
    act as in place of an earlier one, or "". `still` tells, after the check, whether it is wanted.
    """

    within: float = CHECK_SECONDS
    agreed: str = ""
    still: Callable[[], Awaitable[bool]] = _yes


FORM = Terms()


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

    async def connect(
        self, user: SlackUser, portal: PortalUrl, key: SecretStr, terms: Terms = FORM
    ) -> Account:
        """Check the key live and store it sealed, bound to workspace, person and portal.

        Raises:
            GoneError: it is not wanted any more.
            KeyRefusedError: not a key, or one that the portal does not accept.
            GuestError, CrmClosedError: its owner has no CRM.
            OtherOwnerError: its owner is another one than before, and not agreed to.
            NoPortalError: not a portal that the bot serves.
            PortalError: the portal did not answer in time, or refused for another reason.

        """
        if portal not in self._portals:
            raise NoPortalError(portal)
        # `Basic` carries a password and bypasses the second factor; it has a blank, as has no key.
        if not _KEY.fullmatch(key.get_secret_value()):
            raise KeyRefusedError(portal)
        owner = await self._owner(Credentials(portal, key), terms.within)
        before = await self._accounts.get(user, portal)
        if before is not None and before.owner != owner.id != terms.agreed:
            raise OtherOwnerError(portal, owner.id, before.name, owner.name)
        if not await terms.still():
            raise GoneError
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

    async def _owner(self, by: Credentials, within: float) -> Owner:
        try:
            async with asyncio.timeout(within):
                owner = await self._portal.who(by)
                await self._portal.check_crm(by)
        except TimeoutError as error:
            raise PortalAwayError(by.portal) from error
        return owner
