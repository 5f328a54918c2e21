"""One life of the real bot in Socket Mode, whose connections Slack and the network trouble."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.office import ANA, an_office
from bot.app import running_app
from bot.loading import load
from bot.sandbox.slack import Fault, NotOnScreenError
from bot.sandbox.slack_sockets import Lost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.office import Office
    from bot.sandbox.slack import Ack, SandboxSlack

SEATS = 2
NOTICE_SECONDS = 10.0
"""What Slack gives between its warning and the end; here it ends once the successors are up."""
REST_SECONDS = 60.0
_KEPT_ALIVE_SECONDS = 16.0
_PEOPLE = 3
_COMMANDS = ("status", "list case 7", "help")
_PAUSES = (0.01, 0.1)
_OURS = tuple(str(Path(__file__).parents[1] / name) for name in ("bot", "handlers", "storage"))
_SANDBOX = str(Path(__file__).parents[1] / "bot" / "sandbox")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried. Without `idle` only what is the bot's own is counted, and nothing awaited."""

    refreshes: int = 200
    resets: int = 50
    dns: int = 20
    seed: int = 1
    minutes: float = 10.0
    idle: bool = True


class Deed(StrEnum):
    """What Slack or the network does to the connections."""

    REFRESH = "refreshes"
    RESET = "resets"
    DNS = "DNS failures"


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """What is open at a moment, in the whole process: the bot, Slack and the portal."""

    own: int
    """Tasks of the bot itself."""
    connections: int
    """Socket Mode connections, as Slack counts them."""
    tasks: int
    sockets: int

    @classmethod
    def now(cls, slack: SandboxSlack) -> Held:
        """Count it (Linux)."""
        tasks = asyncio.all_tasks()
        links = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return cls(
            own=sum(_is_own(task) for task in tasks),
            connections=slack.held_connections,
            tasks=len(tasks),
            sockets=sum(str(link).startswith("socket:") for link in links),
        )

    def back_to(self, base: Held, *, idle: bool) -> bool:
        """Whether nothing more is open than there was."""
        own = self.own <= base.own and self.connections <= base.connections
        return own and not (idle and (self.tasks > base.tasks or self.sockets > base.sockets))


