"""Send the bot what nobody should, by the thousand: it refuses, says little, and does not grow."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import itertools
import json
import random
import re
import secrets
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from bench.bare import SECRET
from bench.figures import table
from bench.gate_requests import BROKEN, PLANTED, Maker, head
from bench.office import ANA, an_office
from bench.processes import ATTACHBOT, memory_mib, server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.gate_requests import Probe
    from bench.office import Office
    from bench.processes import Server

MOST_MIB = 32
LONGEST_ANSWER = 30.0
MANY = 200
"""Bodies too long or without an end, at most; one for each 500 requests."""
_PIECE = b"10000\r\n" + bytes(0x10000) + b"\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STATUSES = frozenset({200, 401, 404, 405, 413, 415})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How much is tried. `body` are the MiB of a body that is too long.

    Bodies without an end are waited for some seconds; `endless` has them sent.
    """

    requests: int
    seed: int = 1
    lanes: int = 16
    body: int = 50
    endless: bool = True


@dataclasses.dataclass(slots=True)
class Shown:
    """What came back, and what the bot said of it meanwhile."""

    answers: dict[str, Counter[int]] = dataclasses.field(default_factory=dict)
    wrong: list[str] = dataclasses.field(default_factory=list)
    lines: int = 0
    traces: int = 0
    leaks: int = 0
    grown_mib: float = 0.0
    longest: float = 0.0
    """Seconds of the longest answer."""

    def count(self, kind: str, status: int, right: frozenset[int], asked: bytes) -> None:
        """Note an answer; status 0 is none at all."""
        self.answers.setdefault(kind, Counter())[status] += 1
        if status not in right & _STATUSES:
            self.wrong.append(f"{kind}: {status} for {asked[:2000]!r}")

    def hear(self, line: bytes) -> None:
        """Look at a line of the bot's log."""
        self.lines += 1
        trace, leak = b"Traceback" in line, PLANTED.encode() in line
        self.traces += trace
        self.leaks += leak
        if trace or leak:
            self.wrong.append(f"the log has {line[:3000].decode(errors='replace')}")

    @property
    def bars(self) -> list[str]:
        """Return what is missed."""
        missed = [f"the bot grew by {self.grown_mib:.0f} MiB"] if self.grown_mib > MOST_MIB else []
        return missed + self.wrong[:20]


