"""Alarm clocks by key: each rings once, unless it is set anew or dropped before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)


class Alarms(Generic[_Key]):
    """Alarms of the running event loop."""

    def __init__(self) -> None:
        self._set: dict[_Key, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._set)

    def __contains__(self, key: object) -> bool:
        return key in self._set

    def set(self, key: _Key, seconds: float, ring: Callable[[], None]) -> None:
        """Have `ring` called after so many seconds, in place of what was set for this key."""

        def rings() -> None:
            del self._set[key]
            ring()

        self.drop(key)
        self._set[key] = asyncio.get_running_loop().call_later(seconds, rings)

    def drop(self, key: _Key) -> None:
        """Let an alarm not ring, if there is one."""
        alarm = self._set.pop(key, None)
        if alarm is not None:
            alarm.cancel()

    def clear(self) -> None:
        """Let no alarm ring."""
        for key in list(self._set):
            self.drop(key)
