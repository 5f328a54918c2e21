"""What this workspace filed before, by the files in Slack that it came from; in SQLite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from bot.domain import EntityRef, EntityType
from bot.draft import FiledBefore
from storage.codec import as_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sqlite_utils import Database

    from storage.engine import Lane

_MOST: Final = 200
"""Times that are looked at: the same file may have been filed many times."""


class SqliteFiled:
    """Looks items up by the id of their file in Slack."""

    def __init__(self, reader: Lane) -> None:
        self._reader = reader

    async def filed(self, team: str, files: Sequence[str], /) -> Sequence[FiledBefore]:
        def select(db: Database) -> Sequence[FiledBefore]:
            rows = db.query(
                """
                select
                    items.shared, filings.user, filings.finished_at, items.title,
                    json_extract(filings.body, '$.entity.private') as private,
                    json_extract(filings.body, '$.entity.ref.type') as type,
                    json_extract(filings.body, '$.entity.ref.id') as number
                from items join filings on filings.id = items.filing
                where items.shared in (select value from json_each(?))
                    and filings.team = ? and filings.state = 'done' and items.state = 'attached'
                    and json_extract(filings.body, '$.undone_at') is null
                order by filings.finished_at desc, items.position
                limit ?
                """,
                (as_json(files), team, _MOST),
            )
            latest: dict[str, FiledBefore] = {}
            for row in rows:
                latest.setdefault(row["shared"], _filed(row))
            return list(latest.values())

        return await self._reader.run(select) if files else ()


def _filed(row: Mapping[str, Any]) -> FiledBefore:
    known = row["type"] is not None and not row["private"]
    return FiledBefore(
        name=row["title"] or "",
        record=EntityRef(EntityType(row["type"]), row["number"]) if known else None,
        by=row["user"],
        at=datetime.fromisoformat(row["finished_at"]),
    )
