"""Which deliveries have the shape that Slack sends; real ones pass in every other test."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bot.delivery_shape import is_delivery

CLICK = {
    "type": "block_actions",
    "user": {"id": "U1", "team_id": "T1"},
    "team": {"id": "T1"},
    "enterprise": None,
    "trigger_id": "1.2",
    "actions": [{"action_id": "a", "type": "button", "value": "v"}],
    "new_field": [{"of": 1}],
}
FORM = {
    "type": "view_submission",
    "user": {"id": "U1"},
    "view": {
        "id": "V1",
        "type": "modal",
        "blocks": [{"block_id": "b"}, {"element": {"options": [{"value": "v"}]}}],
        "state": {"values": {"b": {"a": {"value": None}}}},
    },
}
EVENT = {"type": "event_callback", "event": {"type": "message"}, "authorizations": [{}]}
COMMAND = {"command": "/attach", "user_id": "U1", "team_id": "T1", "trigger_id": "1"}


@pytest.mark.parametrize("delivery", [CLICK, FORM, EVENT, COMMAND, {"type": "something_new"}])
def test_what_slack_sends_fits(delivery: dict[str, Any]):
    assert is_delivery(delivery)


@pytest.mark.parametrize(
    ("delivery", "path", "value"),
    [
        (CLICK, ("user",), "U1"),
        (CLICK, ("user", "id"), None),
        (CLICK, ("team", "id"), {}),
        (CLICK, ("trigger_id",), None),
        (CLICK, ("trigger_id",), 1),
        (CLICK, ("actions",), []),
        (CLICK, ("actions",), {}),
        (CLICK, ("actions",), [None]),
        (CLICK, ("actions", 0, "action_id"), None),
        (CLICK, ("actions", 0, "value"), ["v"]),
        (FORM, ("view", "state"), None),
        (FORM, ("view", "state", "values", "b"), []),
        (FORM, ("view", "state", "values", "b", "a"), "text"),
        (FORM, ("view", "blocks", 1, "element", "options"), {}),
        (EVENT, ("event",), True),
        (EVENT | {"type": None}, ("event",), None),
        (EVENT, ("event", "type"), ["message"]),
        (EVENT, ("authorizations",), [None]),
        (COMMAND, ("user_id",), None),
        (COMMAND, ("command",), {}),
    ],
)
def test_s1_what_slack_never_sends_does_not_fit(
    delivery: dict[str, Any], path: tuple[str | int, ...], value: object
):
    bent: Any = copy.deepcopy(delivery)
    place = bent
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value

    assert not is_delivery(bent)
