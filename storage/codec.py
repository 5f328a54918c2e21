"""Filings and accounts as rows, and back: columns for what is looked for, JSON for the rest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bot.account import Account, SealedKey
from bot.adapters import adapter
from bot.domain import Filing, Item, PortalUrl, SharedFile, SlackUser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic.main import IncEx

Row = dict[str, Any]
"""Names and values of one row, as SQL takes and gives them."""

_COLUMNS: Final = frozenset(
    {
        "id",
        "receipt",
        "dedupe_key",
        "portal",
        "purpose",
        "state",
        "waiting_for",
        "wake_at",
        "accepted_at",
        "finished_at",
        "version",
        "wish",
    }
)
_NOT_IN_BODY: Final[dict[str, IncEx | bool]] = {
    **dict.fromkeys(_COLUMNS, True),
    "items": True,
    "user": {"team", "id"},
}
_NOT_IN_ITEM_BODY: Final = frozenset({"state", "sha256"})


def instant(moment: datetime) -> str:
    """Return a time as text that sorts as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def as_json(values: Sequence[Any]) -> str:
    """Return values as one parameter that `json_each` takes apart."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


class Codec:
    """Domain types to rows and back."""

    def __init__(self) -> None:
        self._filing = adapter(Filing)
        self._item = adapter(Item)

    def filing_row(self, filing: Filing) -> Row:
        return {
            "id": filing.id,
            "receipt": filing.receipt,
            "dedupe_key": filing.dedupe_key,
            "team": filing.user.team,
            "user": filing.user.id,
            "portal": filing.portal,
            "purpose": filing.purpose.value,
            "state": filing.state.value,
            "waiting_for": filing.waiting_for and filing.waiting_for.value,
            "wake_at": instant(filing.wake_at),
            "accepted_at": instant(filing.accepted_at),
            "finished_at": filing.finished_at and instant(filing.finished_at),
            "over": int(filing.over),
            "version": filing.version,
            "wish": filing.wish,
            "body": self._filing.dump_json(filing, exclude=_NOT_IN_BODY).decode(),
        }

    def item_rows(self, filing: Filing) -> list[Row]:
        return [
            {
                "filing": filing.id,
                "position": position,
                "asked": item.number,
                "shared": item.source.id if isinstance(item.source, SharedFile) else None,
                "state": item.state.value,
                "file_id": item.file and item.file.id,
                "title": item.file and item.file.title,
                "digest": item.sha256,
                "body": self._item.dump_json(item, exclude=_beside(item)).decode(),
            }
            for position, item in enumerate(filing.items)
        ]

    def filing(self, row: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> Filing:
        fields = json.loads(row["body"])
        fields["user"] |= {"team": row["team"], "id": row["user"]}
        fields |= {name: row[name] for name in _COLUMNS}
        fields["items"] = [_item_fields(item) for item in items]
        return self._filing.validate_python(fields)

    @staticmethod
    def account_row(account: Account) -> Row:
        return {
            "team": account.user.team,
            "user": account.user.id,
            "enterprise": account.user.enterprise,
            "portal": account.portal,
            "key": account.key.text,
            "owner": account.owner,
            "name": account.name,
            "email": account.email,
            "checked_at": instant(account.checked_at),
        }

    @staticmethod
    def account(row: Mapping[str, Any]) -> Account:
        return Account(
            user=SlackUser(row["team"], row["user"], row["enterprise"]),
            portal=PortalUrl(row["portal"]),
            key=SealedKey(row["key"]),
            owner=row["owner"],
            name=row["name"],
            email=row["email"],
            checked_at=datetime.fromisoformat(row["checked_at"]),
        )


def _beside(item: Item) -> set[str]:
    """Return what has a column: a number is the whole of its source."""
    return {*_NOT_IN_ITEM_BODY, *(["source"] if item.number is not None else [])}


def _item_fields(row: Mapping[str, Any]) -> Row:
    fields: Row = json.loads(row["body"]) | {"state": row["state"], "sha256": row["digest"]}
    fields.setdefault("source", row["asked"])
    if fields["file"] is not None:
        # The columns are for people who look into the database: SQLite cuts a title at a NUL.
        fields["file"] = {"id": row["file_id"], "title": row["title"]} | fields["file"]
    return fields
