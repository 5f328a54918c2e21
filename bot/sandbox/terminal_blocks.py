"""Block Kit drawn with rich: one renderable a block, and buttons as numbered chips."""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.console import Group
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bot.sandbox.slack_screen import interactive, texts, words_of
from bot.sandbox.terminal_markup import Reader, marked, plain, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from bot.sandbox.slack_screen import Json

CHIP: Final = "bold cyan"
PRIMARY: Final = "bold green"
DANGER: Final = "bold red"
BAR: Final = "cyan"

_LIST_LINE: Final = re.compile(r"(\d+\.|•) (.*)")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A button with its number on the screen; `what` is how Slack's people name it."""

    number: int
    words: str
    what: str
    url: str = ""
    style: str = CHIP

    def drawn(self) -> Text:
        arrow = " ↗" if self.url else ""
        return plain(f"[{self.number} {self.words}{arrow}]", self.style)


def chips_of(blocks: Sequence[Json], first: int) -> list[Chip]:
    """Return the buttons of these blocks in order, numbered from `first`."""
    return [
        dataclasses.replace(chip, number=number)
        for number, chip in enumerate(_buttons(blocks), first)
    ]


def _buttons(blocks: Sequence[Json]) -> Iterator[Chip]:
    for part in interactive(blocks):
        element = part.element
        if element["type"] == "button":
            style = {"primary": PRIMARY, "danger": DANGER}.get(element.get("style", ""), CHIP)
            words, url = words_of(element), str(element.get("url", ""))
            yield Chip(number=0, words=words, what=element["action_id"], url=url, style=style)
        elif element["type"] == "overflow":
            for option in element["options"]:
                words = option["text"]["text"]
                yield Chip(number=0, words=words, what=words, url=option.get("url", ""))


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """Chips one after the other; one that does not fit begins a new line, and none is torn."""

    chips: Sequence[Text]
    gap: int = 2

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        line = Text()
        for chip in self.chips:
            if line and cell_len(line.plain) + self.gap + chip.cell_len > options.max_width:
                yield line
                line = Text()
            line.append(" " * self.gap if line else "").append_text(chip)
        yield line


@dataclasses.dataclass(frozen=True, slots=True)
class Barred:
    """Something with a bar at its left, as wide as the text of people who read."""

    inside: RenderableType
    style: str = BAR

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bar = Segment("| " if options.ascii_only else "┃ ", console.get_style(self.style))
        room = options.update(width=max(20, options.max_width - 2))
        for line in console.render_lines(self.inside, room, pad=False):
            yield bar
            yield from _bare(line)
            yield Segment.line()


def _bare(line: Sequence[Segment]) -> list[Segment]:
    """Return a line without the blanks at its end."""
    kept = list(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[-1] = Segment(kept[-1].text.rstrip(), kept[-1].style)
    return kept


def blocks_drawn(blocks: Sequence[Json], chips: Sequence[Chip], reader: Reader) -> list[Group]:
    """Return a picture of each block; `chips` are those of `chips_of`, in the same order."""
    left = iter(chips)
    return [_block(block, left, reader) for block in blocks]


def spaced(pictures: Sequence[RenderableType], blocks: Sequence[Json]) -> Group:
    """Put the pictures of blocks below one another with a blank line, but none below a header."""
    lines: list[RenderableType] = []
    for picture, before in zip(pictures, [None, *blocks], strict=False):
        if before is not None and before["type"] != "header":
            lines.append(Text())
        lines.append(picture)
    return Group(*lines)


def lines_drawn(markup: str, reader: Reader) -> Group:
    """Draw the lines of a section; the text of a list entry stays beside its number."""
    return Group(*(_line(line, reader) for line in markup.split("\n")))


def _line(line: str, reader: Reader) -> RenderableType:
    entry = _LIST_LINE.fullmatch(line)
    if entry is None:
        return marked(line, reader)
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(plain(entry[1]), marked(entry[2], reader))
    return row


def _block(block: Json, chips: Iterator[Chip], reader: Reader) -> Group:
    own = list(itertools.islice(chips, sum(1 for _ in _buttons([block]))))
    match block["type"]:
        case "header":
            return Group(plain(block["text"]["text"], "bold"))
        case "section":
            return Group(*_section(block, reader), *_row(own))
        case "context":
            shown = Text(" ").join(_words(element, reader) for element in block["elements"])
            shown.stylize("dim")
            return Group(shown)
        case "divider":
            return Group(Rule(style="dim"))
        case "actions":
            return Group(*_row(own))
    # Blocks that the bot does not use yet: their words, so that nothing said is left out.
    return Group(*(plain(text, "dim") for text in texts(block)), *_row(own))


def _section(block: Json, reader: Reader) -> list[RenderableType]:
    spoken = [block["text"]] if "text" in block else []
    return [
        lines_drawn(text["text"], reader) if text["type"] == "mrkdwn" else plain(text["text"])
        for text in (*spoken, *block.get("fields", ()))
    ]


def _words(element: Json, reader: Reader) -> Text:
    if element["type"] == "mrkdwn":
        return marked(element["text"], reader)
    return plain(visible(element.get("text") or element.get("alt_text") or ""))


def _row(chips: Sequence[Chip]) -> list[Row]:
    return [Row([chip.drawn() for chip in chips])] if chips else []
