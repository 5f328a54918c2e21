"""What is sent to attach files, bare and with a note."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain import EntityRef, EntityType, FileId
from bot.portal.bodies import attached, noted

FILES = (FileId(12), FileId(13))


@pytest.mark.parametrize("type_", EntityType)
def test_files_alone_are_named_by_number(type_: EntityType):
    body = attached(EntityRef(type_, 7), FILES)

    assert body == {"entityType": type_.value, "entityid": 7, "fileids": [12, 13]}


@pytest.mark.parametrize(
    ("ref", "target"),
    [
        (EntityRef(EntityType.CASE, 7), {"entityType": "case", "entityId": 7}),
        (EntityRef(EntityType.OPPORTUNITY, 8), {"entityType": "opportunity", "entityId": 8}),
        (EntityRef(EntityType.CONTACT, 9), {"contactId": 9}),
    ],
)
def test_a_note_is_an_event_of_the_history(ref: EntityRef, target: dict[str, Any]):
    event = {"content": "Signed.", "categoryId": -2, "fileId": [12, 13]}

    assert noted(ref, FILES, "Signed.") == target | event


def test_what_the_portals_database_cannot_keep_is_a_sign_that_says_so():
    body = noted(EntityRef(EntityType.CASE, 7), FILES, "\u00e4 \uffff \U0001f600!")

    assert body["content"] == "\u00e4 \uffff \ufffd!"
