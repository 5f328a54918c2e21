"""Who goes next where many wait: fair between lanes, then between the people of a lane. Pure."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

_Lane = TypeVar("_Lane", bound=Hashable)
_Person = TypeVar("_Person", bound=Hashable)
_Item = TypeVar("_Item", bound=Hashable)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many may be under way at the same time: in all, in one lane, for one person in it."""

    whole: int
    lane: int
    person: int

    def for_lanes(self, count: int) -> Limits:
        """Return these limits with room for so many full lanes: none is left to what others do."""
        return dataclasses.replace(self, whole=max(self.whole, self.lane * count))


@dataclasses.dataclass(frozen=True, slots=True)
class Place(Generic[_Lane, _Person, _Item]):
    """Leave for one item to be under way; it is given back with `Lanes.leave`."""

    lane: _Lane
    person: _Person
    item: _Item


class Lanes(Generic[_Lane, _Person, _Item]):
    """Items that wait, each once, and the places of those under way.

    Lanes take turns, and in a lane its people do, so that somebody with hundreds of items and
    somebody with a single one get every second place each. Whoever was served goes to the end.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        # Dictionaries keep their order, and any entry leaves them at once: they are the queues.
        self._waiting: dict[_Lane, dict[_Person, dict[_Item, None]]] = {}
        self._where: dict[_Item, tuple[_Lane, _Person]] = {}
        self._in_lane: Counter[_Lane] = Counter()
        self._of_person: Counter[tuple[_Lane, _Person]] = Counter()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._where)

    def __contains__(self, item: object) -> bool:
        """Say whether an item waits."""
        return item in self._where

    def join(self, lane: _Lane, person: _Person, item: _Item) -> None:
        """Let an item wait; one that waits already keeps its turn."""
        if item not in self._where:
            self._where[item] = lane, person
            self._waiting.setdefault(lane, {}).setdefault(person, {})[item] = None

    def withdraw(self, item: _Item) -> None:
        """Let an item wait no longer."""
        where = self._where.pop(item, None)
        if where is None:
            return
        lane, person = where
        people = self._waiting[lane]
        del people[person][item]
        if not people[person]:
            del people[person]
        if not people:
            del self._waiting[lane]

    def clear(self) -> None:
        """Let nothing wait any longer; places stay as they are."""
        self._where.clear()
        self._waiting.clear()

    def next(self) -> Place[_Lane, _Person, _Item] | None:
        """Give a place to the item whose turn it is, or return None while nobody may go."""
        found = self._whose_turn()
        if found is None:
            return None
        lane, person = found
        people = self._waiting.pop(lane)
        items = people.pop(person)
        item = next(iter(items))
        del items[item], self._where[item]
        if items:
            people[person] = items
        if people:
            self._waiting[lane] = people
        self._in_lane[lane] += 1
        self._of_person[lane, person] += 1
        return Place(lane, person, item)

    def leave(self, place: Place[_Lane, _Person, _Item]) -> None:
        """Take a place back."""
        self._in_lane[place.lane] -= 1
        self._of_person[place.lane, place.person] -= 1
        if not self._in_lane[place.lane]:
            del self._in_lane[place.lane]
        if not self._of_person[place.lane, place.person]:
            del self._of_person[place.lane, place.person]

    def _whose_turn(self) -> tuple[_Lane, _Person] | None:
        if self._in_lane.total() >= self._limits.whole:
            return None
        for lane, people in self._waiting.items():
            if self._in_lane[lane] >= self._limits.lane:
                continue
            for person in people:
                if self._of_person[lane, person] < self._limits.person:
                    return lane, person
        return None
