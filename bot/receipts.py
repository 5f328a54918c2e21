"""The short public code of a filing."""

from __future__ import annotations

import secrets

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and capitals without those that look alike; 32, so a random byte picks each as often."""
LENGTH = 4


def new_receipt(length: int = LENGTH) -> str:
    """Return a random receipt; the store replaces one that is taken."""
    return "".join(LETTERS[byte % len(LETTERS)] for byte in secrets.token_bytes(length))
