"""The Documents module on what is stored: rows F12 to F14 and F21, and copies."""

from __future__ import annotations

import pytest

from tests.portal_office import Answer, Office, open_office


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


async def test_f12_an_unattached_crm_file_is_refused_and_the_refusal_sticks(office):
    before = [await office.get("files/file/12", by=who) for who in (office.ben, office.ana)]
    await office.attach(12)
    sticks = await office.get("files/file/12")
    office.watch.forward(61)
    later = await office.get("files/file/12")

    message = "You don't have enough permission to view the file"
    assert [(one.status, one.message) for one in before] == [(403, message)] * 2
    assert sticks.status == 403
    assert later.status == 200


async def test_f12_a_file_attached_first_and_looked_at_then_is_readable(office):
    await office.attach(12)

    assert (await office.get("files/file/12")).response["title"] == "contract.pdf"


async def test_f13_the_crm_folder_cannot_be_listed(office):
    for who in (office.ben, office.ana):
        answer = await office.get("files/34", by=who)

        assert answer.status == 403
        assert answer.message == "You don't have enough permission to view the folder content"


async def test_f14_a_missing_file_is_a_403(office):
    answer = await office.get("files/file/99")

    assert (answer.status, answer.message) == (403, "The required file was not found")
    assert answer.reason == "Server error"


async def copy_as(
    office: Office, number: int, folder: int = 34, title: str = "notes.docx"
) -> Answer:
    body = {"destFolderId": folder, "destTitle": title}
    return await office.post(f"files/file/{number}/copyas", body)


async def test_a_copy_lands_where_it_is_wanted(office):
    answer = await copy_as(office, 14)

    assert answer.status == 201
    assert (answer.response["folderId"], answer.response["title"]) == (34, "notes.docx")
    assert office.portal.data.files[14].folder.id != 34


@pytest.mark.parametrize("folder", [3, 999])
async def test_a_copy_to_a_closed_folder_goes_silently_to_my_documents(office, folder):
    answer = await copy_as(office, 14, folder)

    assert answer.status == 201
    assert answer.response["rootFolderType"] == 5


async def test_even_the_crm_folder_can_be_closed_for_a_test(office):
    office.portal.data.store.closed_folders.add(34)

    assert (await copy_as(office, 14)).response["rootFolderType"] == 5


async def test_a_copy_needs_a_source_that_can_be_read(office):
    secret = office.portal.file("secret.docx", folder="my", owner=office.ana)

    answers = [await copy_as(office, number) for number in (secret, 99, 12)]

    assert [answer.status for answer in answers] == [403, 403, 403]


async def test_a_copy_with_another_extension_would_be_a_conversion(office):
    assert (await copy_as(office, 14, title="notes.pdf")).status == 403


async def test_f21_a_finished_operation_is_told_once(office):
    body = {"destFolderId": 34, "fileIds": ["14"], "conflictResolveType": 2}

    begun = await office.ask("PUT", "files/fileops/copy", by=office.ben, json=body)
    others = await office.get("files/fileops", by=office.ana)
    first = await office.get("files/fileops")
    second = await office.get("files/fileops")

    assert begun.status == 200
    assert begun.response[0]["finished"] is False
    assert others.response == []
    assert [file["folderId"] for file in first.response[0]["files"]] == [34]
    assert (first.response[0]["finished"], first.response[0]["operation"]) == (True, 1)
    assert second.response == []


async def test_f21_an_operation_tells_its_error(office):
    body = {"destFolderId": 3, "fileIds": ["14"], "conflictResolveType": 2}

    await office.ask("PUT", "files/fileops/copy", by=office.ben, json=body)
    told = (await office.get("files/fileops")).response[0]

    assert told["error"] == "You don't have enough permission to create"
    assert told["files"] == []


