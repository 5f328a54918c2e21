"""What people were promised, as a model: no clock, no portal, no deaths."""

from __future__ import annotations

import dataclasses

from bot.domain import Answer, FilingState, SlackUser


@dataclasses.dataclass
class Wanted:
    """A request that was accepted. `doubtful`: one of its files is to be asked about."""

    by: SlackUser
    doubtful: bool
    answer: Answer | None = None
    cancelled: bool = False
    again: bool = False
    """Tried again: a copy that was made before is not asked about once more."""


@dataclasses.dataclass
class Model:
    """Who is connected, and what is wanted. Everything else follows from that."""

    connected: set[SlackUser]
    wanted: dict[str, Wanted] = dataclasses.field(default_factory=dict)
    done: set[str] = dataclasses.field(default_factory=set)

    def ends(self, key: str) -> set[FilingState]:
        """Return where a request may rest, once nothing is under way."""
        one = self.wanted[key]
        if key in self.done:
            return {FilingState.DONE}
        if one.cancelled:
            return {FilingState.CANCELLED}
        if one.by not in self.connected:
            return {FilingState.WAITING}
        if one.doubtful and one.answer is None:
            return {FilingState.WAITING, *([FilingState.DONE] if one.again else [])}
        return {FilingState.DONE}

    def rests(self, key: str, state: FilingState) -> None:
        """Note where it rests: what is done stays so, and what is asked about has no copy yet."""
        if state is FilingState.DONE:
            self.done.add(key)
        if self.wanted[key].by in self.connected:
            self.wanted[key].again = False

    def lapse(self) -> None:
        """Let everything that waits have waited for too long."""
        for key, one in self.wanted.items():
            one.cancelled |= FilingState.WAITING in self.ends(key)
