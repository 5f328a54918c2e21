"""What people share in conversations, and what was agreed about it: links, habits, prompts."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain import EntityRef, Failure, PortalUrl, SharedFile, SlackUser  # noqa: TC001  (as above)
from bot.reply_to import ReplyTo  # noqa: TC001  (as above)

KEEP_SHARES = timedelta(hours=24)
"""How long the bot remembers which files it was told of."""

_DIRECT = "D"
"""What the ids of direct messages begin with."""


def is_direct(channel: str) -> bool:
    """Say whether a conversation is between two, such as a person and the bot."""
    return channel.startswith(_DIRECT)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The record that a conversation is linked to; `by` is the Slack id of who linked it.

    Its title is not kept: whoever reads of the link may not be allowed to know it.
    """

    team: str
    channel: str
    portal: PortalUrl
    ref: EntityRef
    by: str
    at: datetime

    def leads_to(self, portal: PortalUrl | None, ref: EntityRef | None) -> bool:
        return (self.portal, self.ref) == (portal, ref)


class HabitKind(StrEnum):
    """What a person wants of files that they share."""

    MUTE = "mute"  # no prompt
    ALWAYS = "always"  # attach them without asking


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What a person has decided for a conversation, or for all of them (`channel` is "").

    `portal` and `ref` are the record that their files always go to.
    """

    user: SlackUser
    channel: str
    kind: HabitKind
    portal: PortalUrl | None = None
    ref: EntityRef | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file that the bot was told of, by ids only; `event` is Slack's time of the telling."""

    user: SlackUser
    channel: str
    file: str
    event: str
    at: datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A record that a prompt offers; `title` is empty where it may not be, or is not, known."""

    ref: EntityRef
    portal: PortalUrl
    title: str = ""
    closed: bool = False


class Answered(StrEnum):
    """What has become of a prompt, first come."""

    ATTACHED = "attached"
    SKIPPED = "skipped"
    ALWAYS = "always"  # by what the person had decided before


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question about the files of one message, of those that could go.

    `message` is the `ts` of the message, or stands for it where Slack does not tell; `part` counts
    its prompts: in a channel there is one, in a direct message files that come late are asked about
    once more. `left_out` are the files that cannot go, and why. `wake_at` is when telling goes on,
    None once nothing is to be told. `unconnected` is True while the person was told to connect
    first, `crowded` if no further prompts follow for a while.
    """

    id: str
    user: SlackUser
    channel: str
    message: str
    created_at: datetime
    reply: ReplyTo
    part: int = 0
    files: tuple[SharedFile, ...] = ()
    left_out: tuple[Failure, ...] = ()
    offers: tuple[Offer, ...] = ()
    wake_at: datetime | None = None
    unconnected: bool = False
    crowded: bool = False
    answered: Answered | None = None

    @property
    def direct(self) -> bool:
        return is_direct(self.channel)

    @property
    def dedupe_key(self) -> str:
        """Return the key of the one filing that may come of this prompt."""
        return f"prompt:{self.id}"