@pytest.mark.parametrize(("answer", "count", "version"), [(0, 1, 1), (1, 1, 2), (2, 2, 1)])
async def test_f21_a_copy_onto_the_same_name_is_skipped_overwritten_or_doubled(
    office, answer, count, version
):
    office.portal.file("notes.docx", id=20, folder="other")
    body = {"destFolderId": 21, "fileIds": ["14"], "conflictResolveType": answer}

    await office.ask("PUT", "files/fileops/copy", by=office.ben, json=body)

    there = [one for one in office.portal.data.files.values() if one.folder.id == 21]
    assert len(there) == count
    assert there[0].version == version


async def test_a_move_takes_the_file_away(office):
    body = {"destFolderId": 34, "fileIds": ["14"]}

    await office.ask("PUT", "files/fileops/move", by=office.ben, json=body)

    assert office.portal.data.files[14].folder.id == 34


async def test_a_deleted_file_lies_in_the_trash_unless_it_goes_at_once(office):
    deleted = await office.delete("files/file/14")
    trash = await office.get("files/@trash")
    office.portal.file("old.docx", id=15, folder="my", owner=office.ben)
    await office.delete("files/file/15?immediately=true")

    assert deleted.response[0]["operation"] == 2
    assert [file["id"] for file in trash.response["files"]] == [14]
    assert 15 not in office.portal.data.files


async def test_my_documents_are_listed_newest_first_with_a_count_of_their_own(office):
    office.watch.forward(60)
    office.portal.file("offer.xlsx", id=15, folder="my", owner=office.ben)

    all_ = await office.get("files/@my")
    sheets = await office.get("files/@my?filterType=5")
    page = await office.get("files/@my?count=1&startIndex=1")

    assert [file["id"] for file in all_.response["files"]] == [15, 14]
    assert all_.body["count"] == all_.response["total"] == 2
    assert [file["id"] for file in sheets.response["files"]] == [15]
    assert [file["id"] for file in page.response["files"]] == [14]


async def test_a_search_never_finds_files_of_the_crm(office):
    answer = await office.get("files/@search/t")

    assert [file["id"] for file in answer.response] == [14]


async def test_a_folder_of_somebody_else_cannot_be_listed(office):
    mine = office.portal.data.files[14].folder.id

    assert (await office.get(f"files/{mine}")).status == 200
    assert (await office.get(f"files/{mine}", by=office.ana)).status == 403
    assert (await office.get("files/999")).message == "The required folder was not found"


async def test_downloads_send_the_bytes_to_those_who_may_read(office):
    await office.attach(12, 13)
    handler = "/Products/Files/HttpHandlers/filehandler.ashx?action=download&fileid="

    prices = await office.get(f"{handler}13")
    sized = await office.get(f"{handler}12")
    refused = [
        await office.ask("GET", f"{handler}13"),
        await office.get(f"{handler}14", by=office.ana),
        await office.get(f"{handler}99"),
    ]

    assert prices.text == "1;2;3"
    assert sized.headers["Content-Length"] == "1258291"
    assert [(one.status, one.text) for one in refused] == [(403, ""), (403, ""), (404, "")]


async def test_a_new_title_keeps_the_version_and_tells_who_gave_it(office):
    await office.attach(12, by=office.ana)
    before = (await office.get("files/file/12")).response
    office.portal.data.files[12].author = office.ben
    office.watch.forward(60)

    after = await office.ask("PUT", "files/file/12", by=office.ben, json={"title": "a.pdf"})

    assert (after.status, after.response["title"]) == (200, "a.pdf")
    assert after.response["version"] == before["version"]
    assert after.response["updatedBy"]["id"] == office.ben.id
    assert after.response["updated"] > before["updated"]


async def test_what_the_editor_saves_is_a_version_more(office):
    await office.attach(13)
    file = office.portal.data.files[13]

    office.portal.data.store.edit(file, office.ana, b"4;5;6;7")

    told = (await office.get("crm/case/7/files")).response[0]
    assert (told["version"], told["pureContentLength"]) == (2, 7)
    assert told["updatedBy"]["id"] == office.ana.id
