"""One portal hangs, one is slow, one fails: the seven others keep at least 95 % of their rate."""

from __future__ import annotations

import argparse
import asyncio
import time
from statistics import median
from typing import TYPE_CHECKING

from bench.isolation_round import GOOD, PEOPLE, TROUBLES, Load, Shown, a_round

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 0.95
LANE = 4
"""Calls that a portal may have at a time."""
MOST_CALLS = 2 * LANE + 2
"""Calls that a portal gets in a round which fails at once: until it is left alone, and probes."""

Pair = tuple[Shown, Shown]
"""The good portals alone, and then with trouble beside them."""


async def prove(load: Load, rounds: int, until: float) -> list[Pair]:
    """Measure rounds with and without trouble by turns, as long as there is time."""
    pairs: list[Pair] = []
    for _ in range(rounds):
        if pairs and time.monotonic() > until:
            break
        pairs.append((await a_round(load, trouble=False), await a_round(load, trouble=True)))
        alone, beside = pairs[-1]
        print(
            f"  alone {alone.rate:.2f}/s, beside trouble {beside.rate:.2f}/s: "
            f"{beside.rate / alone.rate:.3f}; the bot took {alone.cpu:.0%} and {beside.cpu:.0%} "
            f"of a core; calls there {beside.calls}",
            flush=True,
        )
    return pairs


def kept(pairs: Sequence[Pair]) -> float:
    """Return the part of their rate that the good portals kept."""
    return median(beside.rate / alone.rate for alone, beside in pairs)


def missed(pairs: Sequence[Pair], least: float = LEAST) -> list[str]:
    """Return a sentence for each bar that was missed."""
    wrong = []
    if kept(pairs) < least:
        wrong.append(f"the good portals kept {kept(pairs):.1%} of their rate, not {least:.0%}")
    if undone := sum(shown.undone for pair in pairs for shown in pair):
        wrong.append(f"{undone} requests were left undone")
    if doubled := sum(shown.doubled for pair in pairs for shown in pair):
        wrong.append(f"{doubled} requests were attached twice")
    most = max(beside.most for _, beside in pairs)
    if most > LANE:
        wrong.append(f"the hung portal had {most} calls at a time")
    failing = max(beside.calls["failing"] for _, beside in pairs)
    if failing > MOST_CALLS:
        wrong.append(f"the failing portal was asked {failing} times in one round")
    return wrong


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a bar is missed."""
    usual = Load()
    parser = argparse.ArgumentParser(prog="python -m bench.prove isolation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--good", type=int, default=usual.good, help="requests of each person")
    parser.add_argument("--bad", type=int, default=usual.bad, help="the same at each bad portal")
    parser.add_argument("--latency", type=float, default=usual.latency, help="of the good, seconds")
    parser.add_argument("--minutes", type=float, default=10, help="begin nothing after that")
    given = parser.parse_args(argv)
    load = Load(good=given.good, bad=given.bad, latency=given.latency)
    print(
        f"  {GOOD} good portals with {load.good * len(PEOPLE)} requests each; "
        f"{', '.join(TROUBLES)} with {load.bad * len(PEOPLE)} each"
    )
    pairs = asyncio.run(prove(load, given.rounds, time.monotonic() + 60 * given.minutes))
    wrong = missed(pairs)
    print(f"  kept, median of {len(pairs)} rounds: {kept(pairs):.1%}")
    print("\n".join(f"  MISSED {sentence}" for sentence in wrong) or "held")
    return 1 if wrong else 0
