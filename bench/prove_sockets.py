"""Refresh, reset and mislead the bot's Socket Mode connections in one life: no command is lost."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import TYPE_CHECKING

from bench.sockets_life import Figures, Trial, a_life
from bot.logs import configure

if TYPE_CHECKING:
    from collections.abc import Sequence


async def prove(trial: Trial) -> Figures:
    """Try it, and return what it showed."""
    async with a_life(trial) as life:
        return await life.prove()


def told(figures: Figures, seconds: float) -> str:
    """Return the figures as lines to read."""
    rows = figures.rows() | {"seconds": round(seconds)}
    lines = [f"{name:<52}{value:>8}" for name, value in rows.items()]
    return "\n".join([*lines, *figures.wrong, json.dumps(rows)])


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove sockets", description=__doc__)
    parser.add_argument("--refreshes", type=int, default=200)
    parser.add_argument("--resets", type=int, default=50)
    parser.add_argument("--dns", type=int, default=20, help="socket hosts that do not resolve")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10.0, help="stop troubling after that")
    trial = Trial(**vars(parser.parse_args(argv)))
    configure("error", "text")
    began = time.monotonic()
    figures = asyncio.run(prove(trial))
    print(told(figures, time.monotonic() - began))
    return 1 if figures.wrong else 0
