"""The CRM's history: rows F17 to F19 of the contract, and what is read from it."""

from __future__ import annotations

import pytest

from tests.portal_office import open_office


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


def note(**changes: object) -> dict[str, object]:
    return {
        "entityType": "case",
        "entityId": 7,
        "content": "See the files",
        "categoryId": 1,
        "fileId": [12],
        **changes,
    }


async def test_f17_deleting_an_event_deletes_its_files_everywhere(office):
    await office.attach(13, to="opportunity/31")
    event = (await office.attach(13)).response["id"]

    answer = await office.delete(f"crm/history/{event}")

    assert (answer.status, answer.response["id"]) == (200, event)
    assert [file["id"] for file in answer.response["files"]] == [13]
    assert 13 not in office.portal.data.files
    assert office.portal.attached(office.deal) == []
    assert len(office.portal.events_of(office.deal)) == 1


async def test_f17_an_event_with_missing_files_goes_and_catches_nothing_any_more(office):
    event = (await office.attach(13, 15)).response["id"]

    deleted = await office.delete(f"crm/history/{event}")
    office.portal.file("late.pdf", id=15)

    assert deleted.status == 200
    assert office.portal.attached(office.case) == []
    assert office.portal.events_of(office.case) == []


async def test_f17_a_refusal_in_the_middle_leaves_what_was_deleted_so_far(office):
    office.portal.file("mine.pdf", id=11, owner=office.ben)
    event = (await office.attach(11, 12)).response["id"]

    answer = await office.delete(f"crm/history/{event}")

    assert (answer.status, answer.message) == (403, "Access Denied")
    assert 11 not in office.portal.data.files
    assert 12 in office.portal.data.files
    assert event in office.portal.data.events


async def test_f17_strangers_unknown_events_and_files_being_edited(office):
    hidden = office.portal.attach(office.hidden, [12], by=office.ana).id
    edited = office.portal.attach(office.case, [13], by=office.ben).id
    office.portal.data.files[13].editing = True

    answers = [
        await office.delete(f"crm/history/{hidden}"),
        await office.delete("crm/history/99"),
        await office.delete(f"crm/history/{edited}"),
    ]

    assert [answer.status for answer in answers] == [403, 404, 400]


@pytest.mark.parametrize(
    "changes",
    [
        {"entityType": "contact", "entityId": 4},
        {"entityId": 99},
        {"entityId": 8},
        {"content": ""},
        {"content": "x" * 65_001},
        {"categoryId": 77},
        {"entityType": "", "entityId": 0},
        {"contactId": 99},
    ],
)
async def test_f18_a_bad_event_is_a_400(office, changes):
    answer = await office.post("crm/history", note(**changes))

    assert answer.status == 400
    assert not office.portal.data.events


async def test_f19_the_folder_of_the_files_does_not_matter_here(office):
    answer = await office.post("crm/history", note(fileId=[12, 14]))

    assert answer.status == 201
    assert [file["id"] for file in answer.response["files"]] == [12, 14]
    assert answer.response["content"] == "See the files"
    assert office.portal.attached(office.case) == [12, 14]


async def test_f19_an_event_may_stand_on_a_contact_and_in_a_case(office):
    answer = await office.post("crm/history", note(contactId=4, categoryId=-2))

    assert answer.response["contact"]["id"] == 4
    assert answer.response["entity"]["entityId"] == 7
    assert office.portal.attached(office.acme) == office.portal.attached(office.case) == [12]


async def test_history_is_newest_first_and_can_be_narrowed(office):
    first = (await office.attach(12)).response["id"]
    office.watch.forward(60)
    second = (await office.attach(13, by=office.ana)).response["id"]
    office.watch.forward(60)
    third = (await office.post("crm/history", note())).response["id"]

    async def found(query: str) -> list[int]:
        answer = await office.get(f"crm/history/filter?entityType=case&entityId=7{query}")
        return [event["id"] for event in answer.response]

    assert await found("") == [third, second, first]
    assert await found("&categoryId=-2") == [second, first]
    assert await found(f"&categoryId=-2&createBy={office.ben.id}") == [first]
    assert await found("&sortBy=id&sortOrder=ascending") == [first, second, third]
    assert await found("&fromDate=2026-03-04T12:31:00") == [third, second]
    assert await found("&toDate=2026-03-04T09:31:00Z") == [first]
    assert await found("&filterValue=see the") == [third]


async def test_the_total_of_the_history_is_none(office):
    for _ in range(4):
        await office.attach(12)

    cut = (await office.get("crm/history/filter?count=2")).body
    whole = (await office.get("crm/history/filter?count=4")).body

    assert (cut["count"], cut["total"], cut["nextIndex"]) == (2, 3, 3)
    assert "total" not in whole


async def test_a_company_shows_the_events_of_its_people(office):
    jo = office.portal.contact("Jo Li", employer=office.acme.id)
    event = (await office.attach(12, to=f"contact/{jo.id}")).response["id"]

    answer = await office.get("crm/history/filter?entityType=contact&entityId=4")

    assert [one["id"] for one in answer.response] == [event]
    assert office.portal.attached(office.acme) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("entityType=case&entityId=99", 404),
        ("entityType=case&entityId=8", 404),
        ("entityId=7", 400),
        ("entityType=deal&entityId=7", 400),
        ("fromDate=yesterday", 400),
    ],
)
async def test_history_refuses_what_it_cannot_tell(office, query, status):
    await office.attach(12)

    assert (await office.get(f"crm/history/filter?{query}")).status == status


async def test_in_lists_the_rights_on_files_are_not_computed(office):
    await office.attach(12)

    event = (await office.get("crm/history/filter")).response[0]

    assert event["files"][0]["access"] == 0


async def test_system_categories_are_not_listed(office):
    listed = (await office.get("crm/history/category")).response

    assert [category["title"] for category in listed] == ["Note", "E-mail", "Call", "Meeting"]
