"""Slack's Web API as far as a bot of this kind calls it, refusals included."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.sandbox.slack_arguments import (
    RefusedError,
    check_view,
    checked,
    content,
    invalid_arguments,
    method_of,
    refuse_blocks,
    truth,
)
from bot.sandbox.slack_blocks import block_problems, view_problems
from bot.sandbox.slack_objects import BOT_ID
from bot.sandbox.slack_views import DEEPEST
from bot.sandbox.slack_workspace import BOT, TEAM, ChannelKind, Message

if TYPE_CHECKING:
    from bot.sandbox.slack_objects import Descriptions
    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_tickets import Tickets, Trigger
    from bot.sandbox.slack_views import Views
    from bot.sandbox.slack_workspace import Channel, Workspace


@dataclasses.dataclass(kw_only=True, eq=False)
class WebApi:
    """Answers calls; `scopes` are what the bot holds, `installed` turns False on uninstalling."""

    workspace: Workspace
    views: Views
    tickets: Tickets
    descriptions: Descriptions
    tokens: dict[str, str]
    """The good tokens, by kind: bot and app."""
    scopes: set[str]
    installed: bool = True

    def answer(self, name: str, given: Json, token: str) -> Json:
        """Do what is asked and return the answer."""
        try:
            return {"ok": True, **self._done(name, given, token)}
        except RefusedError as refused:
            return refused.answer

    def _done(self, name: str, given: Json, token: str) -> Json:
        method = method_of(name)
        self._authorize(method.owner, token)
        if method.scope and method.scope not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise RefusedError("missing_scope", needed=method.scope, provided=provided)
        return _DOERS[name](self, checked(method, given))

    def _authorize(self, kind: str, token: str) -> None:
        if not kind:
            return
        if token != self.tokens[kind]:
            known = token in self.tokens.values()
            unknown = "invalid_auth" if token else "not_authed"
            raise RefusedError("not_allowed_token_type" if known else unknown)
        if not self.installed:
            raise RefusedError("account_inactive")

    def test(self, args: Json) -> Json:
        if "error" in args:
            raise RefusedError(args["error"], args=args)
        return {"args": args}

    def auth_test(self, _args: Json) -> Json:
        return {
            "url": f"{self.descriptions.url}/",
            "team": "Acme",
            "user": self.workspace.people[BOT].name,
            "team_id": TEAM,
            "user_id": BOT,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def open_connection(self, _args: Json) -> Json:
        address = self.descriptions.url.replace("http", "ws", 1)
        return {"url": f"{address}/link?ticket={self.tickets.link()}"}

    def post_message(self, args: Json) -> Json:
        channel = self._where(args)
        thread = args.get("thread_ts")
        if thread and not self.workspace.message(channel.id, thread):
            raise RefusedError("thread_not_found")
        message = self._post(channel, args)
        described = self.descriptions.message(message)
        return {"channel": channel.id, "ts": message.ts, "message": described}

    def post_ephemeral(self, args: Json) -> Json:
        channel = self._where(args)
        if args["user"] not in channel.members:
            raise RefusedError("user_not_in_channel")
        return {"message_ts": self._post(channel, args, only_for=args["user"]).ts}

    def update(self, args: Json) -> Json:
        message = self._own(args, "cant_update_message")
        text, blocks = content(args)
        self.workspace.change(message, text, blocks)
        described = self.descriptions.message(message)
        del described["ts"]
        where = {"channel": message.channel, "ts": message.ts}
        return {**where, "text": message.text, "message": described}

    def permalink(self, args: Json) -> Json:
        channel = self.workspace.channels.get(args["channel"])
        if channel is None or not self._reads(channel):
            raise RefusedError("channel_not_found")
        message = self.workspace.message(channel.id, args["message_ts"])
        if message is None:
            raise RefusedError("message_not_found")
        page = f"{self.descriptions.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
        of_thread = f"?thread_ts={message.thread}&cid={channel.id}" if message.thread else ""
        return {"channel": channel.id, "permalink": page + of_thread}

    def delete(self, args: Json) -> Json:
        message = self._own(args, "cant_delete_message")
        self.workspace.remove(message)
        return {"channel": message.channel, "ts": message.ts}

    def react(self, args: Json) -> Json:
        self._where(args)
        message = self.workspace.message(args["channel"], args["timestamp"])
        if message is None:
            raise RefusedError("message_not_found")
        who = message.reactions.setdefault(args["name"], set())
        if BOT in who:
            raise RefusedError("already_reacted")
        who.add(BOT)
        return {}

    def file_info(self, args: Json) -> Json:
        file = self.workspace.files.get(args["file"])
        if file is None or not self._reads(self.workspace.channels[file.channel]):
            raise RefusedError("file_not_found")
        if file.mode == "tombstone":
            raise RefusedError("file_deleted")
        if file.late:
            file.late -= 1
            raise RefusedError("file_not_found")
        described = self.descriptions.whole_file(file)
        file.processing = max(file.processing - 1, 0)
        return {"file": described, "comments": [], "response_metadata": {"next_cursor": ""}}

    def user_info(self, args: Json) -> Json:
        person = self.workspace.people.get(args["user"])
        if person is None:
            raise RefusedError("user_not_found")
        described = self.descriptions.person(person)
        locale = {"locale": person.locale} if truth(args.get("include_locale")) else {}
        return {"user": {**described, **locale}}

    def open_conversation(self, args: Json) -> Json:
        user = args.get("users") or ""
        if user not in self.workspace.people:
            raise RefusedError("user_not_found" if user else "invalid_arguments")
        return {"channel": {"id": self._direct(user).id}}

    def conversation_info(self, args: Json) -> Json:
        channel = self.workspace.channels.get(args["channel"])
        if channel is None or not self._reads(channel):
            raise RefusedError("channel_not_found")
        return {
            "channel": {
                "id": channel.id,
                "name": channel.name,
                "is_channel": channel.kind is ChannelKind.PUBLIC,
                "is_group": False,
                "is_im": channel.kind is ChannelKind.DIRECT,
                "is_private": channel.kind is not ChannelKind.PUBLIC,
                "is_ext_shared": channel.shared,
                "is_member": BOT in channel.members,
                "is_archived": False,
            }
        }

    def open_view(self, args: Json) -> Json:
        check_view(args["view"], "modal")
        trigger = self._trigger(args)
        view = self.views.open(trigger.user, args["view"], trigger.cause)
        return {"view": self.descriptions.view(view)}

    def push_view(self, args: Json) -> Json:
        check_view(args["view"], "modal")
        trigger = self._trigger(args)
        stack = self.views.stacks.get(trigger.user, [])
        if trigger.view not in [view.id for view in stack]:
            raise RefusedError("not_found")
        if len(stack) >= DEEPEST:
            raise RefusedError("push_limit_reached")
        view = self.views.push(trigger.user, args["view"], trigger.cause)
        return {"view": self.descriptions.view(view)}

    def update_view(self, args: Json) -> Json:
        check_view(args["view"], "modal")
        view = self.views.find(args.get("view_id", ""), args.get("external_id", ""))
        if view is None:
            raise RefusedError("not_found")
        if args.get("hash") not in (None, view.hash):
            raise RefusedError("hash_conflict")
        self.views.change(view, args["view"])
        return {"view": self.descriptions.view(view)}

    def publish_view(self, args: Json) -> Json:
        check_view(args["view"], "home")
        user = args["user_id"]
        if user not in self.workspace.people:
            raise invalid_arguments(["[ERROR] invalid user [json-pointer:/user_id]"])
        before = self.views.homes.get(user)
        if before and args.get("hash") not in (None, before.hash):
            raise RefusedError("hash_conflict")
        return {"view": self.descriptions.view(self.views.publish(user, args["view"]))}

    def validate(self, args: Json) -> Json:
        given = [name for name in ("blocks", "message", "view") if name in args]
        if len(given) != 1:
            raise invalid_arguments(["[ERROR] give one of blocks, message, view"])
        if "view" in args:
            refuse_blocks(view_problems(args["view"]))
        else:
            refuse_blocks(block_problems(args.get("blocks", args.get("message", {}).get("blocks"))))
        return {}

    def _post(self, channel: Channel, args: Json, only_for: str = "") -> Message:
        text, blocks = content(args)
        return self.workspace.post(
            Message(
                ts=self.workspace.new_ts(),
                channel=channel.id,
                author=BOT,
                text=text,
                blocks=blocks,
                thread=args.get("thread_ts") or "",
                only_for=only_for,
            )
        )

    def _trigger(self, args: Json) -> Trigger:
        trigger = self.tickets.spend_trigger(args.get("trigger_id"))
        if isinstance(trigger, str):
            raise RefusedError(trigger)
        return trigger

    def _where(self, args: Json) -> Channel:
        name = args["channel"]
        if name in self.workspace.people:
            return self._direct(name)
        channel = self.workspace.channels.get(name)
        if channel is None:
            raise RefusedError("channel_not_found")
        if BOT in channel.members:
            return channel
        public = channel.kind is ChannelKind.PUBLIC
        raise RefusedError("not_in_channel" if public else "channel_not_found")

    def _direct(self, user: str) -> Channel:
        if self.workspace.people[user].bot:
            raise RefusedError("cannot_dm_bot")
        return self.workspace.direct(user)

    def _reads(self, channel: Channel) -> bool:
        return channel.kind is ChannelKind.PUBLIC or BOT in channel.members

    def _own(self, args: Json, refusal: str) -> Message:
        if args["channel"] not in self.workspace.channels:
            raise RefusedError("channel_not_found")
        message = self.workspace.message(args["channel"], args["ts"])
        if message is None:
            raise RefusedError("message_not_found")
        if message.author != BOT:
            raise RefusedError(refusal)
        return message


_DOERS = {
    "api.test": WebApi.test,
    "apps.connections.open": WebApi.open_connection,
    "auth.test": WebApi.auth_test,
    "blocks.validate": WebApi.validate,
    "chat.delete": WebApi.delete,
    "chat.getPermalink": WebApi.permalink,
    "chat.postEphemeral": WebApi.post_ephemeral,
    "chat.postMessage": WebApi.post_message,
    "chat.update": WebApi.update,
    "conversations.info": WebApi.conversation_info,
    "conversations.open": WebApi.open_conversation,
    "files.info": WebApi.file_info,
    "reactions.add": WebApi.react,
    "users.info": WebApi.user_info,
    "views.open": WebApi.open_view,
    "views.publish": WebApi.publish_view,
    "views.push": WebApi.push_view,
    "views.update": WebApi.update_view,
}
