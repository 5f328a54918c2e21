"""Figure 1: acknowledged commands a second, through the whole bot and through the bare handler."""

from __future__ import annotations

import dataclasses
from itertools import cycle
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import ms, percentile, table
from bench.office import an_office
from bench.processes import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.load import Run
    from bench.office import Office
    from bench.processes import Server

LANES = 16
ROUNDS = 5
WAITING = 600
WORKING = 200
"""Fewer, since what was accepted in a round is carried out before the next."""


@dataclasses.dataclass(frozen=True, slots=True)
class Round:
    """One run of each, close together in time."""

    bare: Run
    waiting: Run
    working: Run


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the rounds; ratios are made in each round."""

    rate: float
    p50: float
    p99: float
    rate_ratio: float
    p99_ratio: float


async def measure() -> dict[str, float]:
    """Print the figures and return them by name."""
    async with an_office(limited=True) as office, office.bare() as bare, office.bot() as bot:
        people = office.newcomers((1 + ROUNDS) * (WAITING + WORKING))
        share = len(people) * WORKING // (WAITING + WORKING)
        staff, strangers = people[:share], people[share:]
        for user in staff:
            await office.connect(bot, user)
        of = cycle(strangers), cycle(staff)
        warm_up, *rounds = [await _round(office, bare, bot, *of) for _ in range(1 + ROUNDS)]
        sent = sum(len(one.waiting.waits) + len(one.working.waits) for one in (warm_up, *rounds))
        stored = office.filings()
        sync = office.sync_seconds()
    assert stored == sent, f"{sent} acknowledged, {stored} committed"
    bare_, waiting, working = (
        _figures(rounds, run)
        for run in (lambda one: one.bare, lambda one: one.waiting, lambda one: one.working)
    )
    print(
        table(
            f"1. Acknowledged commands, {LANES} connections, median of {ROUNDS} rounds "
            f"({stored} acknowledged, as many filings committed; the disk syncs in {ms(sync)} ms)",
            ("", "a second", "ratio", "p50 ms", "p99 ms", "p99 ratio"),
            [
                _row("bare handler", bare_),
                _row("bot, filings wait for an account", waiting),
                _row("bot, filings are carried out meanwhile", working),
            ],
        )
    )
    return {
        "intake_disk_sync_ms": round(sync * 1000, 2),
        "intake_bare_per_second": round(bare_.rate),
        "intake_waiting_ratio": round(waiting.rate_ratio, 3),
        "intake_waiting_p99_ratio": round(waiting.p99_ratio, 2),
        "intake_working_ratio": round(working.rate_ratio, 3),
        "intake_working_p99_ratio": round(working.p99_ratio, 2),
    }


async def _round(
    office: Office, bare: Server, bot: Server, strangers: Iterator[str], staff: Iterator[str]
) -> Round:
    unconnected = [await office.typed(user=next(strangers)) for _ in range(WAITING)]
    connected = [await office.typed(user=next(staff)) for _ in range(WORKING)]
    waiting = [office.signed(exchange) for exchange in unconnected]
    working = [office.signed(exchange) for exchange in connected]
    one = Round(
        bare=await load(bare.port, LANES, waiting * 2),
        waiting=await load(bot.port, LANES, waiting),
        working=await load(bot.port, LANES, working),
    )
    for run in (one.bare, one.waiting, one.working):
        assert set(run.statuses) == {200}, set(run.statuses)
    await office.answered(connected)
    return one


def _figures(rounds: list[Round], run: Callable[[Round], Run]) -> Figures:
    def p99(of: Run) -> float:
        return percentile(of.waits, 0.99)

    return Figures(
        rate=median(run(one).rate for one in rounds),
        p50=median(percentile(run(one).waits, 0.5) for one in rounds),
        p99=median(p99(run(one)) for one in rounds),
        rate_ratio=median(run(one).rate / one.bare.rate for one in rounds),
        p99_ratio=median(p99(run(one)) / p99(one.bare) for one in rounds),
    )


def _row(name: str, of: Figures) -> tuple[str, ...]:
    return (
        name,
        f"{of.rate:,.0f}",
        f"{of.rate_ratio:.2f}",
        ms(of.p50),
        ms(of.p99),
        f"{of.p99_ratio:.1f}",
    )
