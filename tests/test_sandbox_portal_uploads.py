"""What can go wrong with an upload on the sandbox portal: cut, slow, filtered; and pieces."""

from __future__ import annotations

import hashlib
import time

import aiohttp
import pytest

from bot.sandbox.portal_faults import Fault
from bot.sandbox.portal_model import PIECE
from tests.portal_office import Office, multipart, open_office


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


async def send(office: Office, content: bytes, name: str = "offer.docx"):
    return await office.post("files/34/upload", data=multipart(("file", name, content)))


async def test_an_upload_that_is_cut_on_its_way_in_stores_nothing(office: Office):
    office.portal.faults.add(Fault(match=("POST", "/upload$"), reads=PIECE))
    before = set(office.portal.data.files)

    with pytest.raises(aiohttp.ClientError):
        await send(office, bytes(PIECE + 1))
    fits = await send(office, bytes(PIECE))

    assert fits.status == 201
    assert set(office.portal.data.files) - before == {fits.response["id"]}


async def test_an_upload_may_be_read_slowly(office: Office):
    office.portal.faults.add(Fault(match=("POST", "/upload$"), pace=0.05))

    began = time.monotonic()
    answer = await send(office, bytes(2 * PIECE))

    assert answer.status == 201
    assert time.monotonic() - began >= 0.1


async def test_a_type_may_be_filtered_at_once_and_in_pieces(office: Office):
    office.portal.data.store.storage.blocked_types = frozenset({".exe"})

    once = await send(office, b"MZ", "setup.EXE")
    body = {"fileName": "setup.exe", "fileSize": 2}
    pieces = await office.post("files/34/upload/create_session", body)

    assert once.status == pieces.status == 500
    assert once.message == pieces.message == "This file format isn't supported"


async def test_pieces_that_are_too_large_to_keep_have_their_digest(office: Office):
    office.portal.data.keep_bytes = 10
    content = bytes(range(256)) * 100
    body = {"fileName": "film.mp4", "fileSize": len(content)}
    begun = await office.post("files/34/upload/create_session", body)
    location = begun.response["data"]["location"]

    for part in (content[:20_000], content[20_000:]):
        last = await office.post(location, data=multipart(("file", "blob", part)), by=None)

    stored = office.portal.data.files[last.body["data"]["id"]]
    assert (stored.size, stored.content) == (len(content), None)
    assert stored.digest == hashlib.sha256(content).hexdigest()
