"""A sandbox Slack: people type, click, fill in forms and share files; the bot is real.

People: U0ANA (admin), U0BEN, U0GIA (guest), U0HAL (a bot), U0ZOE (another company).
Channels: C0SALES (public), C0DEALS (private), C0PARTNER (shared with the other company); the bot is
not in C0RANDOM (public), C0SECRET (private) and D0ANABEN (Ana and Ben).
"""

from __future__ import annotations

import asyncio
import dataclasses
import mimetypes
import re
from typing import TYPE_CHECKING

from bot.sandbox.slack_arguments import truth
from bot.sandbox.slack_exchange import Ack, Exchange, Kind, Retry, Submission
from bot.sandbox.slack_forms import Forms
from bot.sandbox.slack_screen import NotOnScreenError, Shown
from bot.sandbox.slack_server import Fault
from bot.sandbox.slack_views import OpenView
from bot.sandbox.slack_workspace import Message, StoredFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.slack_screen import Json

__all__ = [
    "Ack",
    "Exchange",
    "Fault",
    "Message",
    "NotOnScreenError",
    "OpenView",
    "SandboxSlack",
    "Shared",
    "Shown",
    "StoredFile",
    "Submission",
]

_ADDRESS = re.compile(r"(https?://)([^\s|<>]+)")
_MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


@dataclasses.dataclass(frozen=True, slots=True)
class Shared:
    """Files that somebody shared, their message, and what the bot was told about them."""

    message: Message
    files: tuple[StoredFile, ...]
    exchanges: tuple[Exchange, ...]


