"""What Slack says of a file, as a model, and what follows: a file, or why it cannot be taken.

Of some 150 fields a dozen matter. Any of them may be missing, null or of an odd type; then it says
nothing.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from bot import errors
from bot.file_names import clean_name, with_extension
from bot.slack_file import SlackFile

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FILES = frozenset({"hosted", "snippet"})
_GONE = frozenset({"tombstone", "hidden_by_limit"})
_KINDS = {
    "canvas": "canvas",
    "quip": "canvas",
    "application/vnd.slack-docs": "canvas",
    "list": "list",
    "application/vnd.slack-list": "list",
    "post": "post",
    "space": "post",
    "external": "link",
}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _flag(value: object) -> bool:
    return value is True


def _ids(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else ()


def _shared_in(value: object) -> tuple[str, ...]:
    return tuple(channel for kind in _table(value).values() for channel in _table(kind))


Text = Annotated[str, BeforeValidator(_text)]
Ids = Annotated[tuple[str, ...], BeforeValidator(_ids)]


class WireFile(BaseModel):
    """A file object of Slack's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Text = ""
    name: Text = ""
    title: Text = ""
    mimetype: Text = ""
    filetype: Text = ""
    mode: Text = ""
    size: Annotated[int | None, BeforeValidator(_count)] = None
    is_external: Annotated[bool, BeforeValidator(_flag)] = False
    file_access: Text = ""
    url_private: Text = ""
    url_private_download: Text = ""
    permalink: Text = ""
    user: Text = ""
    is_public: Annotated[bool, BeforeValidator(_flag)] = False
    channels: Ids = ()
    groups: Ids = ()
    ims: Ids = ()
    shares: Annotated[tuple[str, ...], BeforeValidator(_shared_in)] = ()

    def shown_to(self, person: str, channel: str) -> bool:
        """Say whether a person who is in a conversation is known to see the file."""
        if self.user == person or self.is_public:
            return True
        return channel in (*self.channels, *self.groups, *self.ims, *self.shares)

    @property
    def called(self) -> str:
        return self.name or self.title

    @property
    def url(self) -> str:
        return self.url_private_download or self.url_private

    @property
    def kind(self) -> str:
        """What it is if it is no file, or ""."""
        if self.is_external:
            return "link"
        # A file proper may be of any type: `apt.list` is one.
        filetype = "" if self.mode in _FILES else self.filetype
        traits = (self.mode, filetype, self.mimetype)
        return next((_KINDS[trait] for trait in traits if trait in _KINDS), "")


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """One message that a file stands in: its `ts`, and that of its thread if it is an answer."""

    ts: str
    thread: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Which files may go to CRM: not of a `blocked` extension, not of more bytes than `largest`.

    With an `asker`, only such as this person is known to see: the bot's token reads files of every
    conversation that the bot is in, and a link to one may come from anywhere.
    """

    blocked: Collection[str] = ()
    largest: int | None = None
    asker: str = ""


def slack_file(described: Mapping[str, Any], rules: Rules, channel: str = "") -> SlackFile:
    """Return the file that Slack describes; `channel` is where somebody saw it.

    Raises:
        SlackFileRefusedError: it cannot go to CRM.
        SlackFileUnreadyError: Slack cannot say yet what it is.

    """
    wire = WireFile.model_validate(described)
    _check_access(wire, channel)
    if rules.asker and not wire.shown_to(rules.asker, channel):
        raise errors.SlackFileElsewhereError(wire.id)  # without its name, which is theirs as well
    if kind := wire.kind:
        raise errors.SlackFileKindError(wire.id, wire.title or wire.name, kind)
    file = _file(wire)
    _check_rules(file, rules)
    return file


def share_in(described: Mapping[str, Any], channel: str) -> Share | None:
    """Return the newest message of a conversation in which the file was shared, if Slack tells.

    `shares` holds, by kind and then by conversation, one entry for each message.
    """
    kinds = _table(described.get("shares")).values()
    entries = [entry for kind in kinds for entry in _listed(_table(kind).get(channel))]
    found = [Share(_text(entry.get("ts")), _text(entry.get("thread_ts"))) for entry in entries]
    newest = max((share for share in found if share.ts), key=_time, default=None)
    # The first message of a thread names itself.
    return Share(newest.ts) if newest and newest.thread == newest.ts else newest


def _time(share: Share) -> tuple[int, str]:
    """Return what sorts as times do: seconds of any length, then the rest."""
    seconds, _, rest = share.ts.partition(".")
    return (int(seconds) if seconds.isdecimal() else 0, rest)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Mapping[str, Any]]:
    return [_table(one) for one in value] if isinstance(value, list) else []


def _check_access(wire: WireFile, channel: str) -> None:
    if wire.mode in _GONE:
        limited = wire.mode == "hidden_by_limit"
        raise errors.SlackFileGoneError(wire.id, wire.called, limited)
    match wire.file_access:
        case "" | "visible":
            return
        case "check_file_info":
            raise errors.SlackFileForeignError(wire.id, wire.called)
        case "file_not_found":
            raise errors.SlackFileGoneError(wire.id, wire.called)
        case _:
            raise errors.SlackFileHiddenError(wire.id, wire.called, channel)


def _file(wire: WireFile) -> SlackFile:
    if wire.size is None or not wire.url:
        raise errors.SlackFileUnreadyError(wire.id, wire.called)
    if wire.size == 0:
        raise errors.SlackFileEmptyError(wire.id, wire.called)
    return SlackFile(
        id=wire.id,
        name=wire.called,
        title=_title(wire),
        size=wire.size,
        url=wire.url,
        mimetype=wire.mimetype.lower(),
        permalink=wire.permalink,
        uploader=wire.user,
    )


def _title(wire: WireFile) -> str:
    """Return its name; a file without one gets the extension of its type."""
    found = clean_name(wire.title) or f"file-{wire.id}"
    return clean_name(wire.name) or with_extension(found, wire.mimetype)


def _check_rules(file: SlackFile, rules: Rules) -> None:
    if file.extension in rules.blocked:
        raise errors.SlackFileTypeError(file.id, file.name, file.extension)
    if rules.largest is not None and file.size > rules.largest:
        raise errors.SlackFileTooLargeError(file.id, file.name, file.size, rules.largest)
