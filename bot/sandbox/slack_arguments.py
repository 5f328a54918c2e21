"""What each Web API method takes: its arguments, its scope, and messages and views in them."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from bot.sandbox.slack_blocks import block_problems, view_problems

if TYPE_CHECKING:
    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_shapes import Problem

MOST_TEXT = 40_000


class RefusedError(Exception):
    """Slack's answer when it does not do what was asked: its word, and what else stands there."""

    def __init__(self, error: str, **details: object) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **details}


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """What a method takes. `scope` is what the bot must hold; `owner` says whose token it takes."""

    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    scope: str = ""
    owner: str = "bot"


_TEXT = ("text", "blocks", "attachments", "as_user", "link_names", "markdown_text", "parse")
_LOOKS = ("icon_emoji", "icon_url", "username")
_OF_MESSAGE = ("unfurl_links", "unfurl_media", "mrkdwn", "reply_broadcast", "metadata")

METHODS = {
    "api.test": Method(may=("error", "foo"), owner=""),
    "apps.connections.open": Method(owner="app"),
    "auth.test": Method(),
    "blocks.validate": Method(may=("blocks", "message", "view")),
    "chat.delete": Method(("channel", "ts"), ("as_user",), "chat:write"),
    "chat.getPermalink": Method(("channel", "message_ts")),
    "chat.postEphemeral": Method(("channel", "user"), (*_TEXT, *_LOOKS, "thread_ts"), "chat:write"),
    "chat.postMessage": Method(
        ("channel",), (*_TEXT, *_LOOKS, *_OF_MESSAGE, "thread_ts"), "chat:write"
    ),
    "chat.update": Method(
        ("channel", "ts"), (*_TEXT, "file_ids", "metadata", "reply_broadcast"), "chat:write"
    ),
    "conversations.info": Method(
        ("channel",), ("include_locale", "include_num_members"), "channels:read"
    ),
    "conversations.open": Method((), ("channel", "return_im", "users"), "im:write"),
    "files.info": Method(("file",), ("count", "cursor", "limit", "page"), "files:read"),
    "reactions.add": Method(("channel", "name", "timestamp"), (), "reactions:write"),
    "users.info": Method(("user",), ("include_locale",), "users:read"),
    "views.open": Method(("view",), ("trigger_id", "interactivity_pointer")),
    "views.publish": Method(("user_id", "view"), ("hash",)),
    "views.push": Method(("view",), ("trigger_id", "interactivity_pointer")),
    "views.update": Method(("view",), ("external_id", "hash", "view_id")),
}
_ALWAYS = ("team_id", "token")
_JSON = ("attachments", "blocks", "message", "metadata", "view")


def method_of(name: str) -> Method:
    """Return what a method takes."""
    if name not in METHODS:
        raise RefusedError("unknown_method", req_method=name)
    return METHODS[name]


def checked(method: Method, given: Json) -> Json:
    """Return the arguments of a call, JSON strings parsed; refuse unknown and missing ones."""
    unknown = [name for name in given if name not in (*method.must, *method.may, *_ALWAYS)]
    missing = [name for name in method.must if given.get(name) in (None, "")]
    complaints = [
        *(f"[ERROR] unknown argument: {name}" for name in unknown),
        *(f"[ERROR] missing required field: {name}" for name in missing),
    ]
    if complaints:
        raise invalid_arguments(complaints)
    return {name: _parsed(name, value) for name, value in given.items()}


def invalid_arguments(messages: list[str]) -> RefusedError:
    """Return the refusal that says which arguments are wrong."""
    return RefusedError("invalid_arguments", response_metadata={"messages": messages})


def truth(value: object) -> bool:
    """Return a boolean argument in whatever form it came."""
    return value in (True, "1", "true", "True", 1)


def content(args: Json) -> tuple[str, list[Json]]:
    """Return the text and blocks of a message; refuse what Slack refuses."""
    text, blocks = args.get("text") or args.get("markdown_text") or "", args.get("blocks") or []
    if not text and not blocks and not args.get("attachments"):
        raise RefusedError("no_text")
    if len(text) > MOST_TEXT:
        raise RefusedError("msg_too_long")
    refuse_blocks(block_problems(blocks))
    return text, blocks


def refuse_blocks(problems: list[Problem]) -> None:
    """Refuse blocks that have problems."""
    if problems:
        messages = [f"[ERROR] {problem}" for problem in problems]
        metadata = {"messages": messages}
        errors = [str(problem) for problem in problems]
        raise RefusedError("invalid_blocks", errors=errors, response_metadata=metadata)


def check_view(view: object, kind: str) -> None:
    """Refuse a view that is wrong, or of another kind."""
    problems = [f"[ERROR] {problem}" for problem in view_problems(view)]
    if isinstance(view, dict) and view.get("type") != kind:
        problems.append(f"[ERROR] must be a valid enum value: {kind} [json-pointer:/view/type]")
    if problems:
        raise invalid_arguments(problems)


def _parsed(name: str, value: object) -> object:
    if name not in _JSON or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise invalid_arguments([f"[ERROR] invalid JSON: {name}"]) from None
