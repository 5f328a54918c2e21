"""What a test can let go wrong on the way: slow, cut off, or answered by somebody else."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

ANY = "*"


@dataclasses.dataclass(eq=False, kw_only=True)
class Fault:
    """One thing that goes wrong for requests that `match` (method or `*`, pattern of the path).

    `latency` passes before the portal acts, `linger` between the act and the answer; both run on
    when the client has gone. An upload is read piece by piece, each after `pace` seconds, and cut
    off once more than `reads` bytes came. `drop` cuts the connection before the act, after it, or
    in the middle of the answer. `status` and `body` are answered in the portal's place, and the
    portal acts all the same if `acts`. `times` is how often the fault happens; None is always.
    """

    match: tuple[str, str] = (ANY, "")
    latency: float = 0
    linger: float = 0
    pace: float = 0
    reads: int | None = None
    drop: Literal["before", "after", "middle"] | None = None
    status: int | None = None
    body: str | bytes | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    acts: bool = False
    times: int | None = None

    @property
    def replaces(self) -> bool:
        """Whether the answer comes from somebody else."""
        return self.status is not None or self.body is not None

    def fits(self, method: str, path: str) -> bool:
        wanted, pattern = self.match
        left = self.times is None or self.times > 0
        return left and wanted in (ANY, method) and re.search(pattern, path) is not None


class Faults:
    """The faults that are switched on; the first that fits happens."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        self._faults.remove(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of this request and count it."""
        found = next((fault for fault in self._faults if fault.fits(method, path)), None)
        if found and found.times is not None:
            found.times -= 1
        return found
