"""Slack's markup as text for a terminal: bold, code, links with their target, people, dates."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.slack_workspace import Workspace

TARGET: Final = "dim"
MENTION: Final = "cyan"
CODE: Final = "magenta"

_NEVER_SHOWN: Final = frozenset({"Cc", "Cf", "Cs"})
_SPAN: Final = r"(?<![\w{0}]){0}(?P<{1}>[^\s{0}](?:[^{0}\n]*[^\s{0}])?){0}(?![\w{0}])"
_TOKEN: Final = re.compile(
    "|".join(
        (
            r"`(?P<code>[^`\n]+)`",
            r"<(?P<angle>[^<>\n]+)>",
            _SPAN.format(r"\*", "bold"),
            _SPAN.format("_", "italic"),
            _SPAN.format("~", "strike"),
        )
    )
)
_DATE: Final = re.compile(r"!date\^(\d{1,12})\^([^^|]+)(?:\^[^|]*)?\|(.*)")
_DATE_PART: Final = re.compile(r"\{(\w+)\}")
_PATH: Final = re.compile(r"([^?#]*)(.*)")


def local_now() -> datetime:
    return datetime.now().astimezone()


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the screen: the names they know, and the time where they are."""

    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    clock: Callable[[], datetime] = local_now

    @classmethod
    def of(cls, workspace: Workspace) -> Reader:
        """Return somebody who knows everybody in a workspace."""
        people = {person.id: f"@{person.real_name}" for person in workspace.people.values()}
        channels = {place.id: f"#{place.name}" for place in workspace.channels.values()}
        return cls({**people, **channels})

    def name(self, slack_id: str, sign: str) -> str:
        return self.names.get(slack_id, f"{sign}{slack_id}")


def visible(text: str) -> str:
    """Return a text without the characters that could steer the terminal; lines stay lines."""
    return "".join(
        character
        for character in text.replace("\t", " ")
        if character == "\n" or unicodedata.category(character) not in _NEVER_SHOWN
    )


def plain(text: str, style: str | Style = "") -> Text:
    """Return a text as it is: nothing in it is markup, neither Slack's nor the terminal's."""
    return Text(visible(text), style)


def marked(markup: str, reader: Reader) -> Text:
    """Return Slack markup as it looks to a reader."""
    shown = Text()
    rest = visible(markup)
    while found := _TOKEN.search(rest):
        shown.append(_unescaped(rest[: found.start()]))
        shown.append_text(_token(found, reader))
        rest = rest[found.end() :]
    return shown.append(_unescaped(rest))


def tail(url: str) -> str:
    """Return the end of an address, which tells one link of a portal from another."""
    host, _, path = (url.partition("://")[2] or url).partition("/")
    found = _PATH.fullmatch(path)
    place, query = found.groups() if found else (path, "")
    segments = [segment for segment in place.split("/") if segment]
    last = "".join(segments[-1:]) + ("/" if segments and place.endswith("/") else "")
    return last + query or host


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _token(found: re.Match[str], reader: Reader) -> Text:
    kind, inside = next((name, text) for name, text in found.groupdict().items() if text)
    if kind == "code":
        return Text(_unescaped(inside), CODE)
    if kind == "angle":
        return _angle(inside, reader)
    shown = marked(inside, reader)
    shown.stylize(kind)
    return shown


def _angle(inside: str, reader: Reader) -> Text:
    """Return what stands in angle brackets: a person, a channel, a date, a call, or a link."""
    target, _, label = inside.partition("|")
    match inside[0]:
        case "@" | "#" as sign:
            return Text(reader.name(target[1:], sign), MENTION)
        case "!" if inside.startswith("!date^"):
            return Text(_date(inside, reader))
        case "!":
            return Text(label or f"@{target[1:].partition('^')[0]}", MENTION)
    return _link(_unescaped(target), _unescaped(label))


def _link(url: str, label: str) -> Text:
    shown = Text().append(label or url, Style(underline=True, link=url))
    return shown.append(f" ({tail(url)})", TARGET) if label else shown


def _date(inside: str, reader: Reader) -> str:
    """Return a date token in the reader's own time, or its fallback when it cannot be read."""
    found = _DATE.fullmatch(inside)
    if found is None:
        return _unescaped(inside.partition("|")[2])
    now = reader.clock()
    at = datetime.fromtimestamp(int(found[1]), now.tzinfo)
    parts = {part: _date_part(part, at, now) for part in _DATE_PART.findall(found[2])}
    if not all(parts.values()):
        return _unescaped(found[3])
    return _DATE_PART.sub(lambda part: parts[part[1]], found[2])


def _date_part(part: str, at: datetime, now: datetime) -> str:
    if part.endswith("_pretty"):
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((at.date() - now.date()).days)
        return near or _date_part(part.removesuffix("_pretty"), at, now)
    return {
        "date_num": f"{at:%Y-%m-%d}",
        "date": f"{at.day} {at:%B %Y}",
        "date_short": f"{at.day} {at:%b %Y}",
        "date_long": f"{at:%A}, {at.day} {at:%B %Y}",
        "time": f"{at:%H:%M}",
        "time_secs": f"{at:%H:%M:%S}",
    }.get(part, "")
