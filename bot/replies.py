"""The rules of telling: which way is next, and what follows from how a message fared there.

Slack takes a message by several ways and gives none of them an idempotency key. So each message
counts what became of it, in the `ReplyTo` that is stored with the request.
"""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from bot.reply_to import Posted, ReplyTo, Way

if TYPE_CHECKING:
    from bot.domain import Message

URL_USES = 5
URL_LIFE = timedelta(minutes=30)
"""What Slack allows of a response URL (docs.slack.dev, "Handling user interaction")."""
URL_MARGIN = timedelta(seconds=30)
URL_TRIES = 3
"""So many failures in a row, and the response URL is left aside."""
TELL_FOR = timedelta(hours=24)
"""How long one message is tried while Slack is away."""
MOST_UNSURE = 2
"""So often nobody may know whether a message has appeared; after that it is not sent again."""
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
SHORTEST_PAUSE = 1.0
"""Seconds."""
UNREACHABLE = "unreachable"
"""What stands for Slack's word when no connection was made."""

REPEATABLE = frozenset({Way.REPLACE, Way.EDIT})
_BY_URL = frozenset({Way.REPLACE, Way.URL})
LAST = frozenset({Way.DIRECT, Way.CHANNEL})
_MAY_PASS = frozenset(
    {
        "message_limit_exceeded",
        "org_login_required",
        "rate_limited",
        "ratelimited",
        "request_timeout",  # in Slack's words: the request came in truncated
        "service_unavailable",
        "team_added_to_org",
    }
)
# "It's possible some aspect of the operation succeeded before the error was raised."
_MAY_HAVE_WORKED = frozenset({"fatal_error", "internal_error"})
_OK, _TOO_MANY, _SERVER_ERROR, _UNAVAILABLE = 200, 429, 500, 503


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """Slack has it; `posted` says where, if that message can be changed."""

    posted: Posted | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It was certainly not said. `code` is Slack's word; Slack wants `after` seconds of peace."""

    code: str
    passing: bool = False
    after: float = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Lost:
    """It may have been said: the answer did not come, or does not tell."""

    code: str


Outcome = Taken | Refused | Lost


class Verdict(Enum):
    """What has become of telling."""

    SAID = auto()
    AGAIN = auto()  # by `way_of`, at `retry_at` or at once
    GIVEN_UP = auto()


def answered(word: str, status: int, after: float = 0) -> Refused | Lost:
    """Judge an answer that is no success, by Slack's word ("" for none) and the HTTP status."""
    code = word or f"http_{status}"
    if word in _MAY_PASS or status in (_TOO_MANY, _UNAVAILABLE):
        return Refused(code=code, passing=True, after=after)
    garbled = status == _OK and not word
    if word in _MAY_HAVE_WORKED or status >= _SERVER_ERROR or garbled:
        return Lost(code)
    return Refused(code=code)


def way_of(reply: ReplyTo, now: datetime) -> Way:
    """Return the first way that is open; the last ones always are."""
    by_url = _url_is_open(reply, now)
    if by_url and reply.shown and not reply.openly:
        return Way.REPLACE
    if reply.posted is not None:
        return Way.EDIT
    if by_url:
        return Way.URL
    if reply.openly:
        return Way.CHANNEL
    return Way.EPHEMERAL if reply.channel and not reply.direct else Way.DIRECT


def _url_is_open(reply: ReplyTo, now: datetime) -> bool:
    if not reply.sealed_url or reply.url_until is None or reply.uses >= URL_USES:
        return False
    return now < reply.url_until - URL_MARGIN


def begun(reply: ReplyTo, message: Message, now: datetime) -> ReplyTo:
    """Note the intent to say this (`trying`, None: not any more), to be stored before it is sent.

    A process that finds an intent of the same message died on the way: what it sent is lost.
    """
    about = digest(message)
    if reply.about != about:
        reply = dataclasses.replace(settled(reply), about=about)
    elif reply.trying is not None:
        reply = _after_loss(reply, reply.trying)
    way = way_of(reply, now)
    if way not in REPEATABLE and reply.unsure >= MOST_UNSURE:
        return dataclasses.replace(reply, trying=None)
    return dataclasses.replace(reply, trying=way, uses=reply.uses + (way in _BY_URL))


