"""The attach call: rows C of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.portal_crm import FILES_UPLOADED
from tests.portal_office import open_office

OUT_OF_RANGE = "Value does not fall within the expected range."


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


def ids(event: dict[str, Any]) -> list[int]:
    return [file["id"] for file in event["files"]]


async def test_c1_files_on_a_case_are_one_event(office):
    event = (await office.attach(12, 13)).response

    assert event["entity"] == {
        "entityType": "case",
        "entityId": 7,
        "entityTitle": "Acme onboarding",
    }
    assert "contact" not in event
    assert event["category"]["id"] == FILES_UPLOADED
    assert event["content"] == event["category"]["title"] == "Files are uploaded"
    assert event["createBy"]["id"] == office.ben.id
    assert ids(event) == [12, 13]
    assert office.portal.attached(office.case) == [12, 13]


async def test_c1_a_file_is_told_with_its_links_and_kind(office):
    file = (await office.attach(12)).response["files"][0]

    assert file["folderId"] == 34
    assert (file["title"], file["fileExst"], file["fileType"]) == ("contract.pdf", ".pdf", 7)
    assert (file["contentLength"], file["pureContentLength"]) == ("1.2 MB", 1_258_291)
    assert (file["access"], file["rootFolderType"]) == (2, 2)
    assert file["webUrl"] == f"{office.portal.url}/Products/Files/DocEditor.aspx?fileid=12"


async def test_c2_on_a_contact_the_contact_is_told_and_the_entity_is_null(office):
    event = (await office.attach(12, to="contact/4")).response

    assert event["contact"]["isCompany"] is True
    assert event["contact"]["displayName"] == "Acme Ltd"
    assert event["entity"] is None


async def test_c3_a_missing_file_is_left_out_silently(office):
    answer = await office.attach(12, 99)

    assert answer.status == 201
    assert ids(answer.response) == [12]


async def test_c3_a_missing_number_catches_the_file_that_gets_it_later(office):
    await office.attach(15)

    office.portal.file("late.pdf", id=15)

    assert office.portal.attached(office.case) == [15]


@pytest.mark.parametrize("files", [[98, 99], [], [0], [-3]])
async def test_c4_c5_with_no_file_left_there_is_an_empty_event(office, files):
    answer = await office.attach(*files)

    assert (answer.status, answer.response["files"]) == (201, [])
    assert len(office.portal.events_of(office.case)) == 1


async def test_c5_no_list_is_an_empty_list(office):
    answer = await office.post("crm/case/7/files")

    assert (answer.status, answer.response["files"]) == (201, [])


@pytest.mark.parametrize("record", ["case/7", "case/99", "case/8"])
@pytest.mark.parametrize("folder", ["my", "common", "trash", "other"])
async def test_c6_one_file_elsewhere_refuses_all_even_on_a_missing_record(office, record, folder):
    elsewhere = office.portal.file("elsewhere.pdf", folder=folder)

    answer = await office.attach(12, elsewhere, to=record)

    assert (answer.status, answer.message) == (400, "invalid file folder")
    assert not office.portal.data.events


async def test_c7_missing_and_hidden_records_are_one_answer(office):
    missing = await office.attach(12, to="case/99")
    hidden = await office.attach(12, to="case/8")

    assert missing.body == hidden.body
    assert (missing.status, missing.message) == (404, "Not found")
    assert (await office.attach(12, to="case/8", by=office.ana)).status == 201


@pytest.mark.parametrize("kind", ["case", "opportunity", "contact"])
async def test_c8_record_0_is_out_of_range(office, kind):
    answer = await office.attach(14, to=f"{kind}/0")

    assert (answer.status, answer.message) == (400, OUT_OF_RANGE)


async def test_c9_the_same_call_twice_is_two_events_and_one_file(office):
    first, second = await office.attach(12), await office.attach(12)
    listed = await office.get("crm/case/7/files")

    assert first.response["id"] != second.response["id"]
    assert len(office.portal.events_of(office.case)) == 2
    assert [file["id"] for file in listed.response] == [12]


async def test_c10_a_file_named_twice_is_one(office):
    assert ids((await office.attach(12, 12)).response) == [12]


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"fileids": 12}},
        {"json": {"fileids": ["12"]}},
        {"json": {"fileIds": [12]}},
        {"json": {"fileids": [12], "entityType": "contact", "entityid": 4}},
        {"data": "fileids=12"},
        {"data": "fileids[]=12&fileids[]=99"},
        {"data": "fileids[0]=12&fileids[1]=99"},
        {"params": [("fileids", "12"), ("fileids", "99")]},
    ],
)
async def test_c11_lists_come_in_many_forms(office, body):
    if isinstance(body.get("data"), str):
        body["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await office.post("crm/case/7/files", **body)

    assert answer.response["entity"]["entityId"] == 7
    assert ids(answer.response) == [12]


@pytest.mark.parametrize(
    "files", ["12,13", None, "twelve", 12.5, 2147483648, [12, None], [True], "", [[12], "x"]]
)
async def test_c12_what_is_no_number_is_an_invalid_argument(office, files):
    answer = await office.post("crm/case/7/files", {"fileids": files})

    assert (answer.status, answer.reason) == (400, "Invalid arguments")
    assert answer.body["error"]["hresult"] == -2147024809
    assert not office.portal.data.events


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"fileids": [12', "Unexpected"),
        (b"nonsense", "Unexpected character encountered while parsing value: n"),
        (b"[12, 13]", "can only convert JSON that begins with an object"),
    ],
)
async def test_c13_broken_json_is_told_in_the_words_of_the_parser(office, body, says):
    headers = {"Content-Type": "application/json"}

    answer = await office.post("crm/case/7/files", data=body, headers=headers)

    assert answer.status == 400
    assert says in answer.message


async def test_c14_reading_is_enough_and_closed_cases_take_files_too(office):
    reader = office.portal.contact("Beta Ltd", share="read")
    closed = office.portal.case("Trade fair", closed=True)

    on_contact = await office.attach(12, to=f"contact/{reader.id}")
    on_case = await office.attach(12, to=f"case/{closed.id}")

    assert (on_contact.status, on_case.status) == (201, 201)
    assert on_contact.response["contact"]["shareType"] == 2
    assert on_contact.response["contact"]["canEdit"] is False


async def test_c14_a_contact_of_its_managers_is_hidden_from_others(office):
    ours = office.portal.contact("Gamma Ltd", private_to=[office.ana])

    assert (await office.attach(12, to=f"contact/{ours.id}")).status == 404


async def test_c15_anybodys_file_can_be_attached(office):
    assert ids((await office.attach(12, 13, by=office.ana)).response) == [12, 13]


async def test_an_attached_file_of_a_hidden_record_becomes_readable_where_it_is_attached_first(
    office,
):
    await office.attach(12, to="case/8", by=office.ana)
    await office.attach(12)

    assert (await office.get("files/file/12", by=office.ana)).status == 200
    assert (await office.get("files/file/12")).status == 403


async def test_texts_follow_the_language_of_the_person(office):
    uwe = office.portal.person("Uwe Uhl", language="de")

    attached = await office.attach(12, by=uwe)
    refused = await office.get("files/file/99", by=uwe)

    assert attached.response["content"] == "Dateien wurden hochgeladen"
    assert refused.message == "Die benötigte Datei wurde nicht gefunden"
