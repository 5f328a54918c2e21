"""The use case: records for what a person has typed so far into a form, always in time."""

from __future__ import annotations

from bot.suggesting.suggesting import LinkedRecords, Suggesting

__all__ = ["LinkedRecords", "Suggesting"]
