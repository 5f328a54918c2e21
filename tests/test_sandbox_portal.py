"""The sandbox portal as tests and the demo use it: life, log, faults, sample."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bot.domain import EntityRef, EntityType
from bot.sandbox.portal import SandboxPortal
from bot.sandbox.portal_faults import Fault
from tests.portal_office import open_office

ATTACH = ("POST", r"/files$")


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


async def test_a_connection_cut_before_the_act_changes_nothing(office):
    office.portal.faults.add(Fault(match=ATTACH, drop="before", times=1))

    with pytest.raises(aiohttp.ClientError):
        await office.attach(12)

    assert office.portal.attached(office.case) == []
    assert (await office.attach(12)).status == 201


async def test_a_connection_cut_after_the_act_leaves_the_event(office):
    office.portal.faults.add(Fault(match=ATTACH, drop="after", times=1))

    with pytest.raises(aiohttp.ClientError):
        await office.attach(12)

    assert office.portal.attached(office.case) == [12]
    assert office.portal.requests[-1].status == 0


async def test_an_answer_can_end_in_the_middle(office):
    office.portal.faults.add(Fault(match=ATTACH, drop="middle"))

    with pytest.raises(aiohttp.ClientError):
        await office.attach(12)

    assert office.portal.attached(office.case) == [12]


@pytest.mark.parametrize(("acts", "events"), [(False, 0), (True, 1)])
async def test_somebody_else_may_answer_with_or_without_the_act(office, acts, events):
    fault = office.portal.faults.add(Fault(match=ATTACH, status=502, acts=acts))

    answer = await office.attach(12)
    office.portal.faults.remove(fault)

    assert (answer.status, answer.kind) == (502, "text/html")
    assert len(office.portal.events_of(office.case)) == events


async def test_an_answer_may_be_anything(office):
    body, headers = "not what it seems", {"Content-Type": "application/json", "Retry-After": "7"}
    office.portal.faults.add(Fault(status=429, body=body, headers=headers))

    answer = await office.get("people/@self")

    assert (answer.status, answer.text, answer.headers["Retry-After"]) == (429, body, "7")


async def test_faults_happen_as_often_as_they_should_and_where(office):
    office.portal.faults.add(Fault(match=("GET", "people"), status=500, times=2))

    statuses = [(await office.get("people/@self")).status for _ in range(3)]
    other = await office.get("crm/case/7")

    assert statuses == [500, 500, 200]
    assert other.status == 200


async def test_a_late_act_happens_even_when_the_client_has_gone(office):
    office.portal.faults.add(Fault(match=ATTACH, latency=0.2))

    asked = asyncio.create_task(office.attach(12))
    await office.portal.until(lambda: office.portal.in_flight == 1)
    asked.cancel()
    at_once = office.portal.attached(office.case)
    await office.portal.until(lambda: office.portal.attached(office.case) == [12])

    assert at_once == []


async def test_a_slow_answer_comes_after_the_act(office):
    office.portal.faults.add(Fault(match=ATTACH, linger=0.2))

    async with asyncio.TaskGroup() as group:
        asked = group.create_task(office.attach(12))
        await office.portal.until(lambda: office.portal.attached(office.case) == [12])
        early = asked.done()

    assert not early
    assert asked.result().status == 201


async def test_stopping_ends_what_is_slow_without_the_act(office):
    office.portal.faults.add(Fault(match=ATTACH, latency=60))

    asked = asyncio.create_task(office.attach(12))
    await office.portal.until(lambda: office.portal.in_flight == 1)
    await office.portal.stop()

    with pytest.raises(aiohttp.ClientError):
        await asked
    assert office.portal.attached(office.case) == []


async def test_a_stopped_portal_opens_at_the_same_address_and_remembers(office):
    address = office.portal.url
    await office.attach(12)

    await office.portal.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await office.get("crm/case/7")
    await office.portal.start()

    assert office.portal.url == address
    assert len((await office.get("crm/case/7/files")).response) == 1


async def test_waiting_for_what_never_happens_ends(office):
    with pytest.raises(TimeoutError):
        await office.portal.until(lambda: False, within=0.01)


async def test_the_log_tells_what_was_asked_and_keeps_no_secret(office):
    await office.get("crm/case/7?fields=id", by=f"Bearer {office.ben.token}")

    seen = office.portal.requests[-1]

    assert (seen.method, seen.path, seen.query) == ("GET", "/api/2.0/crm/case/7", {"fields": "id"})
    assert (seen.status, seen.person) == (200, "Ben Ito")
    assert seen.headers["Authorization"] == "Bearer ..."
    assert office.ben.token not in repr(seen)


async def test_requests_in_flight_are_counted(office):
    office.portal.faults.add(Fault(latency=0.05))

    await asyncio.gather(*(office.get("people/@self") for _ in range(3)))

    assert office.portal.most_in_flight == 3
    assert office.portal.in_flight == 0


async def test_the_sample_office_is_ready_to_try():
    async with SandboxPortal.sample() as portal, aiohttp.ClientSession() as http:
        ana = portal.who("Ana Reyes")
        address = f"{portal.url}/api/2.0/crm/case/7/files"
        headers = {"Authorization": ana.token}
        async with http.post(address, json={"fileids": [12, 13]}, headers=headers) as answer:
            event = (await answer.json())["response"]

    assert event["entity"]["entityTitle"] == "Acme onboarding"
    assert [(file["title"], file["contentLength"]) for file in event["files"]] == [
        ("contract-signed.pdf", "1.2 MB"),
        ("price-list.xlsx", "48 KB"),
    ]
    assert portal.attached(EntityRef(EntityType.CASE, 7)) == [9, 10, 11, 12, 13]


def test_a_portal_without_people_has_an_owner_once_a_file_needs_one():
    portal = SandboxPortal()

    portal.file("first.pdf")

    assert [person.name for person in portal.data.people.values()] == ["Portal Owner"]
    assert repr(portal.data.people).count("token") == 0
