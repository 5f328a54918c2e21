"""The sandbox Slack keeps odd files as Slack keeps them, and hands them out as badly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError, ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import Fault
from tests.slack_bot import refusal

if TYPE_CHECKING:
    from bot.sandbox.slack import SandboxSlack


@pytest.fixture
async def client(slack: SandboxSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


async def info(client: AsyncWebClient, file_id: str) -> dict[str, Any]:
    answer = await client.files_info(file=file_id)
    return dict(answer["file"])


async def test_a_new_file_is_found_late_and_known_later(client, slack):
    file = slack.put_file("a.pdf", b"%PDF")
    file.late, file.processing = 1, 1

    missing = await refusal(client, "files.info", file=file.id)
    half, whole = await info(client, file.id), await info(client, file.id)

    assert missing == "file_not_found"
    assert (half["size"], half["mimetype"], "url_private" in half) == (None, "", False)
    assert (whole["size"], whole["mimetype"], "url_private" in whole) == (
        *(4, "application/pdf"),
        True,
    )


async def test_a_deleted_file_is_a_tombstone_in_its_message(client, slack):
    slack.subscriptions.add("message.channels")
    shared = await slack.share_files({"a.pdf": b"%PDF"})
    [file] = shared.files
    address = (await info(client, file.id))["url_private"]
    file.mode = "tombstone"

    said = await slack.message_shortcut(shared.message, "x")
    bearing = {"Authorization": f"Bearer {client.token}"}
    async with ClientSession() as session, session.get(address, headers=bearing) as download:
        status = download.status

    assert said.payload["message"]["files"] == [{"id": file.id, "mode": "tombstone"}]
    assert await refusal(client, "files.info", file=file.id) == "file_deleted"
    assert status == 404


@pytest.mark.parametrize("access", ["check_file_info", "access_denied", "file_not_found"])
async def test_a_file_that_another_company_keeps_is_a_stub(client, slack, access):
    file = slack.put_file("a.pdf", b"%PDF")
    file.info_access = access

    assert await info(client, file.id) == {
        "id": file.id,
        "mode": "file_access",
        "file_access": access,
        "created": 0,
        "timestamp": 0,
        "user": "",
    }


@pytest.mark.parametrize(
    ("mode", "mimetype"),
    [("quip", "application/vnd.slack-docs"), ("list", "application/vnd.slack-list")],
)
async def test_what_is_no_file_says_so(client, slack, mode, mimetype):
    file = slack.put_file("Plan", b"<h1>Plan</h1>")
    file.mode = mode

    described = await info(client, file.id)

    assert (described["filetype"], described["mimetype"]) == (mode, mimetype)


async def test_a_download_is_led_elsewhere_or_breaks_half_way(client, slack):
    file = slack.put_file("a.bin", b"x" * 1000)
    address = (await info(client, file.id))["url_private"]
    headers = {"Authorization": f"Bearer {client.token}"}
    slack.faults["files"] = Fault("cut", times=1)

    async with ClientSession(headers=headers) as session:
        async with session.get(address) as cut:
            length, half = cut.content_length, await cut.content.readany()
            with pytest.raises(ClientError):
                await cut.content.read()
        file.moved_to = "https://elsewhere.example/a.bin"
        async with session.get(address, allow_redirects=False) as moved:
            led = (moved.status, moved.headers["Location"])

    assert (length, len(half)) == (1000, 500)
    assert led == (302, "https://elsewhere.example/a.bin")
