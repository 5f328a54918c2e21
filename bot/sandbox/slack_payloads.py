"""The payloads that Slack sends, field by field as it sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.slack_objects import APP, Descriptions
from bot.sandbox.slack_workspace import BOT, TEAM, ChannelKind

if TYPE_CHECKING:
    from bot.sandbox.slack_screen import Json, Part
    from bot.sandbox.slack_views import OpenView
    from bot.sandbox.slack_workspace import Channel, Message, Person, StoredFile

DOMAIN = "acme"
VERIFICATION = "not-used-any-more"
"""Slack still sends this old kind of proof; it protects nothing."""


class Payloads(Descriptions):
    """Builds what is delivered to the bot."""

    def command(self, person: Person, channel: Channel, name: str, text: str) -> Json:
        """Return a slash command without its trigger id and response URL."""
        return {
            "token": VERIFICATION,
            "team_id": TEAM,
            "team_domain": DOMAIN,
            "channel_id": channel.id,
            "channel_name": _name(channel),
            "user_id": person.id,
            "user_name": person.name,
            "command": name,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
        }

    def click_on_message(self, person: Person, message: Message, part: Part) -> Json:
        """Return block_actions for an element of a message; ephemeral ones come without it."""
        channel = self.workspace.channels[message.channel]
        ephemeral = bool(message.only_for)
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        }
        if message.thread:
            container["thread_ts"] = message.thread
        payload: Json = {
            **self._interaction("block_actions", _both_names(person)),
            "container": container,
            "api_app_id": APP,
            "channel": {"id": channel.id, "name": _name(channel)},
            "state": {"values": {}},
            "actions": [self._action(part)],
        }
        return payload if ephemeral else {**payload, "message": self.message(message)}

    def click_on_view(self, person: Person, view: OpenView, part: Part) -> Json:
        """Return block_actions for an element of a form or of Home."""
        return {
            **self._interaction("block_actions", _both_names(person)),
            "container": {"type": "view", "view_id": view.id},
            "api_app_id": APP,
            "view": self.view(view),
            "actions": [self._action(part)],
        }

    def submission(self, person: Person, view: OpenView) -> Json:
        """Return view_submission."""
        return {
            **self._interaction("view_submission", _both_names(person)),
            "api_app_id": APP,
            "view": self.view(view),
            "response_urls": [],
        }

    def closing(self, person: Person, view: OpenView, *, cleared: bool) -> Json:
        """Return view_closed."""
        return {
            **self._interaction("view_closed", _both_names(person)),
            "api_app_id": APP,
            "view": self.view(view),
            "is_cleared": cleared,
        }

    def suggestion(self, person: Person, view: OpenView, part: Part, typed: str) -> Json:
        """Return block_suggestion for a menu in a form."""
        return {
            **self._interaction("block_suggestion", _both_names(person)),
            "container": {"type": "view", "view_id": view.id},
            "api_app_id": APP,
            "action_id": part.element["action_id"],
            "block_id": part.block["block_id"],
            "value": typed,
            "view": self.view(view),
        }

    def message_shortcut(self, person: Person, message: Message, callback_id: str) -> Json:
        """Return message_action: with a user `name`, without `username` and api_app_id."""
        user = {"id": person.id, "name": person.name, "team_id": person.team}
        channel = self.workspace.channels[message.channel]
        return {
            **self._interaction("message_action", user),
            "action_ts": self.workspace.new_ts(),
            "callback_id": callback_id,
            "channel": {"id": channel.id, "name": _name(channel)},
            "message_ts": message.ts,
            "message": self.message(message),
        }

    def global_shortcut(self, person: Person, callback_id: str) -> Json:
        """Return shortcut: with `username`, without `name`, channel and api_app_id."""
        user = {"id": person.id, "username": person.name, "team_id": person.team}
        return {
            **self._interaction("shortcut", user),
            "action_ts": self.workspace.new_ts(),
            "callback_id": callback_id,
        }

    def event(self, event: Json, *, shared: bool = False) -> Json:
        """Return the envelope around an event."""
        event_id = self.workspace.new_id("Ev")
        authorization = {
            "enterprise_id": None,
            "team_id": TEAM,
            "user_id": BOT,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": VERIFICATION,
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self.workspace.clock()),
            "authorizations": [authorization],
            "is_ext_shared_channel": shared,
            "event_context": f"4-{event_id}",
        }

    def file_shared(self, file: StoredFile, channel: str) -> Json:
        """Return the event of a shared file: ids only."""
        return {
            "type": "file_shared",
            "file_id": file.id,
            "user_id": file.user,
            "file": {"id": file.id},
            "channel_id": channel,
            "event_ts": self.workspace.new_ts(),
        }

    def file_message(self, message: Message) -> Json:
        """Return the message event that comes along with shared files."""
        kinds = {ChannelKind.PUBLIC: "channel", ChannelKind.PRIVATE: "group"}
        channel = self.workspace.channels[message.channel]
        event = {
            **self.message(message),
            "subtype": "file_share",
            "upload": False,
            "display_as_bot": False,
            "channel": channel.id,
            "channel_type": kinds.get(channel.kind, "im"),
            "event_ts": message.ts,
        }
        parent = self.workspace.messages.get(message.thread)
        return {**event, "parent_user_id": parent.author} if parent else event

    def home_opened(self, person: Person, tab: str, view: OpenView | None) -> Json:
        """Return the event of somebody looking at the app; `view` is the Home tab so far."""
        event: Json = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": self.workspace.direct(person.id).id,
            "tab": tab,
            "event_ts": self.workspace.new_ts(),
        }
        return {**event, "view": self.view(view)} if view and tab == "home" else event

    def _interaction(self, kind: str, user: Json) -> Json:
        return {
            "type": kind,
            "user": user,
            "team": {"id": TEAM, "domain": DOMAIN},
            "token": VERIFICATION,
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _action(self, part: Part) -> Json:
        element = part.element
        action: Json = {
            "action_id": element["action_id"],
            "block_id": part.block["block_id"],
            "type": element["type"],
            "action_ts": self.workspace.new_ts(),
        }
        for name in ("text", "value", "style", "placeholder", "confirm"):
            if name in element:
                action[name] = element[name]
        if part.option and element["type"] in ("checkboxes", "multi_static_select"):
            action["selected_options"] = [part.option]
        elif part.option:
            action["selected_option"] = part.option
        return action


def _both_names(person: Person) -> Json:
    return {
        "id": person.id,
        "username": person.name,
        "name": person.name,
        "team_id": person.team,
    }


def _name(channel: Channel) -> str:
    """Return a channel's name as payloads have it: only public ones are named."""
    return "privategroup" if channel.kind is ChannelKind.PRIVATE else channel.name
