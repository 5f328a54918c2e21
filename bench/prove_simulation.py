"""The real worker on a virtual clock, thousands of seeds: nothing lost, nothing done twice."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import structlog

from bench.simulated_bars import Verdict, judge
from bench.simulated_books import Told
from bench.simulated_plan import Profile
from bench.simulated_world import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from structlog.typing import EventDict, WrappedLogger

CHUNK = 50
REPLAYED = 50
MUTATED = 400
"""Seeds that try the proof itself: something is wrong with it if it finds nothing there."""
MOST_SHOWN = 20
BUGS = frozenset({"filing_stuck", "step_broken", "late_look_broken"})


@contextlib.contextmanager
def listening() -> Iterator[Told]:
    """Keep the bot's log quiet, and yield what it says of bugs and of files left behind."""
    told = Told()

    def keep(_logger: WrappedLogger, _level: str, entry: EventDict) -> EventDict:
        if entry["event"] in BUGS:
            shown = structlog.processors.format_exc_info(_logger, _level, entry)
            told.bugs.append(shown["exception"])
        if entry["event"] == "orphan_possible":
            told.orphans[entry["filing"]] += 1
        raise structlog.DropEvent

    structlog.configure(
        processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING)
    )
    try:
        yield told
    finally:
        structlog.reset_defaults()


def try_seeds(seeds: Sequence[int], profile: Profile) -> Verdict:
    """Simulate these seeds and return what they showed."""
    verdict = Verdict()
    for seed in seeds:
        with listening() as told:
            verdict.add(judge(simulate(seed, profile), seed, told))
        verdict.missed += [f"seed {seed}: {bug}" for bug in told.bugs]
    return verdict


def differing(seeds: Sequence[int], profile: Profile) -> list[int]:
    """Return the seeds that do not replay identically."""
    with listening():
        return [
            seed
            for seed in seeds
            if simulate(seed, profile).books.noted != simulate(seed, profile).books.noted
        ]


def _many(pool: ProcessPoolExecutor, seeds: range, profile: Profile, until: float) -> Verdict:
    """Try many seeds side by side, as long as there is time."""
    verdict = Verdict()
    # Few chunks at a time, so that the end of the time ends the run.
    at_once = CHUNK * 2 * (os.cpu_count() or 1)
    for begin in range(seeds.start, seeds.stop, at_once):
        if time.monotonic() > until:
            break
        part = range(begin, min(begin + at_once, seeds.stop))
        chunks = [part[place : place + CHUNK] for place in range(0, len(part), CHUNK)]
        for shown in pool.map(try_seeds, chunks, [profile] * len(chunks)):
            verdict.add(shown)
    return verdict


def _shown(title: str, verdict: Verdict) -> str:
    counts = "\n".join(f"  {name:<32}{count:>9}" for name, count in sorted(verdict.counts.items()))
    wrong = "\n".join(f"  MISSED {wrong}" for wrong in verdict.missed[:MOST_SHOWN])
    return f"{title}\n{counts}\n  {'bars missed':<32}{len(verdict.missed):>9}\n{wrong}"


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--minutes", type=float, default=15, help="begin nothing after that")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    given = parser.parse_args(argv)
    began = time.monotonic()
    until = began + 60 * given.minutes
    seeds = range(given.first, given.first + given.seeds)
    with ProcessPoolExecutor(given.workers) as pool:
        fair = _many(pool, seeds, Profile(), until)
        seconds = time.monotonic() - began
        late = _many(pool, seeds[:MUTATED], Profile(latest=600), until + 60)
        blind = _many(pool, seeds[:MUTATED], Profile(quarantine=0), until + 120)
        again = pool.submit(differing, seeds[:REPLAYED], Profile()).result()
    print(_shown(f"the portal acts within the quarantine ({seconds:.0f} s)", fair))
    print(_shown("the portal acts up to ten minutes late", late))
    print(f"doubled and not reported: {late.counts['doubled and not reported']}")
    print(f"without the quarantine: {blind.doubled} doubled of {blind.counts['accepted']}")
    print(f"seeds that do not replay identically: {len(again)} of {len(seeds[:REPLAYED])}")
    missed = bool(fair.missed or late.missed or again)
    blunt = not (blind.doubled and late.doubled)
    print("missed" if missed else "blunt: it finds no doubles" if blunt else "held")
    return 1 if missed or blunt else 0
