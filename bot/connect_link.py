"""A link to the page that takes a key: whose it is, what for, and when it works."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import PortalUrl, SlackUser
    from bot.reply_to import ReplyTo

MOST_WRONG = 5
"""So many keys that the portal refuses end a link."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConnectLink:
    """A link as it is stored: it cannot be followed without the token, which is stored nowhere.

    `token` and `browser` are digests: of the token in the address, and of the cookie of the browser
    that sent the first key ("" before). `portal` is None where the person chooses on the page.
    """

    id: str
    token: str = dataclasses.field(repr=False)
    user: SlackUser
    name: str
    """How Slack calls the person."""
    portal: PortalUrl | None
    draft: str
    """The attach form to go on with, or ""; requests that wait are found by person and portal."""
    reply: ReplyTo
    until: datetime
    wrong: int = 0
    browser: str = dataclasses.field(default="", repr=False)

    def works(self, browser: str, now: datetime) -> bool:
        """Tell whether the browser with this cookie (its digest) may still send a key."""
        mine = not self.browser or hmac.compare_digest(self.browser, browser)
        return mine and now < self.until and self.wrong < MOST_WRONG


def digest(secret: str) -> str:
    """Return what is stored of a token or a cookie: both are random, so plain SHA-256 does."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