class SandboxSlack(Forms):
    """Slack with people in it; each of their deeds returns once the bot has acknowledged it."""

    async def command(
        self,
        text: str,
        *,
        user: str = "U0ANA",
        channel: str = "C0SALES",
        raw: bool = False,
        links: str = "",
    ) -> Exchange:
        """Type a command, `/attach` unless the text begins with another.

        The text arrives escaped; `raw` sends it as it is. `links` says what becomes of addresses:
        nothing, "bare" (`<https://..>`) or "labelled" (`<https://..|..>`).
        """
        place = self.workspace.channels[channel]
        if user not in place.members:
            raise NotOnScreenError(f"{user} is not in {channel}")
        name, _, rest = text.partition(" ") if text.startswith("/") else ("/attach", "", text)
        typed = rest if raw else _typed(rest, links)
        exchange = self._begun(Kind.COMMAND, user, channel)
        person = self.workspace.people[user]
        exchange.payload = {
            **self._payloads.command(person, place, name, typed),
            **self._answerable(exchange, "commands"),
        }
        return await self._deliver(exchange)

    async def message_shortcut(
        self, on: Shown | Message, callback_id: str, *, user: str = "U0ANA"
    ) -> Exchange:
        """Choose a shortcut in the menu of a message."""
        message = self.workspace.message(on.channel, on.ts)
        if message is None or not self.workspace.sees(user, message):
            raise NotOnScreenError("this message has no menu for that person")
        exchange = self._begun(Kind.INTERACTION, user, message.channel)
        person = self.workspace.people[user]
        exchange.payload = {
            **self._payloads.message_shortcut(person, message, callback_id),
            **self._answerable(exchange, "app"),
        }
        return await self._deliver(exchange)

    async def global_shortcut(self, callback_id: str, *, user: str = "U0ANA") -> Exchange:
        """Choose a shortcut from anywhere."""
        exchange = self._begun(Kind.INTERACTION, user)
        person = self.workspace.people[user]
        exchange.payload = {
            **self._payloads.global_shortcut(person, callback_id),
            **self._triggering(exchange),
        }
        return await self._deliver(exchange)

    def say(
        self, text: str, *, user: str = "U0ANA", channel: str = "C0SALES", thread: str = ""
    ) -> Message:
        """Write a message that the bot is not told about."""
        ts = self.workspace.new_ts()
        message = Message(ts=ts, channel=channel, author=user, text=text, thread=thread)
        return self.workspace.post(message)

    def put_file(
        self, name: str, content: bytes, *, user: str = "U0ANA", channel: str = "C0SALES"
    ) -> StoredFile:
        """Lay a file into Slack without a message, as the file field of a form does."""
        file = StoredFile(
            id=self.workspace.new_id("F"),
            name=name,
            title=name,
            content=content,
            user=user,
            channel=channel,
            created=int(self.workspace.clock()),
            mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        )
        self.workspace.files[file.id] = file
        return file

    async def share_files(  # noqa: PLR0913  (one for each thing that can be said of it)
        self,
        files: Mapping[str, bytes],
        *,
        user: str = "U0ANA",
        channel: str = "C0SALES",
        thread: str = "",
        text: str = "",
        odd: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Shared:
        """Share files in one message: one file_shared each, and a message event if asked for.

        `odd` are fields of `StoredFile` that are bent before the bot hears of it, by file name.
        """
        stored = [
            self.put_file(name, content, user=user, channel=channel)
            for name, content in files.items()
        ]
        for file in stored:
            for field, value in ((odd or {}).get(file.name or "") or {}).items():
                setattr(file, field, value)
        ts = self.workspace.new_ts()
        message = Message(
            ts=ts, channel=channel, author=user, text=text, thread=thread, files=stored
        )
        self.workspace.post(message)
        told = [
            self._payloads.file_message(message),
            *(self._payloads.file_shared(file, channel) for file in stored),
        ]
        exchanges = await asyncio.gather(*(self._tell(event, channel) for event in told))
        return Shared(message, tuple(stored), tuple(one for one in exchanges if one))

    async def open_home(self, *, user: str = "U0ANA", tab: str = "home") -> Exchange | None:
        """Look at the app: its Home tab, or its messages."""
        person = self.workspace.people[user]
        event = self._payloads.home_opened(person, tab, self.home_of(user))
        return await self._tell(event, event["channel"])

    async def uninstall(self) -> Exchange | None:
        """Remove the app: its token is dead before it hears of it."""
        self._web_api.installed = False
        return await self._tell({"type": "app_uninstalled"})

    async def revoke_tokens(self, *users: str) -> Exchange | None:
        """Tell the bot that its token, or these people's, are good no more."""
        tokens = {"oauth": list(users)} if users else {"bot": [self.bot_user]}
        self._web_api.installed = bool(users)
        return await self._tell({"type": "tokens_revoked", "tokens": tokens})

    async def event(self, event: Json, *, shared: bool = False, retries: int = 0) -> Exchange:
        """Deliver any event; repeat it up to `retries` times while it is not acknowledged."""
        person = event.get("user_id") or event.get("user") or ""
        exchange = self._begun(Kind.EVENT, str(person), str(event.get("channel_id", "")))
        exchange.payload = self._payloads.event(event, shared=shared)
        await self._deliver(exchange)
        for number in range(1, retries + 1):
            if exchange.ack.good or truth(exchange.ack.headers.get("x-slack-no-retry")):
                break
            reason = "http_error" if exchange.ack.status else "http_timeout"
            await self._deliver(exchange, Retry(number=number, reason=reason))
        return exchange

    async def verify_url(
        self, challenge: str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7"
    ) -> Ack:
        """Do what Slack does when an admin saves the request URL; the challenge must come back."""
        exchange = self._begun(Kind.EVENT)
        exchange.payload = {"type": "url_verification", "token": "", "challenge": challenge}
        return (await self._deliver(exchange)).ack

    async def _tell(self, event: Json, channel: str = "") -> Exchange | None:
        """Deliver an event that the bot is subscribed to and may see."""
        name = _MESSAGE_EVENTS.get(event.get("channel_type", ""), event["type"])
        place = self.workspace.channels.get(channel)
        hidden = place is not None and self.bot_user not in place.members
        if hidden or name not in self.subscriptions:
            return None
        return await self.event(event, shared=place is not None and place.shared)


def _typed(text: str, links: str) -> str:
    """Return what a person typed as a command with escaping receives it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not links:
        return escaped
    return _ADDRESS.sub(r"<\1\2|\2>" if links == "labelled" else r"<\1\2>", escaped)
