"""What the settings say about filings."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.filing.pace import Limits

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long things wait, and what is not allowed."""

    keep: timedelta = timedelta(minutes=15)
    """How long a filing waits for a person."""
    quarantine: timedelta = timedelta(seconds=60)
    """How long an unanswered attach may not be repeated."""
    blocked: Collection[str] = ()
    """Extensions of files that are not attached, with their dot, lower case."""
    largest: int | None = None
    """Bytes of a file at most, beside what the portal itself allows; None: no limit of the bot."""
    several_portals: bool = False
    limits: Limits = dataclasses.field(default_factory=Limits)
    """What one person may ask for."""
