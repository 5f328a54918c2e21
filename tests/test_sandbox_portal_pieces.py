"""Uploads in pieces: row F20 of the contract."""

from __future__ import annotations

import pytest

from tests.portal_office import Answer, Office, multipart, open_office

MIB = 1024 * 1024


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


async def begin(office: Office, size: int, name: str = "film.mp4") -> Answer:
    body = {"fileName": name, "fileSize": size}
    return await office.post("files/34/upload/create_session", body)


async def send(office: Office, location: str, piece: bytes) -> Answer:
    return await office.ask("POST", location, data=multipart(("file", "blob", piece)))


async def test_f20_pieces_become_a_file_without_any_key(office):
    session = (await begin(office, 11 * MIB)).response
    where = session["data"]["location"]

    first = await send(office, where, bytes(10 * MIB))
    last = await send(office, where, bytes(MIB))

    assert session["success"] is True
    assert session["data"]["created"].endswith("Z")
    assert (first.status, first.body["data"]["bytes_uploaded"]) == (200, 10 * MIB)
    assert (last.status, last.body["data"]["uploaded"]) == (201, True)
    assert office.portal.data.files[last.body["data"]["id"]].size == 11 * MIB


async def test_f20_what_goes_wrong_with_a_piece_is_a_200_that_says_so(office):
    where = (await begin(office, 30 * MIB)).response["data"]["location"]
    unknown = office.portal.url + "/Products/Files/ChunkedUploader.ashx?uid=nobody"

    answers = [
        await send(office, where, bytes(10 * MIB + 1)),
        await send(office, where, b""),
        await office.ask("POST", where, data=b"raw"),
        await send(office, unknown, b"x"),
    ]

    assert {(one.status, one.body["success"]) for one in answers} == {(200, False)}
    assert all(one.body["message"] for one in answers)


async def test_f20_a_session_ends_by_abort_and_after_twelve_hours(office):
    first = (await begin(office, 3)).response["data"]["location"]
    second = (await begin(office, 3)).response["data"]["location"]

    aborted = await office.ask("POST", f"{first}&abort=true")
    office.watch.forward(12 * 3600)

    assert aborted.body["success"] is True
    assert not (await send(office, first, b"abc")).body["success"]
    assert not (await send(office, second, b"abc")).body["success"]


async def test_f20_a_small_file_keeps_its_bytes(office):
    where = (await begin(office, 6, "a:b.TXT")).response["data"]["location"]

    await send(office, where, b"abc")
    last = await send(office, where, b"def")

    assert last.body["data"]["title"] == "a_b.txt"
    assert office.portal.data.files[last.body["data"]["id"]].content == b"abcdef"


async def test_f20_a_session_needs_room_and_a_size(office):
    without = await office.post("files/34/upload/create_session", {"fileName": "a.txt"})
    office.portal.storage_full = True
    full = await begin(office, 5)

    assert without.status == 500
    assert full.message == "The maximum file size is exceeded (0 bytes)."
