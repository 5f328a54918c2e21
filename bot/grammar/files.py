"""File numbers in the order typed, counted without writing out what a range holds."""

from __future__ import annotations

import itertools

from bot.domain import FileId


class FileNumbers:
    """Numbers and ranges, doubles included until somebody asks."""

    def __init__(self) -> None:
        self._spans: list[range] = []

    def __len__(self) -> int:
        """Return how many different files are named."""
        count, end = 0, 0
        for span in sorted(self._spans, key=lambda span: span.start):
            count += max(0, span.stop - max(span.start, end))
            end = max(end, span.stop)
        return count

    @property
    def typed(self) -> int:
        """How many numbers and ranges were typed."""
        return len(self._spans)

    def add(self, one: int, other: int) -> None:
        low, high = sorted((one, other))
        self._spans.append(range(low, high + 1))

    def take_first(self) -> int:
        """Remove the number that was typed first and return it."""
        return self._spans.pop(0).start

    def first(self, most: int) -> tuple[FileId, ...]:
        """Return the first `most` different files in the order typed."""
        seen: dict[FileId, None] = {}
        for id_ in itertools.chain.from_iterable(self._spans):
            if len(seen) == most:
                break
            seen.setdefault(FileId(id_))
        return tuple(seen)
