"""What the calls of an undo read that no other call needs."""

from __future__ import annotations

from bot.portal.wire import Date, Wire


class WireNumber(Wire):
    """Something of which only the number matters here; third-party storage has words there."""

    id: int | str = 0


class WireFolderContent(Wire):
    """A folder with what is in it."""

    current: WireNumber


class WireTrace(Wire):
    """An entry of the history, whatever it hangs on, with the files that it tags."""

    id: int
    created: Date = None
    files: tuple[WireNumber, ...] = ()
