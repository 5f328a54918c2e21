"""Whether a delivery is of the shape that Slack sends: what is read of it is there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A class; a list of one shape; a mapping of the shapes of fields, or of all with `_ANY`. What is
# not named may be anything, since Slack adds fields; and any field may be null.
Shape = type | list[Any] | dict[str, Any]

_ANY = "*"
_OPTION = {"value": str, "text": {"text": str}}
_INPUT = {
    "type": str,
    "value": str,
    "selected_option": _OPTION,
    "selected_options": [_OPTION],
    "files": [{"id": str}],
}
_WHO = {"id": str, "team_id": str}
_FILES = [{"id": str}]
_DELIVERY: Shape = {
    **dict.fromkeys(
        (
            *("action_id", "block_id", "callback_id", "challenge", "channel_id", "channel_name"),
            *("command", "enterprise_id", "event_id", "response_url", "team_id", "text"),
            *("trigger_id", "type", "user_id", "user_name", "value"),
        ),
        str,
    ),
    "actions": [{"action_id": str, "block_id": str, **_INPUT}],
    "authorizations": [{"enterprise_id": str, "team_id": str, "user_id": str}],
    "channel": {"id": str, "name": str},
    "container": {"thread_ts": str, "message_ts": str},
    "enterprise": {"id": str},
    "event": {
        **dict.fromkeys(("channel_id", "event_ts", "file_id", "type", "user_id"), str),
        "file": {"id": str},
        "tokens": {"bot": [str], "oauth": [str]},
    },
    "message": {
        **dict.fromkeys(("ts", "thread_ts", "user", "username", "team", "user_team"), str),
        "attachments": [{"files": _FILES}],
        "bot_profile": dict,
        "files": _FILES,
        "source_team": str,
        "text": str,
        "user_profile": dict,
    },
    "team": {"id": str},
    "user": _WHO,
    "view": {
        **dict.fromkeys(("callback_id", "hash", "id", "private_metadata", "type"), str),
        "blocks": [{"block_id": str, "element": {"options": [_OPTION]}}],
        "state": {"values": {_ANY: {_ANY: _INPUT}}},
    },
}
# What cannot be missing: the paths of it, by the kind of delivery.
_CLICKED = ("user.id", "trigger_id")
_NEEDED = {
    "block_actions": (*_CLICKED, "actions.action_id", "actions.type"),
    "block_suggestion": ("user.id", "action_id"),
    "event_callback": ("event.type",),
    "message_action": (*_CLICKED, "message", "callback_id"),
    "shortcut": (*_CLICKED, "callback_id"),
    "view_submission": ("user.id", "view.id", "view.type", "view.blocks", "view.state.values"),
}
_COMMAND = ("user_id", "team_id", "trigger_id")


def is_delivery(read: Mapping[str, Any]) -> bool:
    """Say whether Slack would send this."""
    kind = "event_callback" if "event" in read else str(read.get("type"))
    needed = _COMMAND if "command" in read else _NEEDED.get(kind, ())
    return _fits(read, _DELIVERY) and all(_has(read, path.split(".")) for path in needed)


def _fits(value: object, shape: Shape) -> bool:
    if value is None:
        return True
    if isinstance(shape, type):
        return isinstance(value, shape)
    if isinstance(shape, list):
        inside = value if isinstance(value, list) else [None]
        return all(one is not None and _fits(one, shape[0]) for one in inside)
    if not isinstance(value, dict):
        return False
    named = {name: shape.get(_ANY, shape.get(name)) for name in value}
    return all(_fits(value[name], inner) for name, inner in named.items() if inner is not None)


def _has(value: object, path: Sequence[str]) -> bool:
    """Say whether something stands at a path of names; in a list, in each and at least in one."""
    if isinstance(value, list):
        return bool(value) and all(_has(one, path) for one in value)
    if not path:
        return value is not None
    return isinstance(value, dict) and _has(value.get(path[0]), path[1:])
