"""The screen of the demo: what people type, what the bot says, forms, and the demo's own notes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.sandbox.slack_workspace import BOT
from bot.sandbox.terminal_blocks import BAR, Barred, blocks_drawn, chips_of, lines_drawn, spaced
from bot.sandbox.terminal_form import form_drawn
from bot.sandbox.terminal_markup import Reader, plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from rich.console import Console, RenderableType

    from bot.domain import EntityRef
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack_screen import Shown
    from bot.sandbox.slack_views import OpenView
    from bot.sandbox.slack_workspace import Workspace
    from bot.sandbox.terminal_blocks import Chip

WIDEST: Final = 100
PROMPT: Final = "bold green"
BOT_NAME: Final = "CRM Attach"
PRIVATE: Final = "only {} sees this"
REPLACES: Final = "(replaces the message above)"
REPLACES_EARLIER: Final = "(replaces an earlier message)"


class Screen:
    """Draws on a console. `buttons` are those of messages that can be pressed by number now.

    `lifted` is entered around every drawing: it takes away what must not be drawn over.
    """

    def __init__(self, console: Console, workspace: Workspace) -> None:
        self._console = console
        self._reader = Reader.of(workspace)
        self._people = {person.id: person.name.capitalize() for person in workspace.people.values()}
        self._drawn: list[str] = []
        self._begin_anew = False
        self._ticked = False
        self.buttons: dict[int, tuple[Shown, Chip]] = {}
        self.lifted: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext

    def first_name(self, user: str) -> str:
        return self._people.get(user, user)

    def count_anew(self) -> None:
        """Let the next message number its buttons from 1, and end those drawn before it."""
        self._begin_anew = True

    def message(self, shown: Shown, *, to: str) -> None:
        """Draw a message as the person `to` sees it."""
        if self._begin_anew:
            self.buttons.clear()
            self._begin_anew = False
        self._forget_buttons_of(shown.ts)
        chips = chips_of(shown.blocks, max(self.buttons, default=0) + 1)
        self.buttons |= {chip.number: (shown, chip) for chip in chips}
        blocks = list(shown.blocks)
        pictures = blocks_drawn(blocks, chips, self._reader)
        inside = spaced(pictures, blocks) if blocks else lines_drawn(shown.text, self._reader)
        self._put(self._head(shown, to), Barred(inside), Text())
        self._drawn.append(shown.ts)

    def form(self, view: OpenView) -> dict[int, Chip]:
        """Draw a form and return its buttons by number."""
        chips = chips_of(view.blocks, 1)
        self._put(form_drawn(view, chips, self._reader), Text())
        return {chip.number: chip for chip in chips}

    def heading(self, text: str) -> None:
        title = plain(text, "bold").append(" ")
        self._put(Rule(title, align="left", style=BAR), Text())

    def typed(self, prompt: str, text: str, remark: str = "") -> None:
        """Draw a line as if it had been typed at the prompt."""
        line = plain(prompt, PROMPT).append_text(plain(text, "default not bold"))
        self._put(line.append_text(plain(f"   {remark}" if remark else "", "dim not bold")), Text())

    def note(self, text: str) -> None:
        """Say something that is not the bot's."""
        self._put(plain(text, "italic"), Text())

    def gap(self) -> None:
        """Leave a line free below something that was typed."""
        self._put(Text())

    def right(self, text: str) -> None:
        """Tick something off; ticks stand close together."""
        self._put(plain(f"✓ {text}", "green"), tick=True)

    def wrong(self, text: str) -> None:
        self._put(plain(f"✗ {text}", "bold red"), tick=True)

    def choices(self, words: list[str]) -> None:
        """Draw options with their numbers."""
        self._put(*(plain(f"  {number} {text}") for number, text in enumerate(words, 1)))

    def pairs(self, rows: list[tuple[str, str]]) -> None:
        """Draw words with what they mean beside them."""
        table = Table.grid(padding=(0, 3, 0, 0))
        for words, meaning in rows:
            table.add_row(plain(words, "bold"), plain(meaning))
        self._put(Padding(table, (0, 0, 1, 2)))

    def record(self, portal: SandboxPortal, ref: EntityRef) -> None:
        """Draw what the portal itself knows of a record."""
        events = [event for event in portal.events_of(ref) if event.tagged]
        table = Table.grid(padding=(0, 2, 0, 0))
        for file in (portal.data.files[number] for number in portal.attached(ref)):
            table.add_row(*(plain(text) for text in (f"{file.id}", file.title, file.author.name)))
        lines = [
            f"{event.author.name} attached {', '.join(map(str, event.tagged))}." for event in events
        ]
        title = portal.data.records[ref].title
        self._put(
            plain(f"On the portal: {ref}, {title}", "bold"),
            table if events else plain("No files."),
            *(plain(line, "dim") for line in lines),
            Text(),
        )

    def _head(self, shown: Shown, to: str) -> Text:
        head = plain(BOT_NAME, f"bold {BAR}")
        if shown.author != BOT:
            head = plain(self.first_name(shown.author), "bold")
        if shown.ephemeral:
            head.append_text(plain(f"  {PRIVATE.format(self.first_name(to))}", "dim not bold"))
        if shown.ts in self._drawn:
            above = shown.ts == self._drawn[-1]
            head.append_text(plain(f"  {REPLACES if above else REPLACES_EARLIER}", "dim not bold"))
        return head

    def _forget_buttons_of(self, ts: str) -> None:
        gone = [number for number, (shown, _) in self.buttons.items() if shown.ts == ts]
        for number in gone:
            del self.buttons[number]

    def _put(self, *pictures: RenderableType, tick: bool = False) -> None:
        width = min(self._console.width, WIDEST)
        below_ticks = self._ticked and not tick
        self._ticked = tick
        with self.lifted():
            for picture in (*([Text()] if below_ticks else []), *pictures):
                self._console.print(picture, width=width, highlight=False)
