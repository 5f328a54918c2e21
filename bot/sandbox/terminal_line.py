"""The prompt: reads lines without holding up the loop, and makes way for what is drawn."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import termios
import tty
from typing import TYPE_CHECKING, Any, Final, Self

from rich.cells import cell_len
from rich.text import Text

from bot.sandbox.terminal import PROMPT
from bot.sandbox.terminal_keys import Typing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

_CHUNK: Final = 4096
_LEAST_ROOM: Final = 10


class Keyboard:
    """An async context manager: inside it the terminal sends keys instead of lines.

    Ctrl-C stays a signal. What is typed while nobody reads waits for the next `read`.
    """

    def __init__(self, console: Console, fd: int) -> None:
        self._console = console
        self._fd = fd
        self._typing = Typing()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._prompt = ""
        self._on_screen = 0
        self._before: list[Any] = []

    async def __aenter__(self) -> Self:
        self._before = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd, termios.TCSADRAIN)
        asyncio.get_running_loop().add_reader(self._fd, self._take)
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._wipe()
        asyncio.get_running_loop().remove_reader(self._fd)
        with contextlib.suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    async def read(self, prompt: str) -> str:
        """Return the next line.

        Raises:
            EOFError: there is none, and will be none.

        """
        self._prompt = prompt
        self._show()
        try:
            line = await self._lines.get()
            self._wipe()
        finally:
            self._prompt = ""
        if line is None:
            raise EOFError
        self._console.print(self._prompted(prompt, line), soft_wrap=True)
        return line

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """Take the prompt away while something else is drawn; what was begun is kept."""
        self._wipe()
        yield
        self._show()

    def _take(self) -> None:
        try:
            data = os.read(self._fd, _CHUNK)
        except OSError:  # the terminal was closed
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._lines.put_nowait(None)
            return
        for line in self._typing.feed(self._decoder.decode(data)):
            self._lines.put_nowait(line)
        self._wipe()
        self._show()

    def _show(self) -> None:
        """Draw prompt and text; of a text that is too long, the part around the cursor."""
        if not self._prompt:
            return
        room = max(self._console.width - cell_len(self._prompt) - 1, _LEAST_ROOM)
        typing = self._typing
        start = max(typing.cursor - room, 0)
        while cell_len(typing.text[start : typing.cursor]) > room:
            start += 1
        shown = typing.text[start : start + room]
        while cell_len(shown) > room:
            shown = shown[:-1]
        self._write(self._prompted(self._prompt, shown))
        self._on_screen = cell_len(self._prompt + shown)
        if shown != typing.text[start : typing.cursor]:
            self._return()
            self._write(self._prompted(self._prompt, typing.text[start : typing.cursor]))

    def _wipe(self) -> None:
        # Blanks instead of a control sequence: this works on every terminal.
        if self._on_screen:
            self._return()
            self._write(Text(" " * self._on_screen))
            self._return()
        self._on_screen = 0

    def _return(self) -> None:
        self._console.file.write("\r")

    def _write(self, text: Text) -> None:
        self._console.print(text, end="", soft_wrap=True, highlight=False)

    @staticmethod
    def _prompted(prompt: str, line: str) -> Text:
        return Text(prompt, PROMPT).append(line, "default not bold")
