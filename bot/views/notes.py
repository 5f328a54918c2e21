"""The look of short answers: a bold headline, some sentences, buttons, and small print."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.views import blocks

if TYPE_CHECKING:
    from bot.domain import Block, Message


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A short answer as markup.

    `headline` has no final stop. `lines` are further paragraphs or list entries, `small` is small
    print. `also` are sentences that the fallback text holds besides headline and body, `heard`
    those that it holds in place of a body that is too long for it.
    """

    headline: str
    body: str
    lines: tuple[str, ...] = ()
    buttons: tuple[Block, ...] = ()
    small: str = ""
    also: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()

    def message(self) -> Message:
        closed = self.headline if self.headline.endswith(("?", ".")) else f"{self.headline}."
        return blocks.message(
            blocks.said(closed, *(self.heard or (self.body,)), *self.also),
            [
                blocks.section(f"*{self.headline}*\n{self.body}"),
                *blocks.sections(self.lines),
                *([blocks.context(self.small)] if self.small else []),
                *blocks.actions(self.buttons),
            ],
        )
