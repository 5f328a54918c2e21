"""Domain values that tests begin with."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from bot.account import Account, SealedKey
from bot.domain import (
    EntityRef,
    EntityType,
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    PortalUrl,
    SlackUser,
)
from bot.reply_to import ReplyTo

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = SlackUser("T1", "U1")
BEN = SlackUser("T1", "U2")
ANA_ELSEWHERE = SlackUser("T2", "U1")
OFFICE = PortalUrl("https://office.example.com")
SECOND = PortalUrl("https://second.example.com")


def filing_of(user: SlackUser = ANA, *, at: int = 0, **facts: Any) -> Filing:
    """Return a filing that was accepted `at` minutes after noon."""
    name = uuid4().hex
    filing = Filing(
        id=name,
        receipt=name,
        dedupe_key=name,
        user=user,
        portal=OFFICE,
        record=EntityRef(EntityType.CASE, 7),
        reply=ReplyTo(channel="C1"),
        accepted_at=NOON + timedelta(minutes=at),
        wake_at=NOON,
        items=(Item(source=FileId(12)), Item(source=FileId(13))),
    )
    return dataclasses.replace(filing, **facts)


def done(user: SlackUser = ANA, *, at: int = 0, **facts: Any) -> Filing:
    """Return a filing that attached a file and ended `at` minutes after noon."""
    ended = NOON + timedelta(minutes=at)
    items = (Item(source=FileId(12), state=ItemState.ATTACHED),)
    given = {"items": items, "state": FilingState.DONE, "finished_at": ended, **facts}
    return filing_of(user, **given)


def account_of(user: SlackUser = ANA, portal: PortalUrl = OFFICE, key: str = "sealed") -> Account:
    return Account(
        user=user,
        portal=portal,
        key=SealedKey(key),
        owner="38c0f464-f1e7-493e-8d95-dc4ee8ee834a",
        name="Ana Reyes",
        email="ana@example.com",
        checked_at=NOON,
    )
