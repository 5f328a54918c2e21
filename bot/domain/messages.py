"""What the bot says, as Slack takes it."""

from __future__ import annotations

import dataclasses
from typing import Any

Block = dict[str, Any]
"""One Block Kit block."""


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """What the bot says: blocks for the eye, and `text` that says the same on its own."""

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the arguments that every way to post a message takes."""
        return {"text": self.text, "blocks": list(self.blocks)}


View = dict[str, Any]
"""A Block Kit view (a form)."""
