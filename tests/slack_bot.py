"""What tests of the sandbox Slack share: a small Bolt app for it, and a clock set by hand."""

from __future__ import annotations

import dataclasses
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.async_app import AsyncAck, AsyncRespond

    from bot.sandbox.slack import SandboxSlack


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(action: str, text: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": plain(text), "value": "7"}


RECEIPT: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Attached *2* files"}},
    {"type": "actions", "elements": [button("undo", "Undo"), button("open", "Open a form")]},
]
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "attach",
    "title": plain("Attach to CRM"),
    "submit": plain("Attach"),
    "notify_on_close": True,
    "private_metadata": "req-1",
    "blocks": [
        {
            "type": "input",
            "block_id": "r",
            "label": plain("Record"),
            "element": {
                "type": "external_select",
                "action_id": "record",
                "min_query_length": 0,
            },
        },
        {
            "type": "input",
            "block_id": "n",
            "optional": True,
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "note", "max_length": 20},
        },
        {
            "type": "input",
            "block_id": "f",
            "optional": True,
            "label": plain("More files"),
            "element": {"type": "file_input", "action_id": "more"},
        },
        {"type": "actions", "block_id": "a", "elements": [button("more_help", "How?")]},
    ],
}
HOME: dict[str, Any] = {"type": "home", "blocks": RECEIPT}


class Clock:
    """Shows the time that a test sets."""

    now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


async def refusal(client: AsyncWebClient, method: str, **args: object) -> str:
    """Return Slack's word for why it does not do this."""
    with pytest.raises(SlackApiError) as raised:
        await client.api_call(method, json=args)
    return str(raised.value.response["error"])


@dataclasses.dataclass
class Bot:
    """The app under the sandbox's hands, with what it was told."""

    app: AsyncApp
    slack: SandboxSlack
    heard: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    tries: int = 0

    @property
    def last(self) -> dict[str, Any]:
        return self.heard[-1]


def make_bot(slack: SandboxSlack) -> Bot:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True)
    bot = Bot(app, slack)

    @app.middleware
    async def remember(body, next_):
        bot.heard.append(body)
        await next_()

    add_commands(app)
    add_clicks(app)
    add_forms(app)
    add_events(app, bot)
    return bot


def add_commands(app: AsyncApp) -> None:
    @app.command("/attach")
    async def attach(ack: AsyncAck, command, respond: AsyncRespond, client):
        match command["text"].partition(" ")[0]:
            case "help":
                await ack("Type /attach case 7 12,13")
            case "slow":
                pass
            case "form":
                await ack()
                await client.views_open(trigger_id=command["trigger_id"], view=FORM)
            case "broken":
                await ack(text="x", blocks=[{"type": "section"}])
            case "post":
                await ack()
                await client.chat_postMessage(
                    channel=command["channel_id"], text="Attached 2 files", blocks=RECEIPT
                )
            case _:
                await ack()
                await respond(text="Attached 2 files", blocks=RECEIPT)


def add_clicks(app: AsyncApp) -> None:
    @app.action("undo")
    async def undo(ack: AsyncAck, respond: AsyncRespond):
        await ack()
        await respond(text="Taken back", replace_original=True)

    @app.action("open")
    async def open_form(ack: AsyncAck, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.shortcut("attach_message")
    async def from_message(ack: AsyncAck, respond: AsyncRespond):
        await ack()
        await respond("Got the message")

    @app.shortcut("attach_global")
    async def from_anywhere(ack: AsyncAck, shortcut, client):
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)


def add_forms(app: AsyncApp) -> None:
    @app.view("attach")
    async def sent(ack: AsyncAck, view):
        match view["state"]["values"]["n"]["note"]["value"]:
            case "wrong":
                await ack(response_action="errors", errors={"n": "Not this word"})
            case "next":
                await ack(response_action="push", view={**FORM, "title": plain("Step 2")})
            case "other":
                await ack(response_action="update", view={**FORM, "title": plain("Other")})
            case "away":
                await ack(response_action="clear")
            case "bad":
                await ack(response_action="errors", errors={"nowhere": "x"})
            case _:
                await ack()

    @app.view_closed("attach")
    async def closed(ack: AsyncAck):
        await ack()

    @app.options("record")
    async def options(ack: AsyncAck, payload):
        found = [{"text": plain(f"Case #7, {payload['value']}"), "value": "case:7"}]
        await ack(options=found * (101 if payload["value"] == "many" else 1))

    @app.action("more_help")
    async def explain(ack: AsyncAck, body, client):
        await ack()
        await client.views_update(
            view_id=body["view"]["id"],
            hash=body["view"]["hash"],
            view={**FORM, "title": plain("Explained")},
        )


def add_events(app: AsyncApp, bot: Bot) -> None:
    @app.event("file_shared")
    async def shared(event, client):
        file = (await client.files_info(file=event["file_id"]))["file"]
        await client.chat_postEphemeral(
            channel=event["channel_id"], user=event["user_id"], text=f"Attach {file['name']}?"
        )

    @app.event({"type": "message", "subtype": "file_share"})
    async def message(event):
        pass

    @app.event("app_home_opened")
    async def home(event, client):
        await client.views_publish(user_id=event["user"], view=HOME)

    @app.event("app_uninstalled")
    async def gone():
        pass

    @app.event("tokens_revoked")
    async def revoked(ack: AsyncAck):
        bot.tries += 1
        if bot.tries < 3:
            raise ConnectionError


@asynccontextmanager
async def served(bot: Bot) -> AsyncIterator[None]:
    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(
            await bot.app.async_dispatch(await to_bolt_request(request))
        )

    server = web.Application()
    server.router.add_post("/slack/events", events)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot.slack.deliver_to = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def plugged(bot: Bot, count: int = 1) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for _ in range(count):
            handler = AsyncSocketModeHandler(bot.app, bot.slack.app_token, ping_interval=0.3)
            stack.push_async_callback(handler.close_async)
            await handler.connect_async()  # type: ignore[no-untyped-call]
        await bot.slack.connected(count)
        yield


@asynccontextmanager
async def running(slack: SandboxSlack, mode: str) -> AsyncIterator[Bot]:
    """Run the app in a mode: http or socket."""
    bot = make_bot(slack)
    async with served(bot) if mode == "http" else plugged(bot):
        yield bot
