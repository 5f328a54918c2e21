"""The use case: files that people share are asked about, once a message."""

from __future__ import annotations

from bot.prompting.gathering import QUIET
from bot.prompting.prompting import Prompting

__all__ = ["QUIET", "Prompting"]
