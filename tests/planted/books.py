"""What one test planted, and all that was seen of what the bot said and wrote meanwhile."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.planted.forms import SHORTEST, Haystack, needles
from tests.planted.kinds import MAY_BE, Kind, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST_VARIETY: Final = 8
_CHOSEN_BY_TESTS: Final = frozenset(
    {
        Kind.TYPED_KEY,
        Kind.WRONG_KEY,
        Kind.SECOND_SIGNING_SECRET,
        Kind.FILE,
        Kind.TEXT,
        Kind.HELD,
    }
)
_MAY_BECOME: Final = {Kind.FORMER_KEY: {None, Kind.HELD, Kind.MASTER_KEY}}
"""What a secret may have been known as before; otherwise as nothing in particular."""
_IN_PARTS: Final = (b"{", b"[", b"http")
"""How forms and addresses begin: parts of them may be elsewhere, what is secret is another kind."""
_LINKS: Final = re.compile(rb"(?:/|%2F)connect(?:/|%2F)([\w-]{43})")
_PROOFS: Final = re.compile(rb'name="proof" value="([0-9a-f]{64})"')
_COOKIES: Final = re.compile(rb"__Host-attachbot=([\w-]{43})")
_TOLD: Final = (
    (Place.SLACK, _LINKS, Kind.LINK),
    (Place.PAGES, _PROOFS, Kind.PROOF),
    (Place.COOKIES, _COOKIES, Kind.COOKIE),
)
"""Secrets that the bot itself makes up, and tells whom they are for."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A secret where it must not be: `near` is what stands around it."""

    place: Place
    kind: Kind
    form: str
    near: str

    def __str__(self) -> str:
        return f"{self.kind} in {self.place} ({self.form}): {self.near}"


@dataclasses.dataclass(slots=True)
class Tally:
    """How much was looked at: secrets by kind; pieces and bytes by place."""

    tests: int = 0
    secrets: Counter[str] = dataclasses.field(default_factory=Counter)
    needles: int = 0
    pieces: Counter[str] = dataclasses.field(default_factory=Counter)
    sizes: Counter[str] = dataclasses.field(default_factory=Counter)
    hits: list[str] = dataclasses.field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.tests += other.tests
        self.secrets += other.secrets
        self.needles += other.needles
        self.pieces += other.pieces
        self.sizes += other.sizes
        self.hits += other.hits


class Books:
    """The books of one test. `search` closes them, and new ones begin; `total` counts them all."""

    def __init__(self) -> None:
        self.total = Tally()
        self._secrets: dict[bytes, Kind] = {}
        self._seen: dict[Place, list[bytes]] = {}

    def plant(self, kind: Kind, secret: str | bytes) -> None:
        """Let something be secret from now on; what is too short to be told apart is left out."""
        raw = secret.encode("utf-8", "replace") if isinstance(secret, str) else bytes(secret)
        if len(raw) < SHORTEST:
            return
        # what tests make up for themselves may be zeros, or one word many times
        if kind in _CHOSEN_BY_TESTS and len(set(raw)) < _LEAST_VARIETY:
            return
        if kind is Kind.HELD and raw.startswith(_IN_PARTS):
            return
        if self._secrets.get(raw) in _MAY_BECOME.get(kind, {None, Kind.HELD}):
            self._secrets[raw] = kind

    def see(self, place: Place, data: str | bytes) -> None:
        """Keep a piece of what was said or written."""
        if data:
            raw = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
            self._seen.setdefault(place, []).append(raw)

    @property
    def kinds(self) -> set[Kind]:
        """Of which kinds something is planted."""
        return set(self._secrets.values())

    def search(self) -> tuple[list[Hit], Tally]:
        """Return each secret that is where it must not be, and how much was looked at."""
        self._plant_what_was_told()
        tally = Tally(secrets=Counter(self._secrets.values()))
        wanted = [(kind, needles(raw)) for raw, kind in self._secrets.items()]
        tally.needles = sum(len(found) for _, found in wanted)
        hits: set[Hit] = set()
        for place, pieces in self._seen.items():
            tally.pieces[place] = len(pieces)
            tally.sizes[place] = sum(map(len, pieces))
            stack = Haystack(b"\n".join(pieces))
            forbidden = ((kind, found) for kind, found in wanted if place not in MAY_BE[kind])
            hits.update(
                Hit(place, kind, form, near.decode("latin-1"))
                for kind, found in forbidden
                for form, near in _found(found, stack)
            )
        self._secrets, self._seen = {}, {}
        self.total.add(tally)
        return sorted(hits), tally

    def _plant_what_was_told(self) -> None:
        for place, pattern, kind in _TOLD:
            for piece in self._seen.get(place, ()):
                for found in pattern.findall(piece):
                    self.plant(kind, found)


def _found(wanted: dict[bytes, str], stack: Haystack) -> Iterator[tuple[str, bytes]]:
    for needle, form in wanted.items():
        near = stack.find(needle)
        if near is not None:
            yield form, near
