"""Domain values that the views are tried on, and what of a message a test looks at."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.account import Account, SealedKey
from bot.domain import (
    Attempt,
    Entity,
    EntityRef,
    EntityType,
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    Message,
    PortalFile,
    PortalUrl,
    Purpose,
    SlackUser,
    View,
    WaitingFor,
)
from bot.file_kinds import FileKind
from bot.reply_to import ReplyTo

if TYPE_CHECKING:
    from bot.errors import BotError

OFFICE = PortalUrl("https://office.example.com")
SECOND = PortalUrl("https://second.example.com")
MORNING = datetime(2026, 11, 23, 7, 54, tzinfo=UTC)
ANA = SlackUser("T1", "U0ANA")
CASE = EntityRef(EntityType.CASE, 7)
DEAL = EntityRef(EntityType.OPPORTUNITY, 31)
FIRM = EntityRef(EntityType.CONTACT, 4)
TITLE = "Acme onboarding"


def entity(ref: EntityRef = CASE, title: str = TITLE, **facts: bool | None) -> Entity:
    closed = None if ref.type is EntityType.CONTACT else False
    return dataclasses.replace(Entity(ref=ref, title=title, closed=closed), **facts)  # type: ignore[arg-type] # the tests name the facts


def file(number: int, title: str = "contract-signed.pdf", **facts: object) -> PortalFile:
    kind = FileKind.SPREADSHEET if title.endswith(".xlsx") else FileKind.DOCUMENT
    extension = f".{title.rpartition('.')[2].lower()}" if "." in title else ""
    base = PortalFile(
        id=FileId(number), title=title, size=1_258_291, kind=kind, extension=extension, author="Ana"
    )
    return dataclasses.replace(base, **facts)  # type: ignore[arg-type] # the tests name the facts


def item(number: int, state: ItemState, title: str | None = None, **facts: object) -> Item:
    """Return an item; a missing file has no more than its number."""
    known = None if title is None else file(number, title, **facts)
    return Item(source=FileId(number), state=state, file=known)


CONTRACT = item(12, ItemState.ATTACHED, "contract-signed.pdf")
PRICES = item(13, ItemState.ATTACHED, "price-list.xlsx", size=49_152)
ON_RECORD = tuple(file(number) for number in range(12, 17))


def filing(**facts: object) -> Filing:
    """Return a filing that waits for nothing yet."""
    base = Filing(
        id="f1",
        receipt="A7K2",
        dedupe_key="k1",
        user=ANA,
        portal=OFFICE,
        record=CASE,
        reply=ReplyTo(channel="C0SALES"),
        accepted_at=MORNING,
        wake_at=MORNING,
        items=(item(12, ItemState.NAMED), item(13, ItemState.NAMED)),
    )
    return dataclasses.replace(base, **facts)  # type: ignore[arg-type] # the tests name the facts


def done(*items: Item, title: str = TITLE, **facts: object) -> Filing:
    """Return a filing that has attached what `items` say."""
    return filing(
        items=items or (CONTRACT, PRICES),
        entity=entity(title=title),
        state=FilingState.DONE,
        on_record=ON_RECORD,
        finished_at=MORNING,
        **facts,
    )


def listed(*files: PortalFile, title: str = TITLE, **facts: object) -> Filing:
    return filing(
        items=(),
        purpose=Purpose.LIST,
        entity=entity(title=title),
        state=FilingState.DONE,
        on_record=files,
        **facts,
    )


def waits(reason: WaitingFor, **facts: object) -> Filing:
    return filing(
        state=FilingState.WAITING,
        waiting_for=reason,
        expires_at=MORNING + timedelta(minutes=15),
        **facts,
    )


def failed(error: BotError, **facts: object) -> Filing:
    return filing(state=FilingState.FAILED, failure=error.failure(), **facts)


def account(portal: PortalUrl = OFFICE, name: str = "Ana Reyes") -> Account:
    return Account(
        user=ANA,
        portal=portal,
        key=SealedKey("sealed"),
        owner="38c0f464-f1e7-493e-8d95-dc4ee8ee834a",
        name=name,
        email="ana@example.com",
        checked_at=MORNING,
    )


def attempt(*, unknown: bool = True) -> Attempt:
    return Attempt(
        files=(FileId(12), FileId(13)), watermark=5, author="a", at=MORNING, unknown=unknown
    )


def buttons(drawn: Message | View) -> dict[str, str]:
    """Return what each visible text does: its action with its value or address."""
    blocks = drawn.blocks if isinstance(drawn, Message) else drawn["blocks"]
    row = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    return {
        one["text"]["text"]: " ".join(
            filter(None, (one["action_id"], one.get("value") or one.get("url")))
        )
        for one in row
    }


def shown(drawn: Message | View) -> str:
    """Return every text that is drawn, without the fallback."""
    blocks = drawn.blocks if isinstance(drawn, Message) else drawn["blocks"]
    texts = [block["text"]["text"] for block in blocks if "text" in block]
    small = [block["elements"][0]["text"] for block in blocks if block["type"] == "context"]
    return "\n".join(texts + small)
