"""How often Slack takes a call: so many in a while, counted by method."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclasses.dataclass(frozen=True, slots=True)
class Limit:
    """So many calls of one method in so many seconds."""

    calls: int
    seconds: float


class Limits(dict[str, Limit]):
    """Limits by method. Methods that are not named are not limited."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._taken: dict[str, list[float]] = defaultdict(list)

    def take(self, method: str) -> int:
        """Count a call and return 0, or return the seconds after which one is taken again."""
        limit, now = self.get(method), self._clock()
        if limit is None:
            return 0
        taken = [at for at in self._taken[method] if at > now - limit.seconds]
        self._taken[method] = taken
        if len(taken) < limit.calls:
            taken.append(now)
            return 0
        return math.ceil(taken[-limit.calls] + limit.seconds - now)
