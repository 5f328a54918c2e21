"""Every table with rows of a person, so that all of them can be deleted.

What stores something of a person adds its table here; a test compares this list with the schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils import Database

    from bot.domain import SlackUser

BY_THEMSELVES: Final = frozenset({"accounts", "filings", "audit_people"})
"""Tables whose own modules delete, since the audit tells of it or the chain depends on it."""

REST: Final = {
    "connect_links": "delete from connect_links where team = ? and user = ?",
    "drafts": "delete from drafts where team = ? and user = ?",
    "habits": "delete from habits where team = ? and user = ?",
    # the link of a channel is everybody's: it stays, and only who made it goes
    "links": "update links set by = '' where team = ? and by = ?",
    "prompts": "delete from prompts where team = ? and user = ?",
    "shares": "delete from shares where team = ? and user = ?",
}
"""By table: SQL that deletes all that is of a person, given team and user."""


def delete_rest(db: Database, user: SlackUser) -> None:
    for statement in REST.values():
        db.execute(statement, (user.team, user.id))
