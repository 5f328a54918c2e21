"""What the portal's calls read, over the socket and from a portal with all its quirks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.domain import (
    HIGHEST_ID,
    Entity,
    EntityName,
    EntityRef,
    EntityType,
    FileId,
    ItemState,
    Place,
)
from bot.errors import (
    CrmClosedError,
    DocumentsClosedError,
    EntityNotFoundError,
    GuestError,
    KeyRefusedError,
    PortalAwayError,
)
from bot.portal.model import Credentials
from tests.portal_calls import fault, key_of, open_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.portal.client import PortalClient
    from bot.sandbox.portal import SandboxPortal

CASE = EntityRef(EntityType.CASE, 7)
PRIVATE = EntityRef(EntityType.CASE, 8)
DEAL = EntityRef(EntityType.OPPORTUNITY, 31)
ACME = EntityRef(EntityType.CONTACT, 4)
CONTRACT, NOTES = FileId(12), FileId(14)


@pytest.fixture
async def client() -> AsyncIterator[PortalClient]:
    async with open_client() as client:
        yield client


# people


async def test_a_key_tells_whose_it_is(client: PortalClient, portal: SandboxPortal):
    portal.person("Sinéad O'Brien <x>", email="sinead@office.example")

    owner = await client.who(key_of(portal, "Sinéad O'Brien <x>"))

    assert owner.name == "Sinéad O'Brien <x>"
    assert owner.email == "sinead@office.example"


async def test_an_unknown_an_expired_and_a_guests_key_are_told_apart(
    client: PortalClient, portal: SandboxPortal
):
    portal.person("Gus Guest", guest=True)
    portal.expire(portal.who("Ben Ito"))

    with pytest.raises(KeyRefusedError):
        await client.who(Credentials(portal.url, SecretStr("never-given-out")))
    with pytest.raises(KeyRefusedError):
        await client.who(key_of(portal, "Ben Ito"))
    with pytest.raises(GuestError):
        await client.who(key_of(portal, "Gus Guest"))


async def test_a_person_without_crm_or_documents_is_told_which(
    client: PortalClient, portal: SandboxPortal
):
    portal.person("Cleo", crm=False)
    portal.person("Dan", documents=False)

    await client.check_crm(key_of(portal))
    with pytest.raises(CrmClosedError):
        await client.check_crm(key_of(portal, "Cleo"))
    with pytest.raises(CrmClosedError):
        await client.entity(CASE, key_of(portal, "Cleo"))
    with pytest.raises(DocumentsClosedError):
        await client.look_at_file(CONTRACT, key_of(portal, "Dan"))


async def test_200_interleaved_calls_never_act_as_another_person(
    client: PortalClient, portal: SandboxPortal
):
    ana, ben = key_of(portal), key_of(portal, "Ben Ito")
    expired = Credentials(portal.url, SecretStr(portal.token(portal.who("Ben Ito"))), ben.owner)
    portal.revoke(expired.key.get_secret_value())
    owners = {ana: "Ana Reyes", ben: "Ben Ito", expired: None}
    at_once = asyncio.Semaphore(8)  # more calls that do not queue would be sent away

    async def name(by: Credentials) -> str | None:
        try:
            async with at_once:
                return (await client.who(by)).name
        except KeyRefusedError:
            return None

    turns = [list(owners)[number % 3] for number in range(200)]
    names = await asyncio.gather(*(name(by) for by in turns))

    assert names == [owners[by] for by in turns]
    assert not any("Cookie" in request.headers for request in portal.requests)


# records


@pytest.mark.parametrize(
    "record",
    [
        Entity(ref=CASE, title="Acme onboarding", closed=False),
        Entity(ref=PRIVATE, title="Salary review", closed=False, private=True),
        Entity(ref=EntityRef(EntityType.CASE, 9), title="Trade fair 2024", closed=True),
        Entity(ref=DEAL, title="Acme renewal", closed=False),
        Entity(ref=ACME, title="Acme Ltd", company=True),
        Entity(ref=EntityRef(EntityType.CONTACT, 5), title="Jo Li", company=False),
    ],
    ids=lambda record: record.title,
)
async def test_a_record_has_title_and_state(client, portal, record):
    assert await client.entity(record.ref, key_of(portal)) == record


async def test_hidden_and_missing_records_are_one_answer(
    client: PortalClient, portal: SandboxPortal
):
    ben = key_of(portal, "Ben Ito")

    for ref in (PRIVATE, EntityRef(EntityType.CASE, 99)):
        with pytest.raises(EntityNotFoundError) as raised:
            await client.entity(ref, ben)
        assert raised.value.entity == ref


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (EntityName(EntityType.CASE, "onboarding acme"), [7]),
        (EntityName(EntityType.CASE, "review"), []),
        (EntityName(EntityType.OPPORTUNITY, "a"), [31, 7]),
        (EntityName(EntityType.CONTACT, "l"), [4, 5]),
        (EntityName(EntityType.CONTACT, "l", company=True), [4]),
        (EntityName(EntityType.CONTACT, "l", company=False), [5]),
    ],
    ids=str,
)
async def test_words_find_records_also_while_search_is_down(client, portal, name, found):
    portal.search_down = True

    records = await client.search(name, key_of(portal, "Ben Ito"))

    assert [record.ref.id for record in records] == found


@pytest.mark.parametrize("type_", EntityType)
async def test_the_newest_records_come_first(client, portal, type_):
    made = [portal._record(type_, f"New {number}", {"id": 100 + number}) for number in range(22)]

    records = await client.recent(type_, key_of(portal), deadline=5)

    assert [record.ref for record in records] == made[:1:-1]


# files


@pytest.mark.parametrize("language", ["en", "de"])
async def test_each_fate_of_a_file_is_told_apart_in_any_language(client, portal, language):
    uta = portal.person("Uta", language=language)
    ana = portal.who("Ana Reyes")
    by = key_of(portal, "Uta")
    secret = portal.file("salaries.xlsx", owner=ana)
    portal.attach(PRIVATE, [secret], by=ana)
    fates = {
        CONTRACT: (ItemState.READY, Place.CRM),
        portal.file("mine.pdf", owner=uta, folder=Place.MY): (ItemState.MISPLACED, Place.MY),
        portal.file("all.pdf", folder=Place.COMMON): (ItemState.MISPLACED, Place.COMMON),
        portal.file("team.pdf", folder=Place.OTHER): (ItemState.MISPLACED, Place.OTHER),
        portal.file("old.pdf", owner=uta, folder=Place.TRASH): (ItemState.TRASHED, Place.TRASH),
        secret: (ItemState.HIDDEN, None),
        NOTES: (ItemState.HIDDEN, None),
        portal.file("fresh.pdf", owner=uta): (ItemState.HIDDEN, None),
        FileId(999): (ItemState.MISSING, None),
    }

    seen = {id_: await client.look_at_file(id_, by) for id_ in fates}

    found = {id_: (one.state, one.file and one.file.place) for id_, one in seen.items()}
    assert found == fates
    probes = [one for one in portal.requests if one.path.endswith(f"/{HIGHEST_ID}")]
    assert len(probes) == 3  # once for each that is there and may not be read


async def test_a_portal_that_cannot_say_how_it_says_missing_is_asked_again(client, portal):
    fault(portal, "GET", f"file/{HIGHEST_ID}$", status=502, times=1)

    with pytest.raises(PortalAwayError):
        await client.look_at_file(FileId(999), key_of(portal))
    seen = await client.look_at_file(FileId(999), key_of(portal))

    assert seen.state is ItemState.MISSING


async def test_a_file_tells_name_size_kind_and_author(client, portal):
    seen = await client.look_at_file(CONTRACT, key_of(portal, "Ben Ito"))

    assert seen.file is not None
    assert (seen.file.id, seen.file.title, seen.file.size) == (12, "contract-signed.pdf", 1_258_291)
    assert (seen.file.extension, seen.file.author) == (".pdf", "Ana Reyes")
    assert seen.file.created is not None
    assert seen.file.created.utcoffset() is not None


async def test_files_of_a_record_come_newest_first_and_without_the_trash(client, portal):
    portal.data.files[10].folder = portal.data.store.own(portal.who("Ben Ito"), Place.TRASH)

    files = await client.files_of(CASE, key_of(portal))

    assert [file.id for file in files] == [11, 9]
    assert {file.place for file in files} == {Place.CRM}


async def test_the_root_is_asked_for_once(client, portal):
    ana, ben = key_of(portal), key_of(portal, "Ben Ito")

    assert [await client.crm_root(by) for by in (ana, ben, ana)] == [34, 34, 34]
    assert len(portal.requests) == 1