def digest(message: Message) -> str:
    """Return a short name of what is said."""
    return hashlib.sha256(message.text.encode()).hexdigest()[:12]


def settled(reply: ReplyTo) -> ReplyTo:
    """Forget how the latest message fared; which ways are open stays."""
    return dataclasses.replace(
        reply, about="", trying=None, unsure=0, failures=0, failing_since=None, retry_at=None
    )


def follow(
    reply: ReplyTo, outcome: Outcome, now: datetime, chance: float
) -> tuple[ReplyTo, Verdict]:
    """Return the reply address after a try, and what has become of telling.

    A refusal for good closes the way, and the next one is tried at once. What may pass is tried
    again the same way. A message that may have appeared is said once more, by the next way.
    """
    way = reply.trying
    if way is None:
        return reply, Verdict.GIVEN_UP
    match outcome:
        case Taken(posted=posted):
            return _taken(reply, way, posted), Verdict.SAID
        case Refused(passing=False) if way in LAST:
            return dataclasses.replace(reply, trying=None), Verdict.GIVEN_UP
        case Refused(passing=False):
            return closed(reply, way), Verdict.AGAIN
        case Refused(code=code, after=after):
            unused = code == UNREACHABLE and way in _BY_URL
            reply = dataclasses.replace(reply, trying=None, uses=reply.uses - unused)
            return _later(reply, way, now, chance, after=after)
        case Lost():
            lost = _after_loss(reply, way)
            if way in LAST or way in REPEATABLE:
                return _later(lost, way, now, chance)
            return lost, Verdict.AGAIN


def _taken(reply: ReplyTo, way: Way, posted: Posted | None) -> ReplyTo:
    reply = settled(reply)
    if way in _BY_URL:
        return reply
    # What comes next changes this message, or follows it where it stands.
    return dataclasses.replace(reply, sealed_url="", shown=False, posted=posted)


def closed(reply: ReplyTo, way: Way) -> ReplyTo:
    """Leave a way aside for good."""
    reply = dataclasses.replace(reply, trying=None, failures=0, retry_at=None)
    match way:
        case Way.REPLACE | Way.URL:
            return dataclasses.replace(reply, sealed_url="", shown=False)
        case Way.EDIT:
            return dataclasses.replace(reply, posted=None)
        case Way.EPHEMERAL:
            return dataclasses.replace(reply, direct=True)
        case Way.DIRECT | Way.CHANNEL:
            return reply


def _after_loss(reply: ReplyTo, way: Way) -> ReplyTo:
    """Count a message that may have appeared; only where nothing new appears the way stays."""
    if way is Way.EDIT:
        return dataclasses.replace(reply, trying=None)
    if way is Way.REPLACE:  # once however often, and of weight only for the ways that follow
        return dataclasses.replace(reply, trying=None, unsure=max(1, reply.unsure))
    unsure = reply.unsure + 1
    return dataclasses.replace(closed(reply, way), unsure=unsure, failures=reply.failures)


def _later(
    reply: ReplyTo, way: Way, now: datetime, chance: float, *, after: float = 0
) -> tuple[ReplyTo, Verdict]:
    since = reply.failing_since or now
    until = since + TELL_FOR
    if now >= until:
        return reply, Verdict.GIVEN_UP
    failures = reply.failures + 1
    reply = dataclasses.replace(reply, failures=failures, failing_since=since)
    if way in _BY_URL and failures >= URL_TRIES:
        return closed(reply, way), Verdict.AGAIN
    bound = min(FIRST_PAUSE * 2.0 ** min(failures, 10), LONGEST_PAUSE)
    pause = max(SHORTEST_PAUSE, bound * chance, after and after + chance)
    retry_at = min(now + timedelta(seconds=pause), until)
    return dataclasses.replace(reply, retry_at=retry_at), Verdict.AGAIN
