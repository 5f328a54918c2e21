"""What `attachbot audit verify` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def whole(entries: int, first: int, head: str) -> list[str]:
    """Return what is said of a chain without flaws."""
    if not entries:
        return [f"The audit is whole; it has no entries. Its head is {head}"]
    return [
        f"The audit is whole: {entries:,} entries, from number {first} on. Its head is",
        head,
        "Keep that line elsewhere: `attachbot audit verify --head` and the line find a later cut.",
    ]


def broken(flaws: Sequence[str]) -> list[str]:
    """Return what is said of flaws."""
    return ["The audit is NOT whole:", *(f"  {flaw}" for flaw in flaws), _BROKEN]


def swept_since(head: str) -> str:
    return f"This head is older than what is kept, and was not compared: {head}"


def no_head(text: str) -> str:
    return f"{text[:80]!r} is no head. One looks like 123:9f86d0... and is printed by this command."


_BROKEN = (
    "Somebody wrote to the database beside the bot, or the disk is failing. Keep this file as it "
    "is, and compare it with a backup."
)
