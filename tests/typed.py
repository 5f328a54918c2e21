"""What the tests of the grammar share: two portals, some records, short ways to name commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityName, EntityRef, EntityType, FileId, PortalUrl
from bot.errors import TypingError
from bot.grammar import Attach, parse

if TYPE_CHECKING:
    from bot.domain import Record
    from bot.grammar import Command, Here, Last

OFFICE = PortalUrl("https://office.example.com")
BRANCH = PortalUrl("http://crm.branch.example:8080")
PORTALS = (OFFICE, BRANCH)

CRM = f"{OFFICE}/Products/CRM"
DOCS = f"{OFFICE}/Products/Files"
SLACK_FILE = "https://acme.slack.com/files/U1/F0AB/contract.pdf"

CASE_7 = EntityRef(EntityType.CASE, 7)
DEAL_31 = EntityRef(EntityType.OPPORTUNITY, 31)
CONTACT_4 = EntityRef(EntityType.CONTACT, 4)


def case(words: str) -> EntityName:
    return EntityName(EntityType.CASE, words)


def contact(words: str, *, company: bool | None) -> EntityName:
    return EntityName(EntityType.CONTACT, words, company)


def attach(
    record: Record | Here | Last | None,
    *files: int,
    note: str = "",
    portal: PortalUrl | None = None,
    slack_files: tuple[str, ...] = (),
    last_file: bool = False,
) -> Attach:
    return Attach(
        record=record,
        files=tuple(map(FileId, files)),
        note=note,
        portal=portal,
        slack_files=slack_files,
        last_file=last_file,
    )


def outcome(text: str) -> Command | TypingError:
    try:
        return parse(text, PORTALS)
    except TypingError as error:
        return error
