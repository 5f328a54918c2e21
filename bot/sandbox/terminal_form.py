"""A form as a panel: fields with their labels, what stands in them, hints and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.align import Align
from rich.console import Group
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.sandbox.terminal_blocks import CHIP, PRIMARY, Row, blocks_drawn, spaced
from bot.sandbox.terminal_markup import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_views import OpenView
    from bot.sandbox.terminal_blocks import Chip
    from bot.sandbox.terminal_markup import Reader

ERROR: Final = "bold red"


def form_drawn(view: OpenView, chips: Sequence[Chip], reader: Reader) -> Panel:
    """Draw a form with what the person has filled in so far."""
    pictures = [
        _field(block, view) if block["type"] == "input" else picture
        for block, picture in zip(
            view.blocks, blocks_drawn(view.blocks, chips, reader), strict=True
        )
    ]
    foot = Align.right(Row(_foot(view.content)))
    return Panel(
        Group(spaced(pictures, view.blocks), Text(), foot),
        title=plain(view.title, "bold"),
        title_align="left",
        box=box.ROUNDED,
        border_style=CHIP,
        padding=(0, 2),
    )


def label_of(block: Json) -> str:
    return str(block["label"]["text"])


def content_of(block: Json, state: Mapping[str, Mapping[str, Json]]) -> str:
    """Return what stands in a field, in words; empty when nothing does."""
    value = state.get(block["block_id"], {}).get(block["element"]["action_id"], {})
    return _said(next((content for name, content in value.items() if name != "type"), None))


def _said(content: object) -> str:
    match content:
        case None:
            return ""
        case dict():
            return str(content["text"]["text"]) if "text" in content else str(content)
        case list() | tuple():
            return ", ".join(_said(one) for one in content)
    return str(content)


def _field(block: Json, view: OpenView) -> RenderableType:
    element = block["element"]
    optional = Text(" (optional)", "dim") if block.get("optional") else Text()
    inside = content_of(block, view.state)
    empty = element.get("placeholder", {}).get("text", "")
    shown = plain(inside) if inside else plain(empty, "dim italic")
    lines: list[RenderableType] = [
        plain(label_of(block), "bold").append_text(optional),
        Padding(Panel(shown, box=box.SQUARE, border_style="dim", padding=(0, 1)), 0),
    ]
    error = view.errors.get(element["action_id"])
    if error:
        lines.append(plain(f"✗ {error}", ERROR))
    if "hint" in block:
        lines.append(plain(block["hint"]["text"], "dim"))
    return Group(*lines)


def _foot(content: Json) -> list[Text]:
    words = [(content.get(name, {}).get("text", ""), style) for name, style in _FOOT]
    return [plain(f"[{text}]", style) for text, style in words if text]


_FOOT: Final = (("close", "dim"), ("submit", PRIMARY))
