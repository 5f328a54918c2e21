"""Files of records, and uploads in one piece: rows F1 to F11, F15 and F16."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.portal_model import PIECE
from tests.portal_office import Answer, Office, multipart, open_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


async def upload(office: Office, name: str = "offer.docx", content: bytes = b"words") -> Answer:
    form = multipart(("file", name, content))
    return await office.post("crm/case/7/files/upload", data=form)


async def test_f1_an_unknown_record_has_no_files(office):
    answer = await office.get("crm/case/99/files")

    assert (answer.status, answer.response) == (200, [])


async def test_f1_record_0_is_out_of_range(office):
    assert (await office.get("crm/case/0/files")).status == 400


async def test_f2_the_files_of_a_hidden_case_are_told_to_anybody(office):
    await office.attach(12, 13, to="case/8", by=office.ana)

    answer = await office.get("crm/case/8/files")

    assert [(file["id"], file["access"]) for file in answer.response] == [(12, 2), (13, 0)]


async def test_f2_files_in_the_trash_stay_in_the_list(office):
    await office.attach(13)
    await office.delete("files/file/13")

    answer = await office.get("crm/case/7/files")

    assert [(file["id"], file["rootFolderType"]) for file in answer.response] == [(13, 3)]


async def test_f3_an_upload_attaches_nothing_not_even_to_a_missing_record(office):
    form = multipart(("file", "offer.docx", b"words"))

    answer = await office.post("crm/case/99/files/upload", data=form)

    assert answer.status == 201
    assert (answer.response["folderId"], answer.response["title"]) == (34, "offer.docx")
    assert not office.portal.data.events
    kept = office.portal.data.files[answer.response["id"]]
    assert kept.content == b"words"
    assert kept.digest == hashlib.sha256(b"words").hexdigest()


@pytest.mark.parametrize(("flag", "kept"), [("", False), ("?storeOriginalFileFlag=true", True)])
async def test_f4_an_upload_rewrites_a_setting_of_the_person(office, flag, kept):
    form = multipart(("file", "offer.docx", b"words"))

    await office.post(f"crm/case/7/files/upload{flag}", data=form)

    assert office.ben.store_originals is kept


async def test_f4_a_flag_is_a_word_and_no_number(office):
    form = multipart(("file", "offer.docx", b"words"))

    answer = await office.post("crm/case/7/files/upload?storeOriginalFileFlag=1", data=form)

    assert answer.status == 400


async def test_f5_the_same_name_is_a_second_file(office):
    first, second = await upload(office), await upload(office)

    assert first.response["id"] != second.response["id"]
    assert first.response["title"] == second.response["title"]


async def test_f5_with_update_existing_it_is_a_new_version_of_the_own_file(office):
    office.ben.update_existing = True

    first, second = await upload(office), await upload(office, content=b"more words")

    assert first.response["id"] == second.response["id"]
    assert (first.response["version"], second.response["version"]) == (1, 2)
    assert office.portal.data.files[first.response["id"]].content == b"more words"


async def test_f5_a_file_of_somebody_else_is_not_overwritten(office):
    office.ben.update_existing = True

    answer = await upload(office, name="contract.pdf")

    assert answer.response["id"] != 12


async def test_f6_of_several_parts_the_last_is_told_and_all_are_stored(office):
    form = multipart(("a", "one.txt", b"1"), ("b", "two.txt", b"2"))
    before = len(office.portal.data.files)

    answer = await office.post("crm/case/7/files/upload", data=form)

    assert answer.response["title"] == "two.txt"
    assert len(office.portal.data.files) == before + 2


async def test_f6_parts_of_one_field_never_store_the_second_content(office):
    form = multipart(("file", "one.txt", b"1"), ("file", "two.txt", b"2"))
    before = set(office.portal.data.files)

    await office.post("crm/case/7/files/upload", data=form)

    made = [file for id_, file in office.portal.data.files.items() if id_ not in before]
    assert [file.content for file in made] == [b"1", b"1"]


async def test_f7_a_raw_upload_without_a_name_fells_the_method(office):
    headers = {"Content-Type": "application/octet-stream"}

    answer = await office.post("crm/case/7/files/upload", data=b"words", headers=headers)

    assert answer.status == answer.body["statusCode"] == 500


async def test_f7_a_raw_upload_has_its_name_in_a_header_url_decoded(office):
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="my+offer%202.docx"',
    }

    answer = await office.post("crm/case/7/files/upload", data=b"words", headers=headers)

    assert answer.response["title"] == "my offer 2.docx"


async def test_f7_raw_json_is_taken_for_parameters(office):
    headers = {
        "Content-Type": "application/json",
        "Content-Disposition": 'attachment; filename="a.json"',
    }

    answer = await office.post("crm/case/7/files/upload", data=b'{"a": 1}', headers=headers)

    assert (answer.status, answer.message) == (500, "Empty file")


async def test_f8_an_empty_file_is_a_500(office):
    answer = await upload(office, content=b"")

    assert (answer.status, answer.message) == (500, "Empty file")


async def test_f9_a_file_that_is_too_big_is_a_500(office):
    office.portal.data.store.storage.largest_file = 10

    answer = await upload(office, content=b"eleven bytes")

    assert answer.status == 500
    assert answer.message == "The maximum file size is exceeded (10 bytes)."


async def test_f9_more_than_100_mib_is_too_big_in_one_piece(office):
    async def body() -> AsyncIterator[bytes]:
        for _ in range(401):
            yield bytes(PIECE)

    headers = {"Content-Disposition": 'attachment; filename="film.mp4"'}
    answer = await office.post("crm/case/7/files/upload", data=body(), headers=headers)

    assert answer.message == "The maximum file size is exceeded (100 MB)."


async def test_f9_with_the_storage_full_the_figure_is_what_is_free(office):
    office.portal.storage_full = True

    answer = await upload(office)

    assert answer.message == "The maximum file size is exceeded (0 bytes)."


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("a😀b.txt", "a__b.txt"),
        ("12:30 offer.DOCX", "12_30 offer.docx"),
        ("wer? *ich* <du>|er.PDF", "wer_ _ich_ _du__er.pdf"),
        ("größe.txt", "größe.txt"),
        ("x" * 200 + ".txt", "x" * 166 + ".txt"),
    ],
)
async def test_f10_names_are_cleaned(office, name, title):
    assert (await upload(office, name=name)).response["title"] == title


async def test_f11_create_new_always_makes_a_new_file(office):
    office.ben.update_existing = True
    office.ben.store_originals = True
    form = [multipart(("file", "offer.docx", b"words")) for _ in range(2)]

    first = await office.post("files/34/upload?createNewIfExist=true", data=form[0])
    second = await office.post("files/34/upload?createNewIfExist=true", data=form[1])

    assert first.response["id"] != second.response["id"]
    assert office.ben.store_originals is True


async def test_f11_several_parts_give_a_list(office):
    form = multipart(("a", "one.txt", b"1"), ("b", "two.txt", b"2"))

    answer = await office.post("files/34/upload?createNewIfExist=true", data=form)

    assert [file["title"] for file in answer.response] == ["one.txt", "two.txt"]


@pytest.mark.parametrize(
    ("folder", "status", "message"),
    [
        (999, 404, "The required folder was not found"),
        (3, 403, "You don't have enough permission to create"),
    ],
)
async def test_f11_a_folder_may_refuse(office, folder, status, message):
    form = multipart(("file", "offer.docx", b"words"))

    answer = await office.post(f"files/{folder}/upload", data=form)

    assert (answer.status, answer.message) == (status, message)


async def test_f11_the_crm_folder_takes_files_of_people_without_crm(office):
    form = multipart(("file", "offer.docx", b"words"))

    assert (await office.post("files/34/upload", data=form, by=office.gus)).status == 201


async def test_f11_a_raw_file_without_a_name_is_named_by_its_type(office):
    headers = {"Content-Type": "application/pdf"}

    answer = await office.post("files/34/upload", data=b"%PDF", headers=headers)

    assert answer.response["title"] == "file.pdf"


async def test_f11_no_file_at_all_is_refused(office):
    form = multipart()
    form.add_field("title", "nothing", content_type="text/plain")

    answer = await office.post("files/34/upload", data=form)

    assert (answer.status, answer.message) == (403, "No input files")


async def test_f15_only_its_people_and_admins_delete_a_crm_file(office):
    stranger = await office.delete("crm/files/12")
    unknown = await office.delete("crm/files/99")
    admin = await office.delete("crm/files/13", by=office.ana)

    assert (stranger.status, stranger.message) == (403, "Access Denied")
    assert (unknown.status, unknown.message) == (404, "Not found")
    assert admin.response["title"] == "price-list.xlsx"
    assert 13 not in office.portal.data.files


async def test_f15_a_file_being_edited_is_not_deleted(office):
    office.portal.data.files[13].editing = True

    assert (await office.delete("crm/files/13")).status == 403


@pytest.mark.parametrize("gone", [True, False])
async def test_f15_a_file_goes_although_one_of_its_records_makes_the_call_fail(office, gone):
    await office.attach(13)
    await office.attach(13, to="case/8", by=office.ana)
    if gone:
        del office.portal.data.records[office.hidden]

    answer = await office.delete("crm/files/13")

    assert (answer.status, answer.message) == (404, "Not found")
    assert 13 not in office.portal.data.files
    assert office.portal.attached(office.case) == []


async def test_f16_a_file_that_is_not_of_the_crm_is_deleted_all_the_same(office):
    answer = await office.delete("crm/files/14")

    assert answer.status == 200
    assert 14 not in office.portal.data.files


async def test_a_deleted_number_is_given_again_as_on_the_portal(office):
    await office.delete("crm/files/14")

    assert (await upload(office)).response["id"] == 14


async def test_a_text_is_stored_and_attached_and_left_behind_on_a_bad_record(office):
    body = {"title": "memo", "content": "remember"}

    good = await office.post("crm/case/7/files/text", body)
    bad = await office.post("crm/case/99/files/text", body)

    assert good.response["title"] == "memo.txt"
    assert office.portal.attached(office.case) == [good.response["id"]]
    assert bad.status == 404
    assert good.response["id"] + 1 in office.portal.data.files
