"""The portal's wire and its states: rows T and P of the contract."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.portal_envelope import PageQuery, dumps
from bot.sandbox.portal_names import clean_title, date, html_name, human_size, moment
from tests.portal_office import open_office


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


async def test_t1_a_post_that_succeeds_is_a_201(office):
    answer = await office.attach(12)

    assert answer.status == answer.body["statusCode"] == 201
    assert answer.body["status"] == 0


async def test_t2_reading_and_deleting_are_a_200(office):
    read = await office.get("crm/case/7")
    deleted = await office.delete("crm/files/13")

    assert [read.status, deleted.status] == [200, 200]
    assert read.body["statusCode"] == deleted.body["statusCode"] == 200


async def test_t3_names_are_camel_case_and_empty_numbers_are_left_out(office):
    empty = await office.get("crm/case/7/files")
    one = await office.get("crm/case/7")

    assert empty.body == {"status": 0, "statusCode": 200, "response": []}
    assert one.body["count"] == 1
    assert "startIndex" not in one.body
    assert all(re.fullmatch("[a-z]+([A-Z][a-z]+)*", name) for name in one.response)


async def test_t3_scalars_are_wrapped_too(office):
    answer = await office.get("crm/files/root")

    assert answer.body == {"count": 1, "status": 0, "statusCode": 200, "response": 34}


async def test_t4_the_next_index_is_one_too_far(office):
    for number in range(5):
        office.portal.case(f"Case {number}")

    first = await office.get("crm/case/filter?count=2&startIndex=1")
    whole = await office.get("crm/case/filter?count=6")

    assert first.body["nextIndex"] == 4
    assert first.body["startIndex"] == 1
    assert first.body["total"] == 6
    assert len(first.response) == 2
    assert "nextIndex" not in whole.body


@pytest.mark.parametrize("count", ["", "?count=5000", "?count=-1", "?count=many"])
async def test_t5_a_page_has_a_thousand_items_at_most(office, count):
    for number in range(1005):
        office.portal.case(f"Case {number}")

    answer = await office.get(f"crm/case/filter{count}")

    assert len(answer.response) == 1000


@pytest.mark.parametrize("path", ["crm/case/7", "people/@self", "crm/files/root"])
async def test_t6_the_json_suffix_changes_nothing(office, path):
    plain = await office.get(path)
    suffixed = await office.get(f"{path}.json")

    assert plain.body == suffixed.body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "crm/deal/7/files"),
        ("POST", "crm/person/7/files"),
        ("POST", "crm/case/x/files"),
        ("PUT", "crm/case/7/files"),
        ("HEAD", "crm/case/7"),
        ("GET", "crm/case/7/"),
        ("GET", "/nowhere"),
    ],
)
async def test_t7_what_misses_every_route_is_a_page_of_the_web_server(office, method, path):
    stranger = await office.ask(method, path)
    ben = await office.ask(method, path, by=office.ben)

    assert stranger.status == ben.status == 404
    assert stranger.kind == ben.kind == "text/html"


@pytest.mark.parametrize("path", ["crm/case/7:8", "crm/case/7%26", "files/@search/a*b"])
async def test_t7_reserved_characters_never_reach_the_api(office, path):
    answer = await office.get(path)

    assert (answer.status, answer.kind) == (400, "text/html")


async def test_t8_every_slash_is_escaped(office):
    answer = await office.get("people/@self")

    assert "\\/Products\\/People" in answer.text
    assert not re.search(r"(?<!\\)/", answer.text)


async def test_t9_every_answer_has_a_tag_of_its_own_and_none_is_a_304(office):
    first = await office.get("crm/case/7")
    second = await office.get("crm/case/7", headers={"If-None-Match": first.headers["ETag"]})

    assert second.status == 200
    assert first.headers["ETag"] != second.headers["ETag"]


async def test_t10_dates_have_seven_digits_and_the_offset_of_the_portal(office):
    created = (await office.attach(12)).response["created"]
    read = (await office.get("crm/history/filter")).response[0]["created"]

    assert created == "2026-03-04T12:30:15.4821930+03:00"
    assert read == "2026-03-04T12:30:15.0000000+03:00"


async def test_t10_no_date_is_year_one(office):
    deal = (await office.get("crm/opportunity/31")).response

    assert deal["actualCloseDate"] == "0001-01-01T00:00:00.0000000Z"


async def test_t11_members_with_default_values_are_left_out(office):
    reader = office.portal.contact("Beta Ltd", share="read")
    office.portal.attach(reader, [], by=office.ana)

    on_case = (await office.attach(12)).response
    on_contact = (await office.attach(12, to=f"contact/{reader.id}")).response
    of_ana = (await office.get("crm/history/filter?entityType=contact&entityId=5")).response[1]

    assert "contact" not in on_case
    assert on_contact["entity"] is None
    assert "canEdit" not in of_ana
    assert on_case["canEdit"] is True


async def test_t11_an_empty_file_kind_and_size_are_left_out(office):
    number = office.portal.file("blob", size=0)

    file = (await office.attach(number)).response["files"][0]

    assert not {"fileType", "pureContentLength"} & set(file)


async def test_t12_an_error_has_a_message_a_number_and_no_stack(office):
    answer = await office.get("crm/case/99")

    error = {"message": "Not found", "hresult": -2147467259, "data": {}}
    assert answer.body == {"status": 1, "statusCode": 404, "error": error}
    assert answer.reason == "The record could not be found"


async def test_t13_names_of_users_are_html_encoded(office):
    person = office.portal.person("Zoë O'Brien", email="zoe@office.example")

    me = (await office.get("people/@self", by=person)).response

    assert me["displayName"] == "Zo&#235; O&#39;Brien"


async def test_answers_are_compressed_only_for_an_untrimmed_gzip(office):
    first = await office.get("crm/case/7", headers={"Accept-Encoding": "gzip, br"})
    second = await office.get("crm/case/7", headers={"Accept-Encoding": "br, gzip"})
    error = await office.get("crm/case/99", headers={"Accept-Encoding": "gzip"})

    assert first.headers.get("Content-Encoding") == "gzip"
    assert "Content-Encoding" not in second.headers
    assert "Content-Encoding" not in error.headers
    assert first.body == second.body


async def test_a_malformed_content_type_fells_the_method(office):
    headers = {"Content-Type": "json"}

    answer = await office.post("crm/case/7/files", data=b"{}", headers=headers)

    assert answer.status == answer.body["statusCode"] == 500


# states


@pytest.mark.parametrize(
    ("state", "status"), [("suspended", 404), ("restoring", 503), ("unpaid", 402)]
)
async def test_p1_p2_p3_a_closed_portal_answers_with_nothing(office, state, status):
    office.portal.state = state

    answer = await office.get("crm/case/7")
    probe = await office.get("capabilities.json")

    assert (answer.status, answer.text) == (status, "")
    assert probe.status == 200


async def test_p3_the_api_says_payment_required_and_still_lets_people_log_in(office):
    office.portal.state = "unpaid-api"

    answer = await office.get("crm/case/7")
    login = await office.log_in("ben.ito")

    assert (answer.status, answer.message) == (402, "PaymentRequired")
    assert login.status == 201


async def test_p4_a_foreign_address_gets_an_empty_403_and_loses_the_cookie(office):
    office.portal.state = "ip"

    ben = await office.get("crm/case/7")
    owner = await office.get("crm/case/7", by=office.ana)
    login = await office.log_in("ben.ito")

    assert (ben.status, ben.text) == (403, "")
    assert "asc_auth_key=" in ben.headers["Set-Cookie"]
    assert "1970" in ben.headers["Set-Cookie"]
    assert owner.status == 200
    assert login.status == 500


async def test_p5_a_backend_that_is_down_is_a_page_of_the_proxy(office):
    office.portal.state = "down"

    answer = await office.get("capabilities.json")

    assert (answer.status, answer.kind) == (502, "text/html")


# spelling


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (12345, "12.06 KB"), (104857600, "100 MB"), (1258291, "1.2 MB")],
)
def test_sizes_read_as_the_portal_prints_them(size, text):
    assert human_size(size) == text


@given(st.text(max_size=300))
def test_titles_never_keep_what_the_portal_refuses(name):
    title = clean_title(name)

    assert len(title) <= 170
    assert not set(title) & set('\t*+:"<>?|\\/')
    assert all(ord(char) <= 0xFFFF for char in title)


@given(
    st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1)),  # noqa: DTZ001  zone follows
    st.integers(-14 * 4, 14 * 4),
)
def test_dates_come_back_as_the_moment_they_were(naive, quarters):
    offset, at = timedelta(minutes=15 * quarters), naive.replace(tzinfo=UTC)

    assert moment(date(at, offset, exact=True), offset) == at


@given(st.text())
def test_encoded_names_hold_no_markup(name):
    assert not set(html_name(name)) & set("<>\"'")


@given(st.dictionaries(st.sampled_from(["count", "startIndex", "sortOrder"]), st.text()))
def test_paging_takes_any_text(query):
    page = PageQuery.of(query)

    assert 0 <= page.count <= 1000
    assert page.start >= 0


def test_a_slash_in_a_title_is_escaped_once():
    assert dumps({"title": "a/b\\c"}) == b'{"title":"a\\/b\\\\c"}'
