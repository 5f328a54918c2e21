"""What a person is about to attach: the choices of a form that is open, or was a moment ago."""

from __future__ import annotations

import dataclasses
import secrets
from datetime import datetime  # noqa: TC003  (read at run time, to store a draft)
from enum import StrEnum

from bot.domain import EntityRef, Failure, PortalUrl, SlackUser  # noqa: TC001  (the same)
from bot.reply_to import ReplyTo  # noqa: TC001  (the same)


class Wish(StrEnum):
    """What else may happen once the files are attached."""

    THREAD = "thread"  # the thread of the message is told
    NOTE = "note"  # the text of the message becomes a file, too
    LINK = "link"  # the channel is linked to the record


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A file in Slack that the form shows; `size` in bytes, 0 where it is not known.

    It is `unseen` while Slack has not said what it is. `failure` is why it cannot be attached.
    """

    id: str
    name: str = ""
    size: int = 0
    mimetype: str = ""
    unseen: bool = False
    failure: Failure | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The message that a form was opened on; `text` is markup as Slack sends it.

    `ts` is Slack's name for it, `thread` that of the thread it stands in, or "". `author` is the
    id of a person, or "" of a bot, which has only a name. `foreign`: another company takes part.
    """

    channel: str
    ts: str
    thread: str = ""
    author: str = ""
    author_name: str = ""
    text: str = dataclasses.field(default="", repr=False)
    permalink: str = ""
    foreign: bool = False


def new_draft_id() -> str:
    """Return an id that nobody guesses: 128 random bits."""
    return secrets.token_urlsafe(16)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The state of a form, under a random id that is all the form carries.

    `place` is the name of the conversation that it was opened in, if it has one. `called` is the
    record as the menu words it. `ticked` are ids of `files`, None: all that can
    go. `numbers` is what was typed for files of the portal, `note` title and text of a note that
    an earlier request was to keep. `filled` is True once everything that has to be asked of others
    was asked.
    """

    user: SlackUser
    reply: ReplyTo
    id: str = dataclasses.field(default_factory=new_draft_id)
    place: str = ""
    origin: Origin | None = None
    files: tuple[Offered, ...] = ()
    record: EntityRef | None = None
    called: str = ""
    portal: PortalUrl | None = None
    numbers: str = ""
    note: tuple[str, str] | None = dataclasses.field(default=None, repr=False)
    ticked: frozenset[str] | None = None
    wishes: frozenset[Wish] = frozenset()
    filled: bool = True

    @property
    def can_go(self) -> tuple[Offered, ...]:
        return tuple(file for file in self.files if file.failure is None)

    @property
    def cannot_go(self) -> tuple[Offered, ...]:
        return tuple(file for file in self.files if file.failure is not None)

    @property
    def noted(self) -> bool:
        """Whether there is a text that can be kept as a file."""
        return self.note is not None or bool(self.origin and self.origin.text)

    def is_ticked(self, file: Offered) -> bool:
        return self.ticked is None or file.id in self.ticked


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SealedDraft:
    """A draft as it is stored: whose and of when it is can be read, the rest only its owner's."""

    id: str
    team: str
    user: str
    made_at: datetime
    body: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class FiledBefore:
    """A file that this workspace attached before; `record` is None where it is private."""

    name: str
    record: EntityRef | None
    by: str
    at: datetime


class Threads(StrEnum):
    """Whether everybody can be told in the thread of a message."""

    OPEN = "open"
    SHARED = "shared"  # another company reads it
    UNHEARD = "unheard"  # nothing was ever heard from this conversation: the bot may not be in it
    NONE = "none"  # there is no message

    @property
    def open(self) -> bool:
        return self is Threads.OPEN


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the form shows beside the draft. `email` is the account's that will act."""

    email: str = ""
    before: tuple[FiledBefore, ...] = ()
    threads: Threads = Threads.NONE
    linkable: bool = False
