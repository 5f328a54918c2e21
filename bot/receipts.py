"""The names of a filing: the id that buttons carry, and the short public code."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and capitals without those that look alike; 32, so a random byte picks each as often."""
LENGTH = 4


def new_id(now: datetime) -> str:
    """Return an id that nobody guesses: 128 random bits behind the time.

    Ids that grow keep neighbours in time together in the database: a burst of filings changes the
    end of each index, and not all of its pages.
    """
    return f"{int(now.timestamp() * 1000):011x}-{secrets.token_urlsafe(16)}"


def new_receipt(length: int = LENGTH) -> str:
    """Return a random receipt; the store replaces one that is taken."""
    return "".join(LETTERS[byte % len(LETTERS)] for byte in secrets.token_bytes(length))
