"""A person's account: their sealed key, and what the portal says of its owner."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import PortalUrl, SlackUser


@dataclasses.dataclass(frozen=True, slots=True)
class SealedKey:
    """A portal key as it is stored: useless without the key ring."""

    text: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's stored key, with what the portal says of its owner."""

    user: SlackUser
    portal: PortalUrl
    key: SealedKey
    owner: str
    """The portal's id (GUID) of the person."""
    name: str
    email: str
    checked_at: datetime
