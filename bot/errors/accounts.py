"""What can be wrong with the account of the person who acts."""

from __future__ import annotations

from bot.errors.root import BotError


class AccountError(BotError):
    """The person's account cannot be used."""


class NotConnectedError(AccountError):
    portal: str = ""


class KeyRefusedError(AccountError):
    portal: str


class KeyExpiredError(AccountError):
    portal: str


class StrangerError(AccountError):
    pass


class ClosedChannelError(AccountError):
    pass


class NoPortalError(AccountError):
    portal: str


class GuestError(AccountError):
    portal: str


class CrmClosedError(AccountError):
    portal: str


class DocumentsClosedError(AccountError):
    portal: str


class OtherOwnerError(AccountError):
    """The key is of another person of the portal than the one who is connected.

    `owner` is the portal's id of that person; `before` and `now` are their names.
    """

    portal: str
    owner: str
    before: str
    now: str
