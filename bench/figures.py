"""Figures from samples, and tables from figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Interval = tuple[float, float]
"""Begin and end, in seconds of one clock."""


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the sample below or at which that share of all lies (nearest rank)."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def covered(intervals: Iterable[Interval], within: Interval) -> float:
    """Return how much of `within` at least one of the intervals covers."""
    begin, end = within
    total, reached = 0.0, begin
    for start, stop in sorted(intervals):
        total += max(0.0, min(stop, end) - max(start, reached))
        reached = max(reached, min(stop, end))
    return total


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table: the first column to the left, all others to the right."""
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join([title, *(_line(line, widths) for line in lines), ""])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([f"  {first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in others)])


def ms(seconds: float) -> str:
    """Return seconds as milliseconds, to read."""
    return f"{seconds * 1000:.1f}"
