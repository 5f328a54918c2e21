"""What `attachbot keys` says: which keys there are, and what became of a change of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def key_list(ring: Sequence[str], used: Mapping[str, int]) -> list[str]:
    """Return a line for each key: its id, what it is for, and how many values it seals."""
    missing = sorted(set(used) - set(ring))
    lines = [_line(key, _role(place), used.get(key, 0)) for place, key in enumerate(ring)]
    lines += [_line(key, "not in the ring", used[key]) for key in missing]
    return lines + ([_MISSING] if missing else [])


def _role(place: int) -> str:
    return "opens only" if place else "first, seals what is new"


def _line(key: str, role: str, values: int) -> str:
    return f"{key}  {role:<25} seals {_values(values)}"


def rotated(first: str, values: int, dropped: int, seconds: float) -> str:
    """Return what a rotation did, as one line."""
    if not values and not dropped:
        return f"Nothing to do: all that opens is sealed with the first key, {first}, already."
    told = f" Dropped {_values(dropped)}, closed to all keys." if dropped else ""
    return f"Sealed {_values(values)} anew with the first key, {first}, in {seconds:.1f} s.{told}"


def not_needed(keys: Sequence[str]) -> str:
    """Return what to do with keys that seal nothing any more."""
    return f"Not needed any more: {', '.join(keys)}. Take them out of the ring, then start the bot."


def still_closed(closed: Mapping[str, int]) -> list[str]:
    """Return what is said of values that do not open, by place."""
    places = ", ".join(f"{_values(values)} in {place}" for place, values in closed.items())
    return [f"These do not open, since somebody moved or changed them: {places}.", _CLOSED]


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"


_MISSING = (
    "The bot does not start while a key is missing: put it back into the ring. If it is lost, "
    "`attachbot keys rotate --drop ID` drops what it sealed, and people connect anew."
)
_CLOSED = (
    "They stay as they are, and need their keys: find out who wrote to the database. Then "
    "`attachbot keys rotate --drop ID` drops what does not open, by the id of its key."
)
