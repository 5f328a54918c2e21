"""Finding records: rows L of the contract."""

from __future__ import annotations

import pytest

from tests.portal_office import Answer, open_office


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


def titles(answer: Answer) -> list[str]:
    return [item.get("title") or item["displayName"] for item in answer.response]


@pytest.fixture
async def people(office):
    company = office.acme.id
    office.portal.contact("Jo Acme", employer=company)
    office.portal.contact("Lou Acme", phone="+1 555 0100")
    return office


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["Acme Ltd"]),
        ("&searchType=0", ["Acme Ltd"]),
        ("&searchType=-1", ["Acme Ltd", "Jo Acme", "Lou Acme"]),
        ("&searchType=1", ["Jo Acme", "Lou Acme"]),
        ("&searchType=2", ["Lou Acme"]),
        ("&searchType=3", ["Acme Ltd", "Lou Acme"]),
    ],
)
async def test_l1_without_a_search_type_only_companies_are_found(people, search, found):
    answer = await people.get(f"crm/contact/byprefix?prefix=acme{search}")

    assert titles(answer) == found


@pytest.mark.parametrize("kind", ["case", "opportunity", "contact"])
async def test_l2_without_a_prefix_the_method_falls(office, kind):
    answer = await office.get(f"crm/{kind}/byprefix")

    assert answer.status == answer.body["statusCode"] == 500


async def test_l3_without_the_search_service_cases_and_deals_are_not_found(office):
    before = await office.get("crm/case/filter?filterValue=acme")
    office.portal.search_down = True

    case = await office.get("crm/case/filter?filterValue=acme")
    deal = await office.get("crm/opportunity/filter?filterValue=acme")
    contact = await office.get("crm/contact/filter?filterValue=acme")
    prefix = await office.get("crm/case/byprefix?prefix=acme")
    recent = await office.get("crm/case/filter")

    assert titles(before) == ["Acme onboarding"]
    assert case.response == deal.response == []
    assert case.body["total"] == 0
    assert titles(contact) == ["Acme Ltd"]
    assert titles(prefix) == titles(recent) == ["Acme onboarding"]


async def test_l4_a_filter_is_cut_at_the_comma(office):
    office.portal.case("Beta, pilot")

    cut = await office.get("crm/case/filter", params={"filterValue": "acme,beta"})
    kept = await office.get("crm/case/filter", params={"filterValue[]": "beta, pilot"})

    assert titles(cut) == ["Acme onboarding"]
    assert titles(kept) == ["Beta, pilot"]


async def test_l5_fields_trim_what_is_told(office):
    jo = office.portal.contact("Jo Li", employer=office.acme.id)

    listed = await office.get("crm/case/filter?fields=ID,title")
    one = await office.get(f"crm/contact/{jo.id}?fields=id,company,displayName")

    assert listed.response == [{"title": "Acme onboarding", "id": 7}]
    assert one.response["company"] == {"displayName": "Acme Ltd", "id": 4}
    assert set(one.response) == {"id", "company", "displayName"}


@pytest.mark.parametrize(
    ("kind", "status"), [("case", 404), ("opportunity", 400), ("contact", 400)]
)
async def test_l6_record_0(office, kind, status):
    assert (await office.get(f"crm/{kind}/0")).status == status


async def test_a_hidden_record_is_as_good_as_missing(office):
    hidden = await office.get("crm/case/8")
    missing = await office.get("crm/case/99")
    admin = await office.get("crm/case/8", by=office.ana)

    assert hidden.body == missing.body
    assert admin.response["isPrivate"] is True
    assert [person["id"] for person in admin.response["accessList"]] == [office.ana.id]


async def test_a_number_too_large_for_the_portal_is_an_invalid_argument(office):
    assert (await office.get("crm/case/2147483648")).status == 400


async def test_open_cases_come_first(office):
    office.portal.case("A closed one", closed=True)

    by_title = await office.get("crm/case/filter")
    by_id = await office.get("crm/case/filter?sortBy=id&sortOrder=descending")
    closed = await office.get("crm/case/filter?isClosed=true")

    assert titles(by_title) == ["Acme onboarding", "A closed one"]
    assert titles(by_id) == ["A closed one", "Acme onboarding"]
    assert titles(closed) == ["A closed one"]


async def test_recent_cases_come_by_date(office):
    office.watch.forward(60)
    office.portal.case("Zulu")

    answer = await office.get("crm/case/filter?sortBy=dateAndTime&sortOrder=descending&count=1")

    assert titles(answer) == ["Zulu"]


@pytest.mark.parametrize(("stage", "found"), [(0, ["Acme renewal"]), (1, ["Won deal"]), (2, [])])
async def test_deals_are_found_by_stage(office, stage, found):
    office.portal.opportunity("Won deal", closed=True)

    assert titles(await office.get(f"crm/opportunity/filter?stageType={stage}")) == found


@pytest.mark.parametrize(("view", "found"), [("company", ["Acme Ltd"]), ("Person", ["Jo Li"])])
async def test_contacts_are_found_by_view(office, view, found):
    office.portal.contact("Jo Li")

    assert titles(await office.get(f"crm/contact/filter?contactListView={view}")) == found


async def test_thirty_are_picked_before_the_rights_are_looked_at(office):
    for number in range(100, 130):
        office.portal.case(f"Secret {number}", id=number, private_to=[office.ana])
    office.portal.case("Secret for all", id=200)

    ben = await office.get("crm/case/byprefix?prefix=secret")
    ana = await office.get("crm/case/byprefix?prefix=secret", by=office.ana)

    assert ben.response == []
    assert len(ana.response) == 30


async def test_contacts_are_picked_among_those_that_are_seen(office):
    for number in range(100, 130):
        office.portal.contact(f"Secret {number}", id=number, private_to=[office.ana])
    office.portal.contact("Secret for all")

    answer = await office.get("crm/contact/byprefix?prefix=secret&searchType=-1")

    assert titles(answer) == ["Secret for all"]


async def test_a_prefix_is_every_word_anywhere(office):
    assert titles(await office.get("crm/case/byprefix?prefix=board ACM")) == ["Acme onboarding"]
    assert titles(await office.get("crm/case/byprefix?prefix=acme renewal")) == []


async def test_a_list_without_pages_is_cut_in_memory(office):
    for number in range(5):
        office.portal.case(f"Acme {number}")

    answer = await office.get("crm/case/byprefix?prefix=acme&count=2&startIndex=1")

    assert titles(answer) == ["Acme 1", "Acme 2"]
    assert (answer.body["nextIndex"], answer.body["total"]) == (4, 6)


async def test_records_tell_what_they_are(office):
    case = (await office.get("crm/case/7")).response
    deal = (await office.get("crm/opportunity/31")).response
    company = (await office.get("crm/contact/4")).response

    assert (case["isClosed"], case["isPrivate"], case["canEdit"]) == (False, False, True)
    assert (deal["accessList"], deal["stage"]["stageType"]) == ([], 0)
    assert (company["isCompany"], company["companyName"]) == (True, "Acme Ltd")
    assert "isCompany" not in case
