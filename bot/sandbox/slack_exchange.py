"""One delivery to the bot and what came back: payload, acknowledgement, what it says."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.slack_screen import Json

PATIENCE = 3.0
"""Seconds that Slack waits for an acknowledgement."""


class Kind(StrEnum):
    """What is delivered, in the words of Socket Mode."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Which repetition of a delivery this is, and why Slack repeats it."""

    number: int
    reason: str = "http_timeout"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """How the bot answered a delivery.

    `status` is the HTTP status, 200 for an acknowledged envelope, and 0 when no answer came; `body`
    is parsed JSON or text; `trouble` says what kept an answer from coming.
    """

    status: int
    body: Any = None
    seconds: float = 0.0
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    trouble: str = ""

    @property
    def good(self) -> bool:
        """Whether Slack counts the delivery as taken."""
        return self.status == HTTPStatus.OK

    @classmethod
    def of_http(cls, status: int, raw: bytes, headers: dict[str, str], seconds: float) -> Ack:
        """Return an HTTP answer; a body that says it is JSON, and is not, stays text."""
        body: object = raw.decode(errors="replace")
        if raw and headers.get("content-type", "").startswith("application/json"):
            with contextlib.suppress(ValueError):
                body = json.loads(raw)
        return cls(status=status, body=body, seconds=seconds, headers=headers)


@dataclasses.dataclass(kw_only=True, eq=False)
class Exchange:
    """A delivery and its acknowledgements; the last of `acks` counts.

    `since` is how much had appeared in the workspace before it; `trouble` says what the person sees
    instead of an answer, or why Slack did not take what the acknowledgement said.
    """

    number: int
    kind: Kind
    payload: Json
    since: int
    user: str = ""
    channel: str = ""
    acks: list[Ack] = dataclasses.field(default_factory=list)
    trouble: str = ""

    @property
    def ack(self) -> Ack:
        """The last answer of the bot."""
        return self.acks[-1]

    @property
    def trigger_id(self) -> str:
        return str(self.payload.get("trigger_id", ""))

    @property
    def response_url(self) -> str:
        return str(self.payload.get("response_url", ""))

    @property
    def said(self) -> Json | None:
        """The message inside the acknowledgement of a command, or None."""
        body = self.ack.body
        if self.kind is not Kind.COMMAND or not self.ack.good or not body:
            return None
        if isinstance(body, str):
            return {"text": body}
        return body if isinstance(body, dict) and (body.get("text") or body.get("blocks")) else None


@dataclasses.dataclass(kw_only=True, eq=False)
class Submission(Exchange):
    """A form that was sent: `errors` stand at its fields, by the action_id of the field."""

    errors: dict[str, str] = dataclasses.field(default_factory=dict)
    action: str = ""
    """The `response_action` of the acknowledgement; empty when the form just closed."""
