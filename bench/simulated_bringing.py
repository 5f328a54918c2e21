"""What the requests of a simulation bring from Slack, and when their people want to stop that."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypedDict

from bench.simulated_files import ODD, Shared
from bot.domain import FileId

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

COMMON = b"the offer " * 20
"""What several people have, under other names."""


class Brought(TypedDict):
    """The fields of a request."""

    shared: Sequence[Shared]
    written: tuple[FileId, str] | None
    stops: Sequence[float]


NOTHING = Brought(shared=(), written=None, stops=())


def bringing_of(first: FileId, begin: float, dice: random.Random) -> Brought:
    """Return what a request of the moment `begin` brings, with numbers from `first` on."""
    count = dice.randint(1, 3)
    shared = [_shared(FileId(first + place), begin, dice) for place in range(count)]
    text = (FileId(first + count), f"What was said {first}.")
    stops = [begin + dice.random() * dice.choice((3.0, 20.0, 90.0)) for _ in range(2)]
    return {
        "shared": shared,
        "written": text if dice.random() < 0.2 else None,
        "stops": stops if dice.random() < 0.3 else (),
    }


def _shared(number: FileId, begin: float, dice: random.Random) -> Shared:
    unlike = f"{number} ".encode() * dice.randint(1, 200)
    return Shared(
        number=number,
        content=COMMON if dice.random() < 0.4 else unlike,
        odd=dice.choice(ODD) if dice.random() < 0.15 else {},
        ready=begin + dice.random() * 40 if dice.random() < 0.15 else 0.0,
        gone=begin + dice.random() * 60 if dice.random() < 0.05 else math.inf,
    )
