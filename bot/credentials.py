"""A person's own key, opened for the calls of one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NotConnectedError
from bot.portal.model import Credentials
from bot.vault import Purpose

if TYPE_CHECKING:
    from bot.account import Account
    from bot.domain import PortalUrl, SlackUser
    from bot.vault import Vault
    from storage.ports import Accounts


async def credentials_of(
    user: SlackUser, portal: PortalUrl, accounts: Accounts, vault: Vault
) -> Credentials:
    """Return what calls the portal as this person.

    Raises:
        NotConnectedError: there is no key of theirs.
        SecretError: the key was sealed with a ring that is not here.

    """
    account = await accounts.get(user, portal)
    if account is None:
        raise NotConnectedError(portal)
    return opened(account, user, vault)


def opened(account: Account, user: SlackUser, vault: Vault) -> Credentials:
    """Return what calls the account's portal as its owner, who asks as `user`.

    Raises:
        SecretError: the key was sealed with a ring that is not here.

    """
    owner = (user.enterprise, user.team, user.id, account.portal)
    key = vault.open(Purpose.PORTAL_KEY, account.key.text, *owner)
    return Credentials(account.portal, key, account.owner)
