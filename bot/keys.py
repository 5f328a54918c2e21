"""`attachbot keys`: which keys seal what is stored, and all of it sealed with the first one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.vault import Vault
from bot.views import console_keys as words
from storage import rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.settings import Settings

CLOSED = 1
"""Exit code: some values do not open."""


def list_keys(settings: Settings, say: Callable[[str], None]) -> int:
    """Say which keys there are, and how much each one seals.

    Raises:
        SecretError: the ring is none.
        StoreError: the database cannot be read.

    """
    vault = _vault(settings)
    for line in words.key_list(vault.ids, rotation.keys_in_use(settings.database_url)):
        say(line)
    return 0


def rotate_keys(
    settings: Settings, say: Callable[[str], None], *, drop: Collection[str] = ()
) -> int:
    """Seal all that is stored with the first key, and say which keys are not needed any more.

    Raises:
        SecretError: the ring is none, or lacks a key.
        StoreError: the database is in use, or cannot be written.

    """
    vault = _vault(settings)
    began = time.perf_counter()
    done = rotation.rotate(settings.database_url, vault, drop=drop)
    seconds = time.perf_counter() - began
    say(words.rotated(vault.ids[0], done.values, done.dropped, seconds))
    if done.unneeded:
        say(words.not_needed(done.unneeded))
    for line in words.still_closed(done.closed) if done.closed else ():
        say(line)
    return CLOSED if done.closed else 0


def _vault(settings: Settings) -> Vault:
    return Vault.of(settings.key_ring.get_secret_value())
