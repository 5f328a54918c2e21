"""What Slack hands out for a while: trigger ids, response URLs and Socket Mode tickets."""

from __future__ import annotations

import dataclasses
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TRIGGER_SECONDS = 3
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


@dataclasses.dataclass(kw_only=True)
class Trigger:
    """A person's click or command, for which one form may be opened; `view` is where it was."""

    user: str
    until: float
    view: str = ""
    cause: int = 0
    used: bool = False


@dataclasses.dataclass(kw_only=True)
class ResponseUrl:
    """A way to answer a command or a click; `message` is the ts of what was clicked, if any."""

    user: str
    channel: str
    until: float
    thread: str = ""
    message: str = ""
    cause: int = 0
    uses: int = 0


class Tickets:
    """Everything that expires, by its secret name."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.links: set[str] = set()

    def trigger(self, user: str, cause: int, view: str = "") -> str:
        """Return a new trigger id."""
        name = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        until = self._clock() + TRIGGER_SECONDS
        self.triggers[name] = Trigger(user=user, until=until, view=view, cause=cause)
        return name

    def spend_trigger(self, name: object) -> Trigger | str:
        """Return the trigger of that id, or Slack's word for what is wrong with it."""
        trigger = self.triggers.get(name) if isinstance(name, str) else None
        if trigger is None:
            return "invalid_trigger_id"
        if trigger.used:
            return "exchanged_trigger_id"
        if self._clock() > trigger.until:
            return "expired_trigger_id"
        trigger.used = True
        return trigger

    def response_url(self, kind: str, team: str, answers: ResponseUrl) -> str:
        """Return the path of a new response URL."""
        path = f"/{kind}/{team}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        self.response_urls[path] = answers
        return path

    def new_response_url(self, user: str, channel: str, cause: int) -> ResponseUrl:
        """Return where answers to a person in a channel go, from now on for 30 minutes."""
        until = self._clock() + RESPONSE_SECONDS
        return ResponseUrl(user=user, channel=channel, until=until, cause=cause)

    def use_response_url(self, path: str) -> ResponseUrl | str:
        """Return where an answer goes, or Slack's word for what is wrong with the URL."""
        answers = self.response_urls.get(path)
        if answers is None:
            return "no_service"
        if self._clock() > answers.until:
            return "expired_url"
        if answers.uses >= RESPONSE_USES:
            return "used_url"
        answers.uses += 1
        return answers

    def link(self) -> str:
        """Return a ticket for one Socket Mode connection."""
        ticket = secrets.token_urlsafe(18)
        self.links.add(ticket)
        return ticket

    def use_link(self, ticket: str) -> bool:
        """Whether that ticket is good; it is so once."""
        good = ticket in self.links
        self.links.discard(ticket)
        return good
