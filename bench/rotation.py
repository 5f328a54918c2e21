"""Figure 8: 100,000 sealed values are sealed anew, and counted."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bench.figures import table
from bot.account import Account, SealedKey
from bot.domain import (
    EntityRef,
    EntityType,
    Filing,
    FilingState,
    Item,
    ItemState,
    PortalUrl,
    SlackUser,
    WrittenFile,
)
from bot.receipts import new_id
from bot.reply_to import ReplyTo
from bot.vault import Purpose, Vault, new_key
from storage.rotation import keys_in_use, rotate
from storage.sqlite import open_store

if TYPE_CHECKING:
    from storage.sqlite import SqliteStore

ACCOUNTS = 20_000
FILINGS = 60_000
TEXTS = 20_000
"""So many of the filings keep a text."""
BAR = 60.0
_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_OFFICE = PortalUrl("https://office.example.com")
_URL = SecretStr("https://hooks.slack.com/commands/T0ACME/0123456789012/" + "x" * 24)
_TEXT = SecretStr("The contract is signed; please file it. " * 10)
_KEY = SecretStr("k" * 172)


async def measure() -> dict[str, float]:
    """Print the figures and return them by name."""
    old, new = new_key(), new_key()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/attachbot.db"
        async with open_store(url) as store:
            await _fill(store, Vault.of(old))
        size = _size(Path(folder, "attachbot.db"))
        began = time.perf_counter()
        before = keys_in_use(url)
        counted = time.perf_counter() - began
        began = time.perf_counter()
        done = rotate(url, Vault.of(f"{new},{old}"))
        took = time.perf_counter() - began
        after = keys_in_use(url)
    [values] = before.values()
    assert values == done.values == ACCOUNTS + FILINGS + TEXTS
    assert dict(after) == {Vault.of(new).ids[0]: values}
    assert took < BAR, f"{took:.1f} s"
    print(
        table(
            f"8. A change of keys: {values:,} sealed values in {size / 2**20:.0f} MiB",
            ("", "seconds", "values a second"),
            [
                ("sealed anew (attachbot keys rotate)", f"{took:.1f}", f"{values / took:,.0f}"),
                ("counted (attachbot keys list)", f"{counted:.2f}", f"{values / counted:,.0f}"),
            ],
        )
    )
    return {"rotation_seconds": round(took, 2), "rotation_count_seconds": round(counted, 3)}


def _size(path: Path) -> int:
    return path.stat().st_size


async def _fill(store: SqliteStore, vault: Vault) -> None:
    await asyncio.gather(*(store.accounts.put(_account(n, vault)) for n in range(ACCOUNTS)))
    await asyncio.gather(*(store.filings.accept(_filing(n, vault)) for n in range(FILINGS)))


def _account(number: int, vault: Vault) -> Account:
    user = SlackUser("T0ACME", f"U{number}", "E0ACME")
    owner = (user.enterprise, user.team, user.id, _OFFICE)
    key = SealedKey(vault.seal(Purpose.PORTAL_KEY, _KEY, *owner))
    return Account(
        user=user,
        portal=_OFFICE,
        key=key,
        owner=str(number),
        name=f"Person {number}",
        email=f"{number}@example.com",
        checked_at=_NOON,
    )


def _filing(number: int, vault: Vault) -> Filing:
    user = SlackUser("T0ACME", f"U{number % ACCOUNTS}", "E0ACME")
    url = vault.seal(Purpose.RESPONSE_URL, _URL, user.team, user.id)
    filing = Filing(
        id=new_id(_NOON),
        receipt=f"R{number}",
        dedupe_key=f"command:{number}",
        user=user,
        portal=_OFFICE,
        record=EntityRef(EntityType.CASE, 7),
        reply=ReplyTo(channel="C0SALES", sealed_url=url, url_until=_NOON),
        accepted_at=_NOON,
        wake_at=_NOON,
        state=FilingState.DONE,
        finished_at=_NOON,
    )
    if number >= TEXTS:
        return filing
    text = vault.seal(Purpose.MESSAGE_TEXT, _TEXT, user.team, user.id)
    item = Item(source=WrittenFile(title="note.txt", sealed=text), state=ItemState.SHARED)
    return dataclasses.replace(filing, items=(item,))
