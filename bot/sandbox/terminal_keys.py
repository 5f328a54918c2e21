"""A line that is being typed: keys in, finished lines out; it knows no terminal."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

_KEY: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|\x1b[^\x1b]|.", re.DOTALL)
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-9;]*|O)?\Z")
_WORD_BEFORE: Final = re.compile(r"\S*\s*\Z")
_MEANING: Final = {
    "\r": "enter",
    "\n": "enter",
    "\x04": "end of input",
    "\x08": "backspace",
    "\x7f": "backspace",
    "\x1b[3~": "delete",
    "\x01": "home",
    "\x1b[H": "home",
    "\x1bOH": "home",
    "\x1b[1~": "home",
    "\x05": "end",
    "\x1b[F": "end",
    "\x1bOF": "end",
    "\x1b[4~": "end",
    "\x02": "left",
    "\x1b[D": "left",
    "\x1bOD": "left",
    "\x06": "right",
    "\x1b[C": "right",
    "\x1bOC": "right",
    "\x10": "earlier",
    "\x1b[A": "earlier",
    "\x1bOA": "earlier",
    "\x0e": "later",
    "\x1b[B": "later",
    "\x1bOB": "later",
    "\x0b": "cut end",
    "\x15": "cut start",
    "\x17": "cut word",
}


@dataclasses.dataclass(slots=True)
class Typing:
    """The text, where the cursor stands in it, and the lines of before."""

    text: str = ""
    cursor: int = 0
    lines: list[str] = dataclasses.field(default_factory=list)
    _back: int = 0
    _draft: str = ""
    _unread: str = ""

    def feed(self, data: str) -> list[str | None]:
        """Take what the terminal sent; return the lines finished by it, None for the end."""
        data = self._unread + data
        cut = _UNFINISHED.search(data)
        self._unread = data[cut.start() :] if cut else ""
        finished = []
        for key in _KEY.findall(data[: cut.start()] if cut else data):
            finished += self._press(key)
        return finished

    def _press(self, key: str) -> list[str | None]:
        match _MEANING.get(key, ""):
            case "enter":
                return [self._enter()]
            case "end of input":
                return [] if self.text else [None]
            case "earlier" | "later" as way:
                self._leaf(1 if way == "earlier" else -1)
            case "" if key.isprintable():
                self._replace(self.cursor, self.cursor, key)
            case meaning:
                self._edit(meaning)
        return []

    def _edit(self, meaning: str) -> None:
        at, end = self.cursor, len(self.text)
        match meaning:
            case "backspace":
                self._replace(max(at - 1, 0), at)
            case "delete":
                self._replace(at, at + 1)
            case "cut start":
                self._replace(0, at)
            case "cut end":
                self._replace(at, end)
            case "cut word":
                before = _WORD_BEFORE.search(self.text[:at])
                self._replace(before.start() if before else 0, at)
            case "left" | "right" | "home" | "end":
                moves = {"left": max(at - 1, 0), "right": min(at + 1, end), "home": 0, "end": end}
                self.cursor = moves[meaning]

    def _replace(self, start: int, end: int, by: str = "") -> None:
        self.text = self.text[:start] + by + self.text[end:]
        self.cursor = start + len(by)

    def _enter(self) -> str:
        line = self.text
        if line.strip() and self.lines[-1:] != [line]:
            self.lines.append(line)
        self.text, self.cursor, self._back = "", 0, 0
        return line

    def _leaf(self, step: int) -> None:
        """Go back or forth in the lines of before; the line begun is kept meanwhile."""
        if self._back == 0:
            self._draft = self.text
        self._back = min(max(self._back + step, 0), len(self.lines))
        self.text = self.lines[-self._back] if self._back else self._draft
        self.cursor = len(self.text)
