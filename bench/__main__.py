"""`make bench`: every figure in one run; the last line is the same as JSON."""

from __future__ import annotations

import asyncio
import json
import sys

from bench import bringing, intake, pipe, ready, rotation, share, start, typeahead

FIGURES = {
    "1": intake.measure,
    "2": start.measure,
    "3": share.measure,
    "4": ready.measure,
    "5": pipe.measure,
    "6": typeahead.measure,
    "7": bringing.measure,
    "8": rotation.measure,
}


async def main(wanted: list[str]) -> None:
    """Measure what is asked for by number, or everything."""
    shown: dict[str, float] = {}
    for number in wanted or FIGURES:
        shown |= await FIGURES[number]()
    print(json.dumps(shown))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
