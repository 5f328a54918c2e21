"""What the portal's calls change, how that is found again, and what each failure means."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.domain import EntityName, EntityRef, EntityType, FileId, ItemState, Place, PortalUrl
from bot.errors import (
    EntityNotFoundError,
    InvalidFolderError,
    OutcomeUnknownError,
    PortalAwayError,
    PortalClosedError,
    PortalRefusedError,
    PortalUnpaidError,
)
from bot.portal.model import Credentials
from tests.portal_calls import fault, key_of, open_client, portal_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.portal.client import PortalClient
    from bot.sandbox.portal import SandboxPortal

    Read = Callable[[PortalClient, Credentials], Awaitable[object]]

CASE = EntityRef(EntityType.CASE, 7)
DEAL = EntityRef(EntityType.OPPORTUNITY, 31)
ACME = EntityRef(EntityType.CONTACT, 4)
JO = EntityRef(EntityType.CONTACT, 5)
CONTRACT, PRICES, NOTES = FileId(12), FileId(13), FileId(14)
BOTH = (CONTRACT, PRICES)


@pytest.fixture
async def client() -> AsyncIterator[PortalClient]:
    async with open_client() as client:
        yield client


# the calls themselves


def answering(seen: list[object]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        key = request.headers.get("Authorization")
        seen.append((request.method, request.path_qs, key, await request.json()))
        return web.json_response({"ID": 5121, "Files": [{"ID": 12, "Name": "a.pdf"}]})

    return answer


async def test_the_attach_call_is_the_documented_one(client: PortalClient):
    seen: list[object] = []
    async with portal_of(answering(seen)) as url:
        by = Credentials(url, SecretStr("4d6f-key=="))
        event = await client.attach_files(CASE, BOTH, "", by)

    body = {"entityType": "case", "entityid": 7, "fileids": [12, 13]}
    assert seen == [("POST", "/api/2.0/crm/case/7/files", "4d6f-key==", body)]
    assert (event.id, [file.title for file in event.files]) == (5121, ["a.pdf"])


@pytest.mark.parametrize(
    ("ref", "target"),
    [(DEAL, {"entityType": "opportunity", "entityId": 31}), (ACME, {"contactId": 4})],
    ids=str,
)
async def test_a_note_goes_through_the_history_without_what_its_column_cannot_hold(
    client: PortalClient, ref: EntityRef, target: dict[str, Any]
):
    seen: list[object] = []
    async with portal_of(answering(seen)) as url:
        by = Credentials(url, SecretStr("key"))
        await client.attach_files(ref, BOTH, "Grüße 🎉 \uffff", by)

    body = {**target, "content": "Grüße \ufffd \uffff", "categoryId": -2, "fileId": [12, 13]}
    assert seen == [("POST", "/api/2.0/crm/history", "key", body)]


async def test_an_empty_list_is_never_sent(client: PortalClient, portal: SandboxPortal):
    with pytest.raises(ValueError, match="empty"):
        await client.attach_files(CASE, (), "", key_of(portal))

    assert portal.requests == []


# attaching, and finding it again


@pytest.mark.parametrize("note", ["", "Signed today 🎉"])
@pytest.mark.parametrize("ref", [CASE, DEAL, ACME, JO], ids=str)
async def test_an_attach_is_one_event_that_can_be_found_again(client, portal, ref, note):
    ana, ben = key_of(portal), key_of(portal, "Ben Ito")
    watermark = await client.newest_event(ref, ana)

    event = await client.attach_files(ref, BOTH, note, ana)

    assert [file.id for file in event.files] == [12, 13]
    assert len([one for one in portal.events_of(ref) if one.id > watermark]) == 1
    assert await client.newest_event(ref, ana) == event.id > watermark
    found = await client.events_since(ref, watermark, ana)
    assert [(one.id, [file.id for file in one.files]) for one in found] == [(event.id, [12, 13])]
    assert await client.events_since(ref, event.id, ana) == []
    assert await client.events_since(ref, watermark, ben) == []


async def test_a_company_does_not_claim_the_events_of_its_persons(client, portal):
    ana = key_of(portal)
    of_jo = await client.attach_files(JO, BOTH, "", ana)

    assert await client.events_since(ACME, 0, ana) == []
    assert [event.id for event in await client.events_since(JO, 0, ana)] == [of_jo.id]


async def test_what_the_portal_left_out_is_not_in_the_event(client, portal):
    event = await client.attach_files(CASE, (CONTRACT, FileId(999)), "", key_of(portal))

    assert [file.id for file in event.files] == [12]


@pytest.mark.parametrize(
    ("ref", "number", "error"),
    [
        (CASE, NOTES, InvalidFolderError),
        (EntityRef(EntityType.CASE, 99), CONTRACT, EntityNotFoundError),
        (EntityRef(EntityType.CASE, 8), CONTRACT, EntityNotFoundError),
    ],
    ids=["folder", "missing", "hidden"],
)
async def test_a_refused_attach_changes_nothing(client, portal, ref, number, error):
    before = len(portal.data.events)

    with pytest.raises(error):
        await client.attach_files(ref, (PRICES, number), "", key_of(portal, "Ben Ito"))

    assert len(portal.data.events) == before


async def test_the_watermark_of_a_record_without_events_is_0(client, portal):
    assert await client.newest_event(ACME, key_of(portal)) == 0


# copying


async def test_a_copy_can_be_read_as_soon_as_it_is_attached(client, portal):
    ana = key_of(portal)
    original = (await client.look_at_file(NOTES, ana)).file
    assert original is not None

    copy = await client.copy_into_crm(original, ana)
    await client.attach_files(CASE, (copy.id,), "", ana)

    assert (copy.title, copy.place) == ("meeting-notes.docx", Place.CRM)
    assert copy.id != NOTES
    assert (await client.look_at_file(copy.id, ana)).state is ItemState.READY


async def test_a_copy_that_lands_in_my_documents_says_so(client, portal):
    ana = key_of(portal)
    original = (await client.look_at_file(NOTES, ana)).file
    portal.data.store.closed_folders.add(34)

    assert (await client.copy_into_crm(original, ana)).place is Place.MY


async def test_a_copy_without_a_number_is_no_answer(client, portal):
    ana = key_of(portal)
    original = (await client.look_at_file(NOTES, ana)).file
    body = json.dumps({"response": {"id": "sbox-5-notes"}})
    fault(portal, "POST", "copyas", body=body, headers={"Content-Type": "application/json"})

    with pytest.raises(OutcomeUnknownError):
        await client.copy_into_crm(original, ana)


async def test_the_portal_says_what_storage_is_left(client, portal):
    free = await client.storage_left(key_of(portal))
    portal.storage_full = True

    assert free
    assert await client.storage_left(key_of(portal)) == 0


# failures


LOST = [
    {"drop": "before"},
    {"drop": "after"},
    {"drop": "middle"},
    {"status": 500, "body": "oops"},
    {"status": 502},
    {"status": 503},
    {"status": 504, "acts": True},
    {"status": 200, "acts": True},
    {"status": 201, "body": "{}", "headers": {"Content-Type": "application/json"}, "acts": True},
]


@pytest.mark.parametrize("facts", LOST, ids=str)
@pytest.mark.parametrize("note", ["", "Signed"])
async def test_an_attach_without_a_good_answer_may_have_worked(client, portal, facts, note):
    fault(portal, "POST", "crm/", **facts)

    with pytest.raises(OutcomeUnknownError):
        await client.attach_files(CASE, BOTH, note, key_of(portal))


async def test_a_busy_portal_and_one_that_is_not_there_have_certainly_done_nothing(client, portal):
    fault(portal, "POST", "crm/", status=429, headers={"Retry-After": "7"}, times=1)
    with pytest.raises(PortalAwayError) as busy:
        await client.attach_files(CASE, BOTH, "", key_of(portal))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = PortalUrl(f"http://127.0.0.1:{taken.getsockname()[1]}")
    by = Credentials(nobody, SecretStr("key"))
    with pytest.raises(PortalAwayError):
        await client.attach_files(CASE, BOTH, "", by)

    assert busy.value.after == 7


READS: dict[str, Read] = {
    "who": lambda client, by: client.who(by),
    "check_crm": lambda client, by: client.check_crm(by),
    "entity": lambda client, by: client.entity(CASE, by),
    "search": lambda client, by: client.search(EntityName(EntityType.CASE, "acme"), by),
    "recent": lambda client, by: client.recent(EntityType.CASE, by, deadline=5),
    "crm_root": lambda client, by: client.crm_root(by),
    "look_at_file": lambda client, by: client.look_at_file(CONTRACT, by),
    "files_of": lambda client, by: client.files_of(CASE, by),
    "newest_event": lambda client, by: client.newest_event(CASE, by),
    "events_since": lambda client, by: client.events_since(CASE, 0, by),
    "storage_left": lambda client, by: client.storage_left(by),
}
FAILURES: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"drop": "before"}, PortalAwayError),
    ({"drop": "after"}, PortalAwayError),
    ({"drop": "middle"}, PortalAwayError),
    ({"status": 502}, PortalAwayError),
    ({"status": 429}, PortalAwayError),
    ({"status": 500}, PortalRefusedError),
    ({"status": 200, "body": "<html>Sign in</html>"}, PortalRefusedError),
    ({"status": 200, "body": "{", "headers": {"Content-Type": "text/json"}}, PortalRefusedError),
    ({"status": 403, "body": ""}, PortalRefusedError),
    ({"status": 404, "body": ""}, PortalClosedError),
    ({"status": 402, "body": ""}, PortalUnpaidError),
]


@pytest.mark.parametrize(("facts", "error"), FAILURES, ids=str)
async def test_no_read_that_fails_says_that_something_may_have_changed(
    client: PortalClient, portal: SandboxPortal, facts: dict[str, Any], error: type[Exception]
):
    raised = {}
    for name, read in READS.items():
        if name == "look_at_file":
            await client.crm_root(key_of(portal))
        assert await client.is_portal(portal.url)  # it works in between, so no circuit opens
        fault(portal, "GET", "", **facts)
        with pytest.raises(error) as failure:
            await read(client, key_of(portal))
        raised[name] = failure.type
        portal.faults.clear()

    assert set(raised.values()) == {error}


@pytest.mark.parametrize(
    ("state", "there"),
    [("active", True), ("unpaid", True), ("restoring", True), ("suspended", True)],
)
async def test_a_portal_is_known_by_its_capabilities(client, portal, state, there):
    portal.state = state

    assert await client.is_portal(portal.url) is there


async def test_a_web_page_is_no_portal(client: PortalClient):
    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome</html>", content_type="text/html")

    async with portal_of(page) as url:
        assert not await client.is_portal(url)
