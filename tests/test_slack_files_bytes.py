"""The bytes of a file in Slack come whole or not at all, and its token goes to Slack only."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import random
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from slack_sdk.web.async_client import AsyncWebClient

from bot import errors
from bot.sandbox.slack import Fault
from bot.slack_file import SlackFile
from bot.slack_files.client import MOST_HOPS, Patience, SlackFiles
from bot.slack_files.stream import CHUNK
from bot.views.problem import problem
from bot.web import serving
from tests.certificates import authority
from tests.slack_counter import Counter, a_counter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.abc import ResolveResult

    from bot.sandbox.slack import SandboxSlack, StoredFile

BIG = random.Random(7).randbytes(3 * CHUNK + 12_345)  # noqa: S311 - content, no secret
PAGE = b"<!DOCTYPE html>\n<html><body>An offer</body></html>"
MEBIBYTE = 1024 * 1024


@pytest.fixture
async def counter(slack: SandboxSlack) -> AsyncIterator[Counter]:
    async with a_counter(slack) as counter:
        yield counter


def put(counter: Counter, name: str, content: bytes, **traits: Any) -> StoredFile:
    stored = counter.slack.put_file(name, content)
    for trait, value in traits.items():
        setattr(stored, trait, value)
    return stored


async def refused(counter: Counter, file: SlackFile) -> errors.BotError:
    """Return why a file did not come; nobody may have got the digest of a part of it."""
    digests: list[str] = []
    with pytest.raises(errors.BotError) as raised:
        await _read(counter, file, digests)
    assert set(digests) <= {""}
    return raised.value


async def _read(counter: Counter, file: SlackFile, digests: list[str]) -> None:
    async with counter.files.open(file) as stream:
        try:
            async for _ in stream:
                pass
        finally:
            digests.append(stream.sha256)


# whole


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("size", [1, 511, 512, CHUNK, CHUNK + 1, len(BIG)])
async def test_every_byte_comes_with_its_digest(counter: Counter, size: int, *, chunked: bool):
    content = BIG[:size]
    file = await counter.look(put(counter, "scan.bin", content, chunked=chunked))

    got, digest = await counter.fetch(file)

    assert got == content
    assert digest == hashlib.sha256(content).hexdigest()


async def test_the_length_is_known_before_the_first_byte_and_chunks_are_small(counter: Counter):
    file = await counter.look(put(counter, "scan.bin", BIG))

    async with counter.files.open(file) as stream:
        length, before = stream.length, stream.sha256
        sizes = [len(chunk) async for chunk in stream]

    assert (length, before, sum(sizes)) == (len(BIG), "", len(BIG))
    assert max(sizes) <= 2 * CHUNK


async def test_many_files_come_at_once(counter: Counter):
    contents = [bytes([number]) * (CHUNK + number) for number in range(10)]
    files = [await counter.look(put(counter, "a.bin", content)) for content in contents]

    got = await asyncio.gather(*(counter.fetch(file) for file in files))

    assert [content for content, _ in got] == contents


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [
        ("offer.html", "text/html"),
        ("offer.xhtml", "application/xhtml+xml"),
        ("o.vue", "text/plain"),
    ],
)
async def test_a_page_that_somebody_shared_is_a_file(counter: Counter, name: str, mimetype: str):
    file = await counter.look(put(counter, name, PAGE, mimetype=mimetype))

    assert (await counter.fetch(file))[0] == PAGE


async def test_d3_memory_stays_flat_whatever_the_size(counter: Counter):
    file = await counter.look(put(counter, "film.mov", bytes(64 * MEBIBYTE)))
    tracemalloc.start()
    try:
        async with counter.files.open(file) as stream:
            count = sum([len(chunk) async for chunk in stream])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (count, stream.sha256) == (64 * MEBIBYTE, hashlib.sha256(bytes(count)).hexdigest())
    # Both ends count: the sandbox's pieces and the sockets' buffers are in it.
    assert peak < 16 * MEBIBYTE


# not whole


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("more", [-1, 1, -CHUNK, CHUNK])
async def test_another_number_of_bytes_than_slack_said_is_never_the_file(
    counter: Counter, more: int, *, chunked: bool
):
    stored = put(counter, "scan.bin", BIG, size=len(BIG) - more, chunked=chunked)

    error = await refused(counter, await counter.look(stored))

    assert isinstance(error, errors.SlackFileBrokenError)
    assert "did not arrive whole" in problem(error).text


async def test_a_connection_that_is_cut_half_way_leads_to_a_new_beginning(counter: Counter):
    file = await counter.look(put(counter, "scan.bin", BIG))
    counter.slack.faults["files"] = Fault("cut", times=1)

    assert isinstance(await refused(counter, file), errors.SlackFileBrokenError)
    assert (await counter.fetch(file))[0] == BIG


@pytest.mark.parametrize(
    "limits",
    [Patience(idle=0.1), Patience(transfer=0.1)],  # at the slowest pace the bytes take no time
    ids=["idle", "transfer"],
)
async def test_d3_a_transfer_that_stands_still_is_given_up(slack: SandboxSlack, limits: Patience):
    slack.faults["files"] = Fault("stall")
    async with a_counter(slack, patience=limits) as counter:
        file = await counter.look(put(counter, "scan.bin", b"x" * 2000))

        assert isinstance(await refused(counter, file), errors.SlackFileBrokenError)


async def test_a_reader_that_stops_early_leaves_nothing_open(counter: Counter):
    file = await counter.look(put(counter, "scan.bin", BIG))

    async with counter.files.open(file) as stream:
        async for _ in stream:
            break

    assert stream.sha256 == ""
    assert (await counter.fetch(file))[0] == BIG


async def test_d3_a_compressed_answer_is_not_taken_for_the_file(slack: SandboxSlack):
    async def compressed(request: web.Request) -> web.Response:
        asked.append(request.headers["Accept-Encoding"])
        return web.Response(body=b"x" * 20, headers={"Content-Encoding": "gzip"})

    asked: list[str] = []
    async with a_place(slack, compressed) as (counter, file):
        assert isinstance(await refused(counter, file), errors.SlackFileBrokenError)
    assert asked == ["identity"]


# in place of the file


@pytest.mark.parametrize("loss", ["scope", "token", "uninstalled"])
async def test_a_sign_in_page_is_never_the_file(slack: SandboxSlack, loss: str):
    stored = slack.put_file("contract.pdf", b"%PDF")
    async with a_counter(slack) as counter:
        file = await counter.look(stored)
    if loss == "scope":
        slack.scopes -= {"files:read"}
    if loss == "uninstalled":
        await slack.uninstall()
    async with a_counter(slack, token="xoxb-other" if loss == "token" else "") as counter:
        error = await refused(counter, file)

    assert isinstance(error, errors.SlackFileWithheldError)
    assert "files:read" in problem(error).text


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
async def test_a_page_of_the_right_length_is_not_the_file_either(slack: SandboxSlack, kind: str):
    async def page(_request: web.Request) -> web.Response:
        return web.Response(body=b" \n" + PAGE, content_type=kind)

    async with a_place(slack, page, size=len(PAGE) + 2) as (counter, file):
        assert isinstance(await refused(counter, file), errors.SlackFileWithheldError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, errors.SlackFileGoneError),
        (410, errors.SlackFileGoneError),
        (403, errors.SlackFileDeniedError),
        (429, errors.SlackFileAwayError),
        (500, errors.SlackFileAwayError),
        (503, errors.SlackFileAwayError),
        (204, errors.SlackFileBrokenError),
        ("drop", errors.SlackFileAwayError),
    ],
)
async def test_every_other_answer_is_a_known_error(
    counter: Counter, status: int | str, kind: type[errors.BotError]
):
    file = await counter.look(put(counter, "a.pdf", b"%PDF"))
    counter.slack.faults["files"] = Fault(status, retry_after=9)

    error = await refused(counter, file)

    assert type(error) is kind
    assert error.failure().facts.get("after") in (None, 9 if status == 429 else 0)


async def test_a_slack_that_is_not_there_may_come_back(slack: SandboxSlack):
    async with serving(web.Application(), "127.0.0.1", 0) as place:
        pass
    file = SlackFile(id="F1", name="a.pdf", title="a.pdf", size=4, url=f"{place}/a.pdf")
    async with a_counter(slack, api=f"{place}/api/") as counter:
        assert isinstance(await refused(counter, file), errors.SlackFileAwayError)


# redirects


@pytest.mark.parametrize(
    ("hops", "arrives"), [(1, True), (MOST_HOPS, True), (MOST_HOPS + 1, False)]
)
async def test_redirects_are_followed_three_times(counter: Counter, hops: int, *, arrives: bool):
    last = put(counter, "a.pdf", b"%PDF")
    file = await counter.look(last)
    address = file.url
    for _ in range(hops):
        stored = put(counter, "a.pdf", b"%PDF", moved_to=address)
        file = await counter.look(stored)
        address = file.url

    if arrives:
        assert (await counter.fetch(file))[0] == b"%PDF"
    else:
        assert isinstance(await refused(counter, file), errors.SlackFileWithheldError)


@pytest.mark.parametrize("location", ["", "http://[", "ftp://x/", "https://files.slack.com/x"])
async def test_i4_a_redirect_out_of_slack_is_not_followed(counter: Counter, location: str):
    file = await counter.look(put(counter, "a.pdf", b"%PDF", moved_to=location or "//"))

    assert isinstance(await refused(counter, file), errors.SlackFileWithheldError)


async def test_i4_another_place_is_never_asked_at_all(counter: Counter):
    async def note(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(body=b"%PDF")

    asked: list[web.Request] = []
    site = web.Application()
    site.router.add_get("/{path:.*}", note)
    async with serving(site, "127.0.0.1", 0) as place:
        there = f"{place}/a.pdf"
        moved = await counter.look(put(counter, "a.pdf", b"%PDF", moved_to=there))
        lying = dataclasses.replace(moved, url=there)
        for file in (moved, lying):
            assert isinstance(await refused(counter, file), errors.SlackFileWithheldError)

    assert asked == []


async def test_the_token_goes_to_slacks_own_hosts_only(slack: SandboxSlack):
    async def answer(request: web.Request) -> web.Response:
        asked.append((request.host, "Authorization" in request.headers))
        if request.host == "files.slack.com":
            return web.Response(status=302, headers={"Location": "https://slack-files.com/a.pdf"})
        return web.Response(body=b"%PDF", content_type="application/pdf")

    asked: list[tuple[str, bool]] = []
    url = "https://files.slack.com/files-pri/T1-F1/a.pdf"
    file = SlackFile(id="F1", name="a.pdf", title="a.pdf", size=4, url=url)
    signer = authority(names=("files.slack.com", "slack-files.com"))
    async with (
        signer.serving(answer) as here,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=Everywhere(here), ssl=signer.client())
        ) as session,
    ):
        client = AsyncWebClient("xoxb-1", base_url="https://slack.com/api/", session=session)
        async with SlackFiles(client, session).open(file) as stream:
            got = [chunk async for chunk in stream]

    assert got == [b"%PDF"]
    assert asked == [("files.slack.com", True), ("slack-files.com", False)]


class Everywhere(AbstractResolver):
    """Finds every name at one place."""

    def __init__(self, place: str) -> None:
        self._port = int(place.rpartition(":")[2])

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": self._port,
                "family": family,
                "proto": 0,
                "flags": 0,
            }
        ]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def a_place(
    slack: SandboxSlack, answer: Any, *, size: int = 20
) -> AsyncIterator[tuple[Counter, SlackFile]]:
    """Let one place stand in for Slack, which gives every file the same answer."""
    site = web.Application()
    site.router.add_get("/a.pdf", answer)
    async with serving(site, "127.0.0.1", 0) as url:
        file = SlackFile(id="F1", name="a.pdf", title="a.pdf", size=size, url=f"{url}/a.pdf")
        async with a_counter(slack, api=f"{url}/api/") as counter:
            yield counter, file
