"""Who looks on: taps at the points where secrets are made, and where anything leaves the bot.

A tap calls what was there, hands its arguments and its result on, and changes neither.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from asyncio.subprocess import SubprocessStreamProtocol
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from click.testing import CliRunner
from prometheus_client import generate_latest
from pydantic import SecretStr

from bot import logs
from bot.connecting import Connecting
from bot.errors import BotError
from bot.sandbox.portal import SandboxPortal
from bot.sandbox.portal_sessions import Sessions
from bot.sandbox.slack import SandboxSlack
from bot.sandbox.slack_core import SlackCore
from bot.sandbox.slack_exchange import Kind as Delivery
from bot.sandbox.slack_tickets import Tickets
from bot.vault import Purpose, Vault
from bot.watching import Metrics
from bot.web import Gate
from tests.planted import disk
from tests.planted.http import Sites
from tests.planted.kinds import Kind, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from click.testing import Result

    from bot.sandbox.slack_exchange import Exchange
    from tests.planted.books import Books

_LEVEL: Final = "ATTACHBOT_LOG_LEVEL"
_PRINTS: Final = {("keys", "new"): Place.NEW_KEY, ("token",): Place.TOKEN}
"""Commands whose standard output is a secret for the one who typed them."""
_LIKE_A_KEY: Final = re.compile(r"[\w+/-]{40,}")
_SECRET_SETTINGS: Final = {
    "SLACK_BOT_TOKEN": Kind.BOT_TOKEN,
    "SLACK_APP_TOKEN": Kind.APP_TOKEN,
}


class Taps:
    """Fills the books while `open`."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._sites = Sites(books)
        self._slacks: list[SlackCore] = []
        self._portals: list[SandboxPortal] = []
        self._metrics: list[Metrics] = []
        self._told: dict[tuple[SubprocessStreamProtocol, Place], bytearray] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        """Look on until the block ends."""
        with ExitStack() as stack:
            for owner, name, look in (
                (SlackCore, "__init__", self._a_slack),
                (SlackCore, "_deliver", self._a_delivery),
                (SandboxSlack, "put_file", self._a_file),
                (SandboxPortal, "__init__", self._a_portal),
                (Sessions, "start", self._a_key),
                (Tickets, "response_url", self._a_response_url),
                (Tickets, "link", self._a_ticket),
                (Vault, "__init__", self._a_ring),
                (Vault, "seal", self._sealed),
                (Gate, "__init__", self._a_gate),
                (Connecting, "connect", self._a_try),
                (SecretStr, "__init__", self._held),
                (Metrics, "__init__", self._some_metrics),
                (web.AppRunner, "__init__", self._a_site),
                (logs._Lines, "format", self._a_line),
                (SubprocessStreamProtocol, "pipe_data_received", self._said),
                (CliRunner, "invoke", self._printed),
            ):
                stack.enter_context(_tapped(owner, name, look))
            for leaf in BotError.leaves():
                stack.enter_context(_tapped(leaf, "__init__", self._an_error))
            stack.enter_context(_before(tempfile.TemporaryDirectory, "cleanup", self._a_folder))
            stack.enter_context(self._processes())
            yield

    def look(self) -> None:
        """See what has to be asked for: acknowledgements, metrics, what portals hold."""
        for slack in self._slacks:
            self.books.see(Place.SLACK, "\n".join(repr(ack) for ack in slack.acks))
        for metrics in self._metrics:
            self.books.see(Place.METRICS, generate_latest(metrics.registry))
        for portal in self._portals:
            titles = [file.title for file in portal.data.files.values()]
            notes = [event.content for event in portal.data.events.values()]
            self.books.see(Place.PORTAL, "\n".join([*titles, *notes]))
        for (_, place), said in self._told.items():
            self.books.see(place, bytes(said))
        self._told.clear()

    # secrets that come into being

    def _a_slack(self, _: object, slack: SlackCore, **_traits: object) -> None:
        self._slacks.append(slack)
        self.books.plant(Kind.BOT_TOKEN, slack.bot_token)
        self.books.plant(Kind.APP_TOKEN, slack.app_token)
        self.books.plant(Kind.SIGNING_SECRET, slack.signing_secret)

    def _a_delivery(self, _: object, _slack: object, exchange: Exchange, *_a: object) -> None:
        if exchange.kind is Delivery.COMMAND:
            for word in _LIKE_A_KEY.findall(str(exchange.payload["text"])):
                self.books.plant(Kind.TYPED_KEY, word)

    def _a_file(self, _: object, _slack: object, _name: str, content: bytes, **_k: object) -> None:
        self.books.plant(Kind.FILE, content)

    def _a_portal(self, _: object, portal: SandboxPortal, **_traits: object) -> None:
        self._portals.append(portal)

    def _a_key(self, session: Any, *_: object, **_traits: object) -> None:
        self.books.plant(Kind.PORTAL_KEY, session.token)

    def _a_response_url(self, path: str, *_: object) -> None:
        self.books.plant(Kind.RESPONSE_URL, path.rpartition("/")[2])

    def _a_ticket(self, ticket: str, *_: object) -> None:
        self.books.plant(Kind.SOCKET_TICKET, ticket)

    def _a_ring(self, _: object, _vault: Vault, keys: list[bytes], *_a: object) -> None:
        for number, key in enumerate(keys):
            self.books.plant(Kind.FORMER_KEY if number else Kind.MASTER_KEY, key)

    def _sealed(
        self, _: object, _vault: Vault, purpose: Purpose, secret: SecretStr, *_owner: str
    ) -> None:
        if purpose is Purpose.MESSAGE_TEXT:
            self.books.plant(Kind.TEXT, secret.get_secret_value())

    def _a_gate(
        self, _: object, _gate: Gate, _inside: object, secrets: Sequence[SecretStr], *_a: object
    ) -> None:
        for number, secret in enumerate(secrets):
            kind = Kind.SECOND_SIGNING_SECRET if number else Kind.SIGNING_SECRET
            self.books.plant(kind, secret.get_secret_value())

    def _a_try(
        self,
        _: object,
        _connecting: object,
        _user: object,
        _portal: object,
        key: SecretStr,
        *_a: object,
    ) -> None:
        self.books.plant(Kind.WRONG_KEY, key.get_secret_value())

    def _held(self, _: object, _secret: SecretStr, value: str) -> None:
        self.books.plant(Kind.HELD, value)

    def _settings(self, env: Mapping[str, str]) -> None:
        """Take the secrets of a process from its settings; its ring is a text of several keys."""
        for name, kind in _SECRET_SETTINGS.items():
            self.books.plant(kind, env.get(name, ""))
        first, *more = env.get("SLACK_SIGNING_SECRET", "").split(",")
        self.books.plant(Kind.SIGNING_SECRET, first)
        for secret in more:
            self.books.plant(Kind.SECOND_SIGNING_SECRET, secret)
        first, *more = env.get("ATTACHBOT_SECRET_KEYS", "").replace(",", " ").split() or [""]
        self.books.plant(Kind.MASTER_KEY, first)
        for secret in more:
            self.books.plant(Kind.FORMER_KEY, secret)

    # what leaves the bot

    def _some_metrics(self, _: object, metrics: Metrics) -> None:
        self._metrics.append(metrics)

    def _a_site(self, _: object, _runner: object, app: web.Application, **_k: object) -> None:
        self._sites.watch(app)

    def _a_line(self, line: str, *_: object) -> None:
        self.books.see(Place.LOG, line)

    def _an_error(self, _: object, error: BotError, *_a: object, **_facts: object) -> None:
        self.books.see(Place.ERRORS, f"{type(error).__name__} {error} {error!r}")

    def _said(
        self, _: object, protocol: SubprocessStreamProtocol, number: int, data: bytes
    ) -> None:
        place = _place(_arguments(protocol), number)  # later it has forgotten them
        self._told.setdefault((protocol, place), bytearray()).extend(data)

    def _printed(
        self, result: Result, _runner: CliRunner, _main: object, words: Sequence[str], **_k: object
    ) -> None:
        place = _place(list(words), 1)
        printed = place if place in _PRINTS.values() else Place.OUTPUT
        self.books.see(printed, result.stdout)
        self.books.see(Place.OUTPUT, result.stderr)

    def _a_folder(self, folder: tempfile.TemporaryDirectory[str]) -> None:
        disk.look(self.books, Path(folder.name), copies=False)

    @contextmanager
    def _processes(self) -> Iterator[None]:
        """Let processes with our settings log all they can, and know their secrets."""
        start = asyncio.create_subprocess_exec

        @wraps(start)
        async def started(*command: Any, **given: Any) -> asyncio.subprocess.Process:
            env = dict(given.get("env") or os.environ)
            if any(name.startswith(("ATTACHBOT_", "SLACK_")) for name in env):
                self._settings(env)
                given["env"] = {_LEVEL: "debug", **env}
            return await start(*command, **given)

        asyncio.create_subprocess_exec = started
        try:
            yield
        finally:
            asyncio.create_subprocess_exec = start


