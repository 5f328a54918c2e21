"""Figure 2: from the start of a process to its first acknowledged command, in time and memory."""

from __future__ import annotations

import dataclasses
import time
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import table
from bench.load import connection
from bench.office import an_office

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bench.office import Office
    from bench.processes import Server

ROUNDS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class First:
    """What the first acknowledged command took."""

    seconds: float
    mib: float


async def measure() -> dict[str, float]:
    """Print the figures and return them by name."""
    async with an_office() as office:
        async with office.bot() as bot:
            await office.connect(bot)
        rounds = [
            (await _first(office, office.bare()), await _first(office, office.bot()))
            for _ in range(ROUNDS)
        ]
    bare, bot_ = (
        First(median(one.seconds for one in firsts), median(one.mib for one in firsts))
        for firsts in zip(*rounds, strict=True)
    )
    longer = median(ours.seconds / theirs.seconds for theirs, ours in rounds)
    larger = median(ours.mib / theirs.mib for theirs, ours in rounds)
    print(
        table(
            f"2. From process start to the first acknowledged command, median of {ROUNDS} rounds",
            ("", "seconds", "ratio", "peak MiB", "ratio"),
            [
                ("bare handler", f"{bare.seconds:.2f}", "1.00", f"{bare.mib:.0f}", "1.00"),
                ("bot", f"{bot_.seconds:.2f}", f"{longer:.2f}", f"{bot_.mib:.0f}", f"{larger:.2f}"),
            ],
        )
    )
    return {
        "start_bare_seconds": round(bare.seconds, 3),
        "start_bot_seconds": round(bot_.seconds, 3),
        "start_bare_mib": round(bare.mib, 1),
        "start_bot_mib": round(bot_.mib, 1),
    }


async def _first(office: Office, start: AbstractAsyncContextManager[Server]) -> First:
    exchange = await office.typed()
    async with start as running, connection(running.port) as to:
        status = await to.ask(office.signed(exchange))
        first = First(time.perf_counter() - running.began, running.peak_mib())
    assert status == 200, status
    return first
