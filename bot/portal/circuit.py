"""Whether a portal is asked at all: a circuit that failures in a row open. Pure."""

from __future__ import annotations

import dataclasses

FAILURES = 5
"""So many in a row open the circuit."""
WITHIN_SECONDS = 30.0
"""They are in a row while no longer passes from the end of one to the beginning of the next."""
OPEN_SECONDS = 30.0
LONGEST_OPEN = 300.0
"""Seconds that a portal may wish for with `Retry-After`."""
PROBE_SECONDS = 5.0
"""When to come back while a probe is under way."""


@dataclasses.dataclass(frozen=True, slots=True)
class Circuit:
    """What is known of one portal; times are seconds of a clock that never goes back.

    `open_until` is None while the circuit is closed. Once that time has passed, the first call is
    the probe: while it is under way nobody else goes, and what becomes of it decides. A call that
    was sent before the circuit opened decides nothing any more.
    """

    failures: int = 0
    failed_at: float = 0.0
    open_until: float | None = None
    probing: bool = False

    @property
    def is_open(self) -> bool:
        return self.open_until is not None

    def wait(self, now: float) -> float:
        """Return after how many seconds to come back; 0: a call may go."""
        if self.open_until is None:
            return 0.0
        return max(self.open_until - now, PROBE_SECONDS if self.probing else 0.0)

    def entered(self) -> Circuit:
        """Let a call go; while the circuit is open it is the probe."""
        return dataclasses.replace(self, probing=True) if self.is_open else self

    def answered(self, *, probe: bool) -> Circuit:
        """Follow a call that showed that the portal works."""
        return self if self.is_open and not probe else Circuit()

    def failed(self, now: float, *, began: float, probe: bool, after: float = 0.0) -> Circuit:
        """Follow a call that showed that the portal is away, for `after` seconds if it said so."""
        if self.is_open and not probe:
            return self
        in_a_row = began - self.failed_at <= WITHIN_SECONDS
        failures = self.failures + 1 if in_a_row else 1
        if not probe and failures < FAILURES:
            return Circuit(failures, now)
        return Circuit(open_until=now + min(after or OPEN_SECONDS, LONGEST_OPEN))

    def undecided(self, *, probe: bool) -> Circuit:
        """Follow a call that showed nothing; if it was the probe, the next one is."""
        return dataclasses.replace(self, probing=False) if probe else self