def _arguments(protocol: SubprocessStreamProtocol) -> list[str]:
    transport: Any = protocol._transport  # type: ignore[attr-defined]  # as asyncio has it
    popen = transport.get_extra_info("subprocess") if transport else None
    return [str(part) for part in popen.args] if popen else []


def _place(arguments: list[str], number: int) -> Place:
    """Return where the output of a process belongs; `number` is that of the pipe, 1 or 2."""
    for words, place in _PRINTS.items():
        if number == 1 and set(words) <= set(arguments):
            return place
    return Place.PROCESSES


@contextmanager
def _tapped(owner: Any, name: str, look: Callable[..., None]) -> Iterator[None]:
    """Show `look` the result and the arguments of each call of a method."""
    method = getattr(owner, name)

    @wraps(method)
    def run(*given: Any, **named: Any) -> Any:
        result = method(*given, **named)
        look(result, *given, **named)
        return result

    with _replaced(owner, name, run):
        yield


@contextmanager
def _before(owner: Any, name: str, look: Callable[..., None]) -> Iterator[None]:
    """Show `look` whose method is called, before it is."""
    method = getattr(owner, name)

    @wraps(method)
    def run(self: Any, *given: Any, **named: Any) -> Any:
        look(self)
        return method(self, *given, **named)

    with _replaced(owner, name, run):
        yield


@contextmanager
def _replaced(owner: Any, name: str, run: Callable[..., Any]) -> Iterator[None]:
    own, before = name in vars(owner), getattr(owner, name)
    setattr(owner, name, run)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)