async def prove(trial: Trial) -> Shown:
    """Try it."""
    shown = Shown()
    async with an_office() as office:
        older = secrets.token_hex(16)
        env = {
            **office.env,
            SECRET: f"{office.slack.signing_secret},{older}",
            "ATTACHBOT_LOG_LEVEL": "debug",
            "ATTACHBOT_LOG_FORMAT": "json",
        }
        async with server(ATTACHBOT, env, office.folder, shown.hear) as bot:
            await office.connect(bot)
            maker = Maker(
                chance=random.Random(trial.seed),
                secrets=(office.slack.signing_secret, older),
                deliveries=await _deliveries(office),
            )
            await _sent(bot, maker.probes(trial.requests // 10), trial.lanes, shown)
            before = memory_mib(bot.pid, "VmRSS")
            many = max(2, min(MANY, trial.requests // 500))
            await asyncio.gather(
                _sent(bot, maker.probes(trial.requests * 9 // 10), trial.lanes, shown),
                _too_long(bot, maker, shown, many=many, mib=trial.body),
                _endless(bot, maker, shown, many=many if trial.endless else 0),
            )
            shown.grown_mib = max(0.0, bot.peak_mib() - before)
    return shown


async def _deliveries(office: Office) -> list[tuple[str, dict[str, object]]]:
    """Return one real delivery of each kind; the connecting of Ana has made some already."""
    slack = office.slack
    said = slack.say("A message", user=ANA)
    for shortcut in ("attach_message",):
        await slack.message_shortcut(said, shortcut, user=ANA)
    await slack.global_shortcut("attach_global", user=ANA)
    await slack.event({"type": "file_shared", "file_id": "F1", "user_id": ANA, "channel_id": "C1"})
    await slack.event({"type": "app_home_opened", "user": ANA, "channel": "D1"})
    return [(exchange.kind.value, exchange.payload) for exchange in slack.exchanges]


async def _sent(bot: Server, probes: Iterator[Probe], lanes: int, shown: Shown) -> None:
    async def lane() -> None:
        line = _Line(bot.port)
        for probe in probes:
            began = time.perf_counter()
            shown.count(probe.kind, await line.ask(probe.raw), probe.right, probe.raw)
            if probe.kind == BROKEN:
                line.close()  # what came after the fault may get an answer of its own
            shown.longest = max(shown.longest, time.perf_counter() - began)
        line.close()

    await asyncio.gather(*(lane() for _ in range(lanes)))


async def _too_long(bot: Server, maker: Maker, shown: Shown, *, many: int, mib: int) -> None:
    """Send bodies of many MiB, announced or not, in spite of the answer."""
    for number in range(many):
        announced = ("Content-Length", str(mib << 20))
        size = announced if number % 2 else ("Transfer-Encoding", "chunked")
        piece = bytes(0x10000) if number % 2 else _PIECE
        start = head([("Host", "x"), size, *maker.headers(b"")])
        status = await status_of(bot.port, start, itertools.repeat(piece, mib * 16))
        shown.count("too long", status, frozenset({413}), start)


async def _endless(bot: Server, maker: Maker, shown: Shown, *, many: int) -> None:
    """Begin bodies that never end, many at a time, and wait what becomes of them."""

    async def one(size: tuple[str, str], said: bytes) -> None:
        start = head([("Host", "x"), size, *maker.headers(b"")])
        began = time.perf_counter()
        status = await status_of(bot.port, start + said)
        shown.longest = max(shown.longest, time.perf_counter() - began)
        shown.count("without an end", status, frozenset({401}), start)

    kinds = [(("Transfer-Encoding", "chunked"), b"5\r\nhello\r\n"), (("Content-Length", "9"), b"x")]
    await asyncio.gather(*(one(*kinds[number % 2]) for number in range(many)))


async def status_of(port: int, start: bytes, more: Iterable[bytes] = ()) -> int:
    """Send on a connection of its own, whatever comes back, and return the answer's status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(_answer(reader))
    with suppress(ConnectionError):
        for piece in itertools.chain([start], more):
            writer.write(piece)
            await writer.drain()
    try:
        return (await answer)[0]
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Return the status of an answer, 0 for none, and whether another may follow."""
    try:
        async with asyncio.timeout(LONGEST_ANSWER):
            said = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(said)
            await reader.readexactly(int(length[1]) if length else 0)
    except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        return 0, False
    return int(said[9:12]), said.startswith(
        b"HTTP/1.1"
    ) and b"connection: close" not in said.lower()


class _Line:
    """A connection that is opened anew when it was closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, raw: bytes) -> int:
        """Send a request and return the status of its answer, or 0."""
        reader, writer = self._open or await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(raw)
        status, more = await _answer(reader)
        self._open = (reader, writer) if more else None
        if not more:
            writer.close()
        return status

    def close(self) -> None:
        """End the connection."""
        if self._open:
            self._open[1].close()
            self._open = None


def told(shown: Shown) -> str:
    """Return the figures as lines to read."""
    rows = [
        (
            kind,
            f"{counts.total():,}",
            *(f"{counts[status] or '':>}" for status in sorted(_STATUSES)),
        )
        for kind, counts in shown.answers.items()
    ]
    figures = table(
        f"answers by status; the bot wrote {shown.lines:,} lines meanwhile",
        ("", "requests", *map(str, sorted(_STATUSES))),
        rows,
    )
    row = {
        "requests": sum(counts.total() for counts in shown.answers.values()),
        "wrong": len(shown.wrong),
        "traces": shown.traces,
        "leaks": shown.leaks,
        "grown MiB": round(shown.grown_mib, 1),
        "longest s": round(shown.longest, 1),
    }
    return "\n".join([figures, *shown.bars, json.dumps(row)])


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove gate", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=16)
    parser.add_argument("--body", type=int, default=50, help="MiB of a body that is too long")
    shown = asyncio.run(prove(Trial(**vars(parser.parse_args(argv)))))
    print(told(shown))
    return 1 if shown.bars else 0
