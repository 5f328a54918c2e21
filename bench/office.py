"""The world of the benchmarks: a sandbox Slack, a sandbox portal, a bot process between them."""

from __future__ import annotations

import dataclasses
import math
import os
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from itertools import combinations, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.bare import PATH, SECRET
from bench.processes import ATTACHBOT, BARE, PROJECT, server
from bot.domain import EntityRef, EntityType
from bot.sandbox.portal import SandboxPortal
from bot.sandbox.slack import SandboxSlack
from bot.sandbox.slack_delivery import Signed
from bot.sandbox.slack_workspace import Person
from bot.vault import new_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from bench.processes import Server
    from bot.domain import FileId
    from bot.sandbox.slack import Exchange, Shown

ANA = "U0ANA"
CASE = EntityRef(EntityType.CASE, 7)
FILES = 40
"""On the record from the beginning: 9,880 sets of three, as the same set would be asked about."""
A_MINUTE = 30
"""Requests of one person that begin at once."""
UNLIMITED = {"ATTACHBOT_REQUESTS_A_MINUTE": "10000", "ATTACHBOT_WAITING_REQUESTS": "10000"}
_SYNCS = 50
_LONGEST = 60.0
_PROGRESS = "Attaching "


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who gets connected can be chosen; the database outlives each bot process."""

    slack: SandboxSlack
    portal: SandboxPortal
    folder: Path
    env: dict[str, str]
    sets: Iterator[tuple[FileId, ...]]

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Server]:
        """Run `attachbot run`."""
        async with server(ATTACHBOT, self.env, self.folder) as running:
            yield running

    @asynccontextmanager
    async def bare(self) -> AsyncIterator[Server]:
        """Run the bare handler, with the same signing secret."""
        env = {SECRET: self.slack.signing_secret}
        async with server(BARE, env, PROJECT) as running:
            yield running

    def newcomers(self, requests: int) -> list[str]:
        """Let so many people join that nobody asks for too much who sends one of each in turn."""
        people = [
            Person(id=f"U0NEW{number}", name="new", real_name="New")
            for number in range(math.ceil(requests / A_MINUTE))
        ]
        for person in people:
            self.slack.workspace.people[person.id] = person
            self.slack.workspace.channels["C0SALES"].members.add(person.id)
        return [person.id for person in people]

    async def connect(self, bot: Server, user: str = ANA) -> None:
        """Connect somebody with the key of Ana Reyes, through the form."""
        self.slack.deliver_to = bot.events_url
        form = await self.slack.opened(await self.slack.command("connect", user=user))
        sent = await self.slack.submit(form, {"key": self.portal.who("Ana Reyes").token})
        assert not sent.errors, sent.errors
        self.slack.deliver_to = None

    async def typed(self, text: str = "", *, user: str = ANA) -> Exchange:
        """Return a command as Slack would send it, with a trigger and a response URL of its own.

        Without words it is about files that no other command has named together.
        """
        text = text or f"case {CASE.id} {','.join(map(str, next(self.sets)))}"
        exchange = await self.slack.command(text, user=user)  # undelivered: nobody is connected
        exchange.trouble = ""
        return exchange

    def signed(self, exchange: Exchange) -> bytes:
        """Return a delivery as the HTTP request that Slack would send now."""
        body = urlencode(exchange.payload).encode()
        signed = Signed(secret=self.slack.signing_secret, clock=self.slack.workspace.clock)
        headers = {**signed.headers(body), "Host": "127.0.0.1", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body

    async def answered(self, asked: Iterable[Exchange]) -> None:
        """Wait until each of these commands has got its final answer."""
        awaited = _Awaited(self.slack.workspace.history, {exchange.number for exchange in asked})
        await self.slack.workspace.news.until(awaited.all_there, "every answer", _LONGEST)

    def sync_seconds(self) -> float:
        """Return what each commit waits for at least: one page, down on the disk."""
        took: list[float] = []
        with (self.folder / "sync").open("wb", buffering=0) as file:
            for _ in range(_SYNCS):
                file.write(bytes(4096))
                began = time.perf_counter()
                os.fdatasync(file.fileno())
                took.append(time.perf_counter() - began)
        return median(took)

    def filings(self, *, state: str = "%") -> int:
        """Count the committed filings, or those in a state."""
        address = f"{(self.folder / 'attachbot.db').as_uri()}?mode=ro"
        counting = "select count(*) from filings where state like ?"
        with closing(sqlite3.connect(address, uri=True)) as db:
            return int(db.execute(counting, (state,)).fetchone()[0])


class _Awaited:
    """Ticks answers off as they appear; each message is looked at once."""

    def __init__(self, history: Sequence[Shown], numbers: set[int]) -> None:
        self._history = history
        self._numbers = numbers
        self._looked_at = 0

    def all_there(self) -> bool:
        """Whether nothing is awaited any more; word of progress is no answer."""
        for shown in islice(self._history, self._looked_at, None):
            if not shown.text.startswith(_PROGRESS):
                self._numbers.discard(shown.cause)
        self._looked_at = len(self._history)
        return not self._numbers


@asynccontextmanager
async def an_office(*, limited: bool = False) -> AsyncIterator[Office]:
    """Open a Slack and a portal in this process, and a folder for the bot.

    Unless it is `limited` as it is for everybody, one person may send what hundreds would.
    """
    with TemporaryDirectory(prefix="attachbot-bench-") as name:
        async with SandboxSlack() as slack, SandboxPortal.sample() as portal:
            env = {
                "PATH": os.environ.get("PATH", ""),
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_SIGNING_SECRET": slack.signing_secret,
                "SLACK_API_URL": slack.api_url,
                "ATTACHBOT_PORTAL_URL": portal.url,
                "ATTACHBOT_PORTAL_ALLOWED_NETWORKS": "127.0.0.1/32",
                "ATTACHBOT_SECRET_KEYS": new_key(),
                "ATTACHBOT_DATABASE_URL": f"sqlite:///{name}/attachbot.db",
                "ATTACHBOT_PORT": "0",
                "ATTACHBOT_ADMIN_PORT": "0",
                **({} if limited else UNLIMITED),
            }
            files = [portal.file(f"bench-{number}.pdf", size=1) for number in range(FILES)]
            portal.attach(CASE, files, by=portal.who("Ana Reyes"))
            sets = combinations(files, 3)
            yield Office(slack=slack, portal=portal, folder=Path(name), env=env, sets=sets)
