"""`attachbot demo`: the real bot between a sandbox Slack and a sandbox portal, or a tour of it."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import signal
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from bot.app import running_app
from bot.loading import load
from bot.logs import configure
from bot.sandbox.portal import SandboxPortal
from bot.sandbox.slack import SandboxSlack
from bot.sandbox.terminal import Screen
from bot.sandbox.terminal_line import Keyboard
from bot.sandbox.terminal_talk import Talk
from bot.sandbox.terminal_tour import ANA, PROMPT, Tour
from bot.sandbox.terminal_words import Command
from bot.vault import new_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from bot.settings import Settings

CONNECTIONS: Final = 2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WELCOME: Final = (
    "This is attachbot at work, between a sandbox Slack and a sandbox CRM portal.\n"
    "Nothing leaves this machine, and nothing of it is left when the demo ends.\n"
)
LEAVE: Final = "Leave with `quit`, Ctrl-D or Ctrl-C; `help` says what can be typed."
LEAVE_TOUR: Final = "The tour ends by itself; Ctrl-C ends it at once."
REAL: Final = (
    "For a real workspace: `attachbot manifest` prints the Slack app, `.env.example`\n"
    "names the settings, and `attachbot run` starts the bot. README.md goes through\n"
    "it step by step in “Connect a real workspace”."
)


@dataclasses.dataclass(frozen=True, slots=True)
class Sandbox:
    """A Slack and a portal with the bot running between them, and the screen that shows it."""

    slack: SandboxSlack
    portal: SandboxPortal
    screen: Screen


async def play(*, interactive: bool, console: Console | None = None, keyboard: int = 0) -> int:
    """Play the demo and return the exit code.

    `keyboard` is the terminal that an interactive demo is typed at.
    """
    console = console or _console()
    configure("error", "text")
    console.print(WELCOME + (LEAVE if interactive else LEAVE_TOUR), highlight=False, markup=False)
    console.print()
    if not interactive:
        return await _unless_left(_toured(console), left=1)
    code = await _unless_left(_talk(console, keyboard), left=0)
    console.print(REAL, highlight=False, markup=False)
    return code


async def _toured(console: Console) -> int:
    async with a_sandbox(console) as sandbox:
        return await tour(sandbox)


async def tour(sandbox: Sandbox) -> int:
    """Take the tour; 0 when every step came out right."""
    began = time.monotonic()
    if not await Tour(sandbox.slack, sandbox.portal, sandbox.screen).take():
        return 1
    seconds = time.monotonic() - began
    sandbox.screen.heading("The end")
    sandbox.screen.right(f"Every step came out right, in {seconds:.1f} seconds.")
    sandbox.screen.note(REAL)
    return 0


@asynccontextmanager
async def a_sandbox(console: Console) -> AsyncIterator[Sandbox]:
    """Run the bot in a small office; its data live in a folder that is removed at the end."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="attachbot-demo-"))
        slack = await stack.enter_async_context(SandboxSlack())
        portal = await stack.enter_async_context(SandboxPortal.sample())
        portal.opportunity("Acme support", id=32)  # so that a name has two records
        await stack.enter_async_context(running_app(_settings(slack, portal, Path(folder))))
        await slack.connected(CONNECTIONS)
        yield Sandbox(slack, portal, Screen(console, slack.workspace))


def _settings(slack: SandboxSlack, portal: SandboxPortal, folder: Path) -> Settings:
    environment = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "ATTACHBOT_PORTAL_URL": portal.url,
        "ATTACHBOT_PORTAL_ALLOWED_NETWORKS": "127.0.0.1/32",
        "ATTACHBOT_SECRET_KEYS": new_key(),
        "ATTACHBOT_DATABASE_URL": f"sqlite:///{folder / 'attachbot.db'}",
        "ATTACHBOT_PORT": "0",
        "ATTACHBOT_ADMIN_PORT": "0",
    }
    return load(environment, dotenv=None)


async def _talk(console: Console, keyboard: int) -> int:
    async with a_sandbox(console) as sandbox, Keyboard(console, keyboard) as keys:
        screen = sandbox.screen
        screen.lifted = keys.lifted
        talk = Talk(sandbox.slack, sandbox.portal, screen, keys.read)
        await _connect(sandbox)
        screen.note("Ana Reyes is connected: she pasted her key into the form.")
        screen.typed(PROMPT, "/attach case 7 12,13")
        await talk.obey(Command("case 7 12,13"))
        await talk.go_on()
    return 0


async def _connect(sandbox: Sandbox) -> None:
    """Connect Ana through the form, as a person does."""
    slack = sandbox.slack
    form = await slack.opened(await slack.command("connect", user=ANA))
    sent = await slack.submit(form, {"key": sandbox.portal.who("Ana Reyes").token})
    await slack.close(await slack.opened(sent, "Connected"))


async def _unless_left(work: Coroutine[None, None, int], *, left: int) -> int:
    """Return the exit code of some work, or `left` when a signal ended it.

    A second signal changes nothing: what was opened is closed first.
    """
    working = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, lambda: working.cancelling() or working.cancel())
    try:
        return await working
    except asyncio.CancelledError:
        return left
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _console() -> Console:
    """Return a console on standard output; what its encoding lacks is replaced."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False)
