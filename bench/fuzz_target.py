"""What a fuzz target is, and how bytes become what it is tried with."""

from __future__ import annotations

import dataclasses
import time
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

T = TypeVar("T")

LONGEST = 2000
"""Bytes of an input at most, unless a target says otherwise."""
MOST_SECONDS = 1.0
"""Of the processor, for one input: a thousand times what most need."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`run` raises when an input breaks a promise. `words` are pieces worth trying."""

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]
    words: Sequence[bytes]
    longest: int = LONGEST


def text_of(data: bytes) -> str:
    """Return any text for any bytes: what is no UTF-8 becomes half a surrogate pair each."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """Return bytes that become nearly this text; halves of pairs are others then."""
    return text.encode("utf-8", "surrogatepass")


@contextmanager
def swift() -> Iterator[None]:
    """Fail when the block takes long, by the processor's time: nobody else's work counts."""
    began = time.thread_time()
    yield
    taken = time.thread_time() - began
    assert taken < MOST_SECONDS, f"took {taken:.1f} s"


def at_once(waiting: Coroutine[None, None, T]) -> T:
    """Return what a coroutine returns that never waits; an event loop for each would be slow."""
    try:
        waiting.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise AssertionError("it waits")


class Fed(Random):
    """Chance that is read from bytes, and is 0 after their end: what it makes, bytes can guide."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._left = data

    def getrandbits(self, k: int, /) -> int:
        """Return so many bits."""
        size = (k + 7) // 8
        piece, self._left = self._left[:size], self._left[size:]
        return int.from_bytes(piece.ljust(size, b"\0"), "big") >> (size * 8 - k)

    def random(self) -> float:
        """Return a number below 1, to the nearest 256th."""
        return self.getrandbits(8) / 256
