"""One delivery of each kind that Slack sends, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WHO = {"id": "U1", "team_id": "T1"}
_CLICK: dict[str, Any] = {
    "type": "block_actions",
    "user": _WHO,
    "team": {"id": "T1"},
    "enterprise": None,
    "channel": {"id": "C1", "name": "sales"},
    "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"},
    "trigger_id": "1.2.x",
    "response_url": "https://hooks.example.com/1",
    "state": {"values": {}},
    "actions": [{"action_id": "a", "block_id": "b", "type": "button", "value": "v"}],
}
_FORM_SENT = {
    "type": "view_submission",
    "user": _WHO,
    "team": {"id": "T1"},
    "view": {
        "id": "V1",
        "type": "modal",
        "hash": "h",
        "callback_id": "c",
        "private_metadata": "m",
        "blocks": [{"block_id": "b", "element": {"options": [{"value": "v"}]}}],
        "state": {"values": {"b": {"a": {"type": "plain_text_input", "value": None}}}},
    },
}
_EVENT = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {"type": "file_shared", "file_id": "F1", "user_id": "U1", "channel_id": "C1"},
    "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "U2"}],
}
COMMAND = {
    "command": "/attach",
    "text": "case 7 12",
    "user_id": "U1",
    "team_id": "T1",
    "channel_id": "C1",
    "trigger_id": "1.2.x",
}
_SHORTCUT = {"type": "shortcut", "callback_id": "c", "trigger_id": "1.x", "user": _WHO}
_ON_MESSAGE = _SHORTCUT | {
    "type": "message_action",
    "message": {"ts": "1.2", "text": "hello", "user": "U1", "files": [{"id": "F1"}]},
}
_MENU = {"type": "block_suggestion", "action_id": "a", "value": "ac", "user": _WHO}
DELIVERIES: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("slash_commands", COMMAND),
    ("events_api", _EVENT),
    *(("interactive", one) for one in (_CLICK, _FORM_SENT, _SHORTCUT, _ON_MESSAGE, _MENU)),
)
"""With the name of the kind in Socket Mode."""
