"""Where answers go, and how far the present one has come."""

from __future__ import annotations

import dataclasses
from datetime import datetime  # noqa: TC003  (read at run time, to store it)
from enum import StrEnum


class Way(StrEnum):
    """How one message reaches people. The first two can be repeated: nothing new appears."""

    REPLACE = "replace"  # the response URL of a click, in place of what was clicked on
    EDIT = "edit"  # change the message that stands there already
    URL = "url"  # the response URL of a command: one message more
    EPHEMERAL = "ephemeral"
    DIRECT = "direct"  # the person's direct messages
    CHANNEL = "channel"  # the conversation, for everybody


@dataclasses.dataclass(frozen=True, slots=True)
class Posted:
    """A message of the bot's own that it can change: its conversation, and Slack's name for it."""

    channel: str
    ts: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """Where answers go: first the sealed response URL, then the conversation, then the person.

    `uses` counts what was sent to the response URL (Slack takes 5 in 30 minutes). `shown` is True
    for the URL of a click: what is said takes the place of the message that was clicked on. (The
    URL of a command replaces nothing, whatever it is asked.) `posted` is a message that shows the
    same request and can be changed. `direct` is True once the conversation has refused, `openly`
    where everybody is to read it.

    Of the message `about` (a digest of it): `trying` is the way on which it may be this moment,
    stored before it is sent; `unsure` counts the times that nobody knows whether it has appeared;
    after `failures` in a row since `failing_since`, the next try is due at `retry_at`.
    """

    channel: str = ""
    thread: str = ""
    sealed_url: str = dataclasses.field(default="", repr=False)
    url_until: datetime | None = None
    uses: int = 0
    shown: bool = False
    posted: Posted | None = None
    direct: bool = False
    openly: bool = False
    about: str = ""
    trying: Way | None = None
    unsure: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    retry_at: datetime | None = None
