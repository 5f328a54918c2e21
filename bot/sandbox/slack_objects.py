"""Messages, views and files as Slack describes them inside payloads and answers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.sandbox.slack_inputs import with_files
from bot.sandbox.slack_workspace import BOT, TEAM, ChannelKind

if TYPE_CHECKING:
    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_views import OpenView
    from bot.sandbox.slack_workspace import Message, Person, StoredFile, Workspace

APP = "A0ATTACH"
BOT_ID = "B0ATTACH"
_GONE = ("tombstone", "hidden_by_limit")
_KINDS = {
    "quip": ("quip", "application/vnd.slack-docs"),
    "list": ("list", "application/vnd.slack-list"),
    "space": ("space", "text/plain"),
}
"""What is no file, by its mode: its filetype and mimetype."""


@dataclasses.dataclass
class Descriptions:
    """Describes what is in a workspace; `url` is Slack's own address, known once it listens."""

    workspace: Workspace
    url: str = ""

    def person(self, person: Person) -> Json:
        """Return a person as users.info describes them."""
        own = person.team == TEAM
        return {
            "id": person.id,
            "team_id": person.team,
            "name": person.name,
            "deleted": False,
            "color": "9f69e7",
            "real_name": person.real_name,
            "tz": "Europe/Riga",
            "tz_label": "Eastern European Time",
            "tz_offset": 7200,
            "profile": {
                "real_name": person.real_name,
                "display_name": person.name,
                "status_text": "",
                "status_emoji": "",
                "team": person.team,
            },
            "is_admin": person.admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": person.guest,
            "is_ultra_restricted": False,
            "is_bot": person.bot,
            "is_app_user": False,
            "updated": int(self.workspace.clock()),
        } | ({} if own else {"is_stranger": True})

    def message(self, message: Message) -> Json:
        """Return a message as Slack describes it."""
        body: Json = {
            "type": "message",
            "user": message.author,
            "ts": message.ts,
            "text": message.text,
            "team": self.workspace.people[message.author].team,
            "blocks": message.blocks,
        }
        if message.author == BOT:
            body |= {"bot_id": BOT_ID, "app_id": APP}
        if message.thread:
            body["thread_ts"] = message.thread
        if message.files:
            body["files"] = [self.file(file) for file in message.files]
        if message.edited:
            body["edited"] = {"user": message.author, "ts": message.ts}
        return body

    def view(self, view: OpenView) -> Json:
        """Return a view as Slack describes it: every field, empty or not."""
        content = view.content
        described: Json = {
            "id": view.id,
            "team_id": TEAM,
            "type": content["type"],
            "blocks": view.blocks,
            "private_metadata": content.get("private_metadata", ""),
            "callback_id": content.get("callback_id", ""),
            "state": {"values": self._values(view)},
            "hash": view.hash,
            "title": content.get("title", {"type": "plain_text", "text": "Home", "emoji": True}),
            "clear_on_close": content.get("clear_on_close", False),
            "notify_on_close": content.get("notify_on_close", False),
            "close": content.get("close"),
            "submit": content.get("submit"),
            "previous_view_id": view.previous,
            "root_view_id": view.root,
            "app_id": APP,
            "external_id": content.get("external_id", ""),
            "app_installed_team_id": TEAM,
            "bot_id": BOT_ID,
        }
        return described

    def file(self, file: StoredFile) -> Json:
        """Return a file as Slack describes it; one to be asked for comes as a stub."""
        if file.file_access == "check_file_info":
            return _stub(file, file.file_access)
        return self.whole_file(file)

    def whole_file(self, file: StoredFile) -> Json:
        """Return a file as files.info describes it."""
        if file.mode in _GONE:
            return {"id": file.id, "mode": file.mode}
        if file.info_access != "visible":
            return _stub(file, file.info_access)
        name = file.name or ""
        ending = name.rpartition(".")[2].lower() or "binary"
        kind, mimetype = _KINDS.get(file.mode, (ending, file.mimetype))
        page = f"{self.url}/files/{file.user}/{file.id}/{name}"
        described: Json = {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "mimetype": mimetype,
            "filetype": kind,
            "pretty_type": kind.upper(),
            "user": file.user,
            "user_team": self.workspace.people[file.user].team,
            "editable": False,
            "size": len(file.content) if file.size is None else file.size,
            "mode": file.mode,
            "is_external": file.is_external,
            "external_type": "gdrive" if file.is_external else "",
            "is_public": self._shared_in(file, ChannelKind.PUBLIC) != [],
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "permalink": page,
            "is_starred": False,
            "has_rich_preview": False,
            "file_access": "visible",
            "channels": self._shared_in(file, ChannelKind.PUBLIC),
            "groups": self._shared_in(file, ChannelKind.PRIVATE),
            "ims": self._shared_in(file, ChannelKind.DIRECT),
            "shares": self._shares(file),
        }
        if file.processing:
            missing = dict.fromkeys(("mimetype", "filetype", "pretty_type"), "")
            return {name: missing.get(name, value) for name, value in described.items()} | {
                "size": None
            }
        private = page if file.is_external else f"{self.url}/files-pri/{TEAM}-{file.id}"
        return described | {
            "url_private": private if file.is_external else f"{private}/{name}",
            "url_private_download": private if file.is_external else f"{private}/download/{name}",
        }

    def _shared_in(self, file: StoredFile, kind: ChannelKind) -> list[str]:
        channel = self.workspace.channels[file.channel]
        return [channel.id] if channel.kind is kind else []

    def _shares(self, file: StoredFile) -> Json:
        """Return the messages that a file stands in, by kind of conversation."""
        shares: Json = {}
        for message in self.workspace.messages.values():
            if not any(one.id == file.id for one in message.files):
                continue
            channel = self.workspace.channels[message.channel]
            kind = "public" if channel.kind is ChannelKind.PUBLIC else "private"
            share = {
                "reply_users": [],
                "reply_users_count": 0,
                "reply_count": 0,
                "ts": message.ts,
                "channel_name": channel.name,
                "team_id": TEAM,
                "share_user_id": message.author,
            }
            if message.thread:
                share["thread_ts"] = message.thread
            shares.setdefault(kind, {}).setdefault(channel.id, []).append(share)
        return shares

    def _values(self, view: OpenView) -> Json:
        def described(file: str) -> Json:
            return self.whole_file(self.workspace.files[file])

        values: Json = {}
        for block, actions in view.state.items():
            values[block] = {name: with_files(value, described) for name, value in actions.items()}
        return values


def _stub(file: StoredFile, access: str) -> Json:
    """Return what Slack says of a file that another company's Slack keeps."""
    nothing = {"created": 0, "timestamp": 0, "user": ""}
    return {"id": file.id, "mode": "file_access", "file_access": access, **nothing}
