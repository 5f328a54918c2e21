"""Answers that come by acknowledgement or response URL, shown where Slack shows them."""

from __future__ import annotations

import dataclasses
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.sandbox.slack_arguments import truth
from bot.sandbox.slack_blocks import block_problems
from bot.sandbox.slack_workspace import BOT, Message

if TYPE_CHECKING:
    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_tickets import ResponseUrl, Tickets
    from bot.sandbox.slack_workspace import Workspace

_FIELDS = frozenset(
    {
        "attachments",
        "blocks",
        "delete_original",
        "link_names",
        "metadata",
        "mrkdwn",
        "parse",
        "replace_original",
        "response_type",
        "text",
        "thread_ts",
        "unfurl_links",
        "unfurl_media",
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """Shows what the bot answers to commands, clicks and shortcuts."""

    workspace: Workspace
    tickets: Tickets

    def by_url(self, path: str, message: object) -> tuple[HTTPStatus, str]:
        """Take what is posted to a response URL; return the HTTP answer."""
        if not isinstance(message, dict):
            return HTTPStatus.BAD_REQUEST, "invalid_payload"
        target = self.tickets.use_response_url(path)
        if isinstance(target, str):
            return HTTPStatus.NOT_FOUND, target
        refusal = self.show(target, message)
        return (HTTPStatus.BAD_REQUEST, refusal) if refusal else (HTTPStatus.OK, "ok")

    def show(self, target: ResponseUrl, message: Json) -> str:
        """Show a message; return Slack's word when it refuses it, else nothing.

        Only the URL of a click has an original. A command's has none: asked to replace it, Slack
        posts one message more.
        """
        if message.keys() - _FIELDS:
            return "invalid_payload"
        original = self.workspace.messages.get(target.message)
        if truth(message.get("delete_original")):
            if original:
                self.workspace.remove(original)
            return ""
        text, blocks = message.get("text") or "", message.get("blocks") or []
        if not text and not blocks:
            return "no_text"
        if block_problems(blocks):
            return "invalid_blocks"
        if original and truth(message.get("replace_original")):
            self.workspace.change(original, text, blocks, target.cause)
        else:
            self._post(target, message)
        return ""

    def _post(self, target: ResponseUrl, message: Json) -> None:
        public = message.get("response_type") == "in_channel"
        self.workspace.post(
            Message(
                ts=self.workspace.new_ts(),
                channel=target.channel,
                author=BOT,
                text=message.get("text") or "",
                blocks=message.get("blocks") or [],
                thread=message.get("thread_ts") or "",
                only_for="" if public else target.user,
                cause=target.cause,
            )
        )