@dataclasses.dataclass(slots=True)
class Figures:
    """What a life showed; `wrong` are sentences about what should not have been."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    base: Held | None = None
    end: Held | None = None
    slowest: float = 0.0
    longest: float = 0.0
    wrong: list[str] = dataclasses.field(default_factory=list)

    def count(self, ack: Ack, *, nowhere: bool) -> None:
        """Count how a command fared; `nowhere`: Slack itself had ended every connection."""
        self.counts["typed"] += 1
        if ack.good:
            self.counts["acknowledged"] += 1
            self.slowest = max(self.slowest, ack.seconds)
        elif ack.trouble == Lost.RESET:
            self.counts["reset"] += 1
        elif ack.trouble == Lost.NOWHERE and nowhere:
            self.counts["nowhere"] += 1
        else:
            self.counts["lost"] += 1
            self.wrong.append(f"not acknowledged: {ack.trouble or ack.status}")

    def rows(self) -> dict[str, int | float]:
        """Return the figures by their names."""
        rows: dict[str, int | float] = {deed.value: self.counts[deed] for deed in Deed}
        rows |= {
            "commands typed": self.counts["typed"],
            "acknowledged": self.counts["acknowledged"],
            "not acknowledged": self.counts["lost"],
            "reset by Slack on the way (not the bot's)": self.counts["reset"],
            "typed while Slack had ended every connection": self.counts["nowhere"],
            "slowest acknowledgement, seconds": round(self.slowest, 2),
            "longest until both connections were back, seconds": round(self.longest, 2),
        }
        for name, held in (("base", self.base), ("end", self.end)):
            for what, count in dataclasses.asdict(held).items() if held else ():
                rows[f"{_HELD[what]}, {name}"] = count
        return rows


_HELD = {
    "own": "tasks of the bot",
    "connections": "Socket Mode connections",
    "tasks": "tasks of bot, Slack and portal",
    "sockets": "sockets of bot, Slack and portal",
}


class Life:
    """People type while the connections are troubled."""

    def __init__(self, slack: SandboxSlack, trial: Trial) -> None:
        self._slack = slack
        self._trial = trial
        self._dice = Random(trial.seed)
        self._figures = Figures()
        self._all_ended = False

    async def prove(self) -> Figures:
        """Let people type while everything happens, and compare the end with the beginning."""
        figures = self._figures
        if self._trial.idle:
            await asyncio.sleep(_KEPT_ALIVE_SECONDS)  # HTTP connections that idle are closed
        figures.base = Held.now(self._slack)
        people = [asyncio.create_task(self._type(Random(number))) for number in range(_PEOPLE)]
        try:
            await self._trouble()
        finally:
            for person in people:
                person.cancel()
            await asyncio.gather(*people, return_exceptions=True)
        await self._rest(figures.base)
        self._check()
        return figures

    # people

    async def _type(self, dice: Random) -> None:
        while True:
            await asyncio.sleep(dice.uniform(*_PAUSES))
            command = asyncio.create_task(self._typed(dice.choice(_COMMANDS)))
            try:
                await asyncio.shield(command)
            except asyncio.CancelledError:
                await command
                raise

    async def _typed(self, text: str) -> None:
        nowhere = self._all_ended
        exchange = await self._slack.command(text, user=ANA)
        self._figures.count(exchange.ack, nowhere=nowhere)

    # Slack and the network

    async def _trouble(self) -> None:
        until = time.monotonic() + self._trial.minutes * 60
        trial = self._trial
        deeds = [Deed.REFRESH] * trial.refreshes + [Deed.RESET] * trial.resets
        deeds += [Deed.DNS] * trial.dns
        self._dice.shuffle(deeds)
        for deed in deeds:
            if time.monotonic() > until:
                self._figures.wrong.append("the time was up before everything was tried")
                return
            await self._do(deed)
            self._figures.counts[deed] += 1
            began = time.monotonic()
            await self._both_back()
            self._figures.longest = max(self._figures.longest, time.monotonic() - began)

    async def _do(self, deed: Deed) -> None:
        count = SEATS if self._dice.random() < 0.2 else 1
        if deed is Deed.REFRESH:
            await self._refresh(count, warned=self._dice.random() < 0.7)
            return
        if deed is Deed.DNS:
            count = 1
            self._slack.faults["link"] = Fault("unresolvable", times=1)
        self._all_ended = count == SEATS
        self._slack.cut(count)

    async def _refresh(self, count: int, *, warned: bool) -> None:
        if warned:
            await self._slack.disconnect("warning", count)
            await self._up(SEATS + count, NOTICE_SECONDS)
        self._all_ended = count == SEATS and not warned
        await self._slack.refresh(count)

    async def _both_back(self) -> None:
        await self._up(1, REST_SECONDS)
        self._all_ended = False
        await self._up(SEATS, REST_SECONDS)
        if "link" in self._slack.faults:
            self._figures.wrong.append("nobody asked for the host that does not resolve")

    async def _up(self, count: int, seconds: float) -> None:
        news = self._slack.workspace.news
        try:
            await news.until(lambda: self._slack.connections >= count, "connections", seconds)
        except NotOnScreenError:
            self._figures.wrong.append(f"no {count} connections within {seconds:.0f} s")

    # the end

    async def _rest(self, base: Held) -> None:
        until = time.monotonic() + REST_SECONDS
        while not (held := Held.now(self._slack)).back_to(base, idle=self._trial.idle):
            if time.monotonic() > until:
                self._figures.wrong.append(f"left open: {held}, at first {base}")
                break
            await asyncio.sleep(0.05)
        self._figures.end = held

    def _check(self) -> None:
        figures, connections = self._figures, self._slack.connections
        if not figures.counts["acknowledged"]:
            figures.wrong.append("no command was acknowledged")
        if connections != SEATS:
            figures.wrong.append(f"{connections} connections at the end")


@asynccontextmanager
async def a_life(trial: Trial) -> AsyncIterator[Life]:
    """Start the bot between a Slack and a portal, with Ana connected."""
    async with an_office() as office:
        env = {**office.env, "SLACK_APP_TOKEN": office.slack.app_token}
        env |= {"ATTACHBOT_DATABASE_URL": f"sqlite:///{office.folder / 'attachbot.db'}"}
        del env["PATH"], env["SLACK_SIGNING_SECRET"]
        async with running_app(load(env, dotenv=None)):
            await office.slack.connected(SEATS)
            await _connect(office)
            yield Life(office.slack, trial)


async def _connect(office: Office) -> None:
    form = await office.slack.opened(await office.slack.command("connect", user=ANA))
    sent = await office.slack.submit(form, {"key": office.portal.who("Ana Reyes").token})
    assert not sent.errors, sent.errors


def _is_own(task: asyncio.Task[object]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    where = code.co_filename if code else ""
    return where.startswith(_OURS) and not where.startswith(_SANDBOX)
