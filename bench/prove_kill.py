"""Kill the bot at random moments of its life: nothing accepted is lost, and nothing done twice."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from random import Random
from typing import TYPE_CHECKING

from bench.kill_books import Fate
from bench.kill_world import BETWEEN, TRANSFER, UPLOADED, Figures, Trial, World
from bench.office import an_office

if TYPE_CHECKING:
    from collections.abc import Sequence


async def prove(trial: Trial) -> Figures:
    """Try it, and return what all worlds showed."""
    until = time.monotonic() + trial.minutes * 60
    shares = [len(range(world, trial.kills, trial.worlds)) for world in range(trial.worlds)]
    figures = Figures()
    for shown in await asyncio.gather(
        *(_in_a_world(trial, number, kills, until) for number, kills in enumerate(shares))
    ):
        figures.add(shown)
    return figures


async def _in_a_world(trial: Trial, number: int, kills: int, until: float) -> Figures:
    async with an_office() as office:
        dice = Random(f"{trial.seed}/{number}")
        return await World(office, trial, dice).prove(kills, until)


def told(figures: Figures, seconds: float) -> str:
    """Return the figures as lines to read."""
    counts = figures.counts
    rows = {
        "kills": counts["kills"],
        "kills while bytes came from Slack": counts[f"phase {TRANSFER}"],
        "kills between an upload and its answer": counts[f"phase {UPLOADED}"],
        "kills between upload and attach": counts[f"phase {BETWEEN}"],
        "lives": counts["lives"],
        "commands typed": counts["asked"],
        "commands accepted (200)": counts["accepted"],
        "looks that found a lost answer": counts["settled"],
        "calls repeated after the quarantine": counts["repeats"],
        "files on no record, all in the log": counts["orphans"],
        "files from Slack attached, bytes compared": counts["brought"],
        "done": counts[f"fate {Fate.DONE}"],
        "not accepted, not done": counts[f"fate {Fate.NOTHING}"],
        "failed, told so": counts[f"fate {Fate.FAILED}"],
        "told that nobody knows": counts[f"fate {Fate.UNSURE}"],
        "twice, by a call later than the quarantine": counts[f"fate {Fate.LATE}"],
        "lost": counts[f"fate {Fate.LOST}"],
        "doubled": counts[f"fate {Fate.DOUBLED}"],
        "with other files": counts[f"fate {Fate.WRONG}"],
        "people who asked for the status at the end": counts["asked for the status"],
        "done, not told": counts[f"fate {Fate.UNTOLD}"],
        "set aside, told so": counts["aside"],
        "late looks still to come": counts["late"],
        "unfinished at the end": counts["unfinished"],
        "latest call of the portal, seconds": round(figures.latest, 1),
        "until everything had ended, seconds": round(figures.slowest_end, 1),
        "seconds": round(seconds),
    }
    lines = [f"{name:<44}{value:>8}" for name, value in rows.items()]
    return "\n".join([*lines, *figures.wrong, json.dumps(rows)])


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15.0, help="stop killing after that")
    parser.add_argument("--worlds", type=int, default=6, help="side by side")
    trial = Trial(**vars(parser.parse_args(argv)))
    began = time.monotonic()
    figures = asyncio.run(prove(trial))
    print(told(figures, time.monotonic() - began))
    return 1 if figures.wrong else 0
