"""Thousands of commands at once, and hundreds a second: each is stored, and answered in time."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
from collections import Counter
from itertools import cycle
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import ms, percentile, table
from bench.office import an_office
from bench.processes import load, paced_load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.load import Run
    from bench.office import Office

LATEST = 3.0
"""Seconds that Slack waits for an acknowledgement."""
IDLE_P99 = 0.050
RATIO_P99 = 4.0
LANES = 64
ROUNDS = 3
"""The stream is cut, so that the bare handler is measured in between and not only before."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """So many commands at once; then `rate` a second for `seconds`."""

    commands: int = 10_000
    rate: int = 500
    seconds: int = 60


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a trial showed; `stored` are filings in the database, whatever was answered."""

    burst: Run
    bare_burst: Run
    streams: Sequence[Run]
    bare_streams: Sequence[Run]
    asked: int
    stored: int
    done: int
    """Filings that were finished meanwhile: it shows that work went on."""

    @property
    def stream_p99(self) -> float:
        return median(_p99(run) for run in self.streams)

    @property
    def ratio(self) -> float:
        pairs = zip(self.streams, self.bare_streams, strict=True)
        return median(_p99(ours) / _p99(bare) for ours, bare in pairs)

    def statuses(self) -> Counter[int]:
        """Count the answers by their HTTP status."""
        return Counter(status for run in (self.burst, *self.streams) for status in run.statuses)

    def lost(self) -> list[str]:
        """Return what is wrong on any machine, however slow."""
        answered = self.statuses()[200]
        wrong = []
        if answered != self.asked:
            wrong.append(f"{self.asked - answered} commands were not answered 200")
        if self.stored != answered:
            wrong.append(f"{answered} were answered, and {self.stored} stored")
        return wrong

    def late(self) -> list[str]:
        """Return what is later than promised."""
        wrong = []
        if (slowest := max(self.burst.waits)) > LATEST:
            wrong.append(f"the last of the burst was answered after {slowest:.1f} s")
        if self.stream_p99 > IDLE_P99:
            wrong.append(f"of the stream, 1 % took longer than {ms(self.stream_p99)} ms")
        if self.ratio > RATIO_P99:
            wrong.append(f"that is {self.ratio:.1f} times the bare handler's")
        return wrong


def _p99(run: Run) -> float:
    return percentile(run.waits, 0.99)


async def prove(trial: Trial) -> Shown:
    """Try it, with so many people that nobody asks for more than is begun at once."""
    async with an_office(limited=True) as office, office.bare() as bare, office.bot() as bot:
        people = office.newcomers(trial.commands + trial.rate * trial.seconds)
        for user in people:
            await office.connect(bot, user)
        turns = cycle(people)
        requests = await _commands(office, turns, trial.commands)
        bare_burst = await load(bare.port, trial.commands, requests)
        burst = await load(bot.port, trial.commands, requests)
        streams, bare_streams = [], []
        for _ in range(ROUNDS):
            requests = await _commands(office, turns, trial.rate * trial.seconds // ROUNDS)
            bare_streams.append(
                await paced_load(bare.port, LANES, trial.rate, requests[: 10 * trial.rate])
            )
            streams.append(await paced_load(bot.port, LANES, trial.rate, requests))
        asked = len(burst.waits) + sum(len(run.waits) for run in streams)
        return Shown(
            burst=burst,
            bare_burst=bare_burst,
            streams=streams,
            bare_streams=bare_streams,
            asked=asked,
            stored=office.filings(),
            done=office.filings(state="done"),
        )


async def _commands(office: Office, turns: Iterator[str], count: int) -> list[bytes]:
    """Return commands of people in turn, each about a record of its own."""
    commands = []
    for _ in range(count):
        record = office.portal.case("One of many")
        commands.append(
            office.signed(await office.typed(f"case {record.id} 12,13", user=next(turns)))
        )
    return commands


def told(shown: Shown) -> str:
    """Return the figures as lines to read."""

    def row(name: str, runs: Sequence[Run]) -> tuple[str, ...]:
        waits = [wait for run in runs for wait in run.waits]
        rate = sum(len(run.waits) for run in runs) / sum(run.seconds for run in runs)
        percentiles = (ms(percentile(waits, share)) for share in (0.5, 0.99, 1))
        return (name, f"{len(waits):,}", f"{rate:,.0f}", *percentiles)

    figures = table(
        f"acknowledged commands; {shown.stored:,} stored, {shown.done:,} finished meanwhile",
        ("", "commands", "a second", "p50 ms", "p99 ms", "last ms"),
        [
            row("all at once, bare handler", [shown.bare_burst]),
            row("all at once, bot", [shown.burst]),
            row("a steady stream, bare handler", shown.bare_streams),
            row("a steady stream, bot, working meanwhile", shown.streams),
        ],
    )
    rows = {
        "statuses": dict(shown.statuses()),
        "stored": shown.stored,
        "burst last ms": round(max(shown.burst.waits) * 1000),
        "stream p99 ms": round(shown.stream_p99 * 1000, 1),
        "stream p99 ratio": round(shown.ratio, 1),
    }
    return "\n".join([figures, *shown.lost(), *shown.late(), json.dumps(rows)])


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove burst", description=__doc__)
    parser.add_argument("--commands", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=60)
    shown = asyncio.run(prove(Trial(**vars(parser.parse_args(argv)))))
    print(told(shown))
    return 1 if shown.lost() or shown.late() else 0
