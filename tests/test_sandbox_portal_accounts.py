"""Who asks the portal: rows A of the contract."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.portal_office import open_office


@pytest.fixture
async def office():
    async with open_office() as opened:
        yield opened


async def test_a1_no_key_is_a_401_in_plain_text(office):
    answer = await office.ask("GET", "people/@self")

    assert (answer.status, answer.text, answer.kind) == (401, "Unauthorized", "text/html")
    assert "WWW-Authenticate" not in answer.headers


async def test_a2_a_bad_key_is_asked_for_a_better_one(office):
    answer = await office.get("people/@self", by="nonsense")

    assert (answer.status, answer.text) == (401, "Unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith('Basic Realm="127.0.0.1')


@pytest.mark.parametrize("form", ["{}", "Bearer {}", " {} ", "{}, more"])
async def test_a3_a_key_is_taken_raw_and_as_bearer(office, form):
    answer = await office.get("people/@self", by=form.format(office.ben.token))

    assert answer.response["id"] == office.ben.id


async def test_a3_a_key_is_taken_as_cookie_and_in_the_query(office):
    cookie = {"Cookie": f"asc_auth_key={office.ben.token}"}

    by_cookie = await office.ask("GET", "people/@self", headers=cookie)
    by_query = await office.ask("GET", f"people/@self?asc_auth_key={quote(office.ben.token)}")

    assert by_cookie.response["id"] == by_query.response["id"] == office.ben.id


async def test_a3_bearer_has_a_capital_letter(office):
    answer = await office.get("people/@self", by=f"bearer {office.ben.token}")

    assert answer.status == 401


async def test_basic_log_in_goes_around_the_second_step_and_leaves_a_cookie(office):
    tia = office.portal.person("Tia Two", tfa="app")
    newest = tia.token
    pair = base64.b64encode(f"{tia.email}:secret".encode()).decode()

    answer = await office.get("people/@self", by=f"Basic {pair}")

    assert answer.response["id"] == tia.id
    assert "asc_auth_key=" in answer.headers["Set-Cookie"]
    assert tia.token == newest


@pytest.mark.parametrize("pair", ["???", base64.b64encode(b"ben.ito:wrong").decode()])
async def test_a_bad_basic_pair_is_a_401(office, pair):
    answer = await office.get("people/@self", by=f"Basic {pair}")

    assert answer.status == 401


async def test_a4_a_good_key_in_the_header_comes_back_as_a_cookie(office):
    answer = await office.get("people/@self")

    assert answer.headers["Set-Cookie"].startswith(f"asc_auth_key={office.ben.token}")


async def test_a5_a_bad_key_with_a_good_cookie_acts_as_the_owner_of_the_cookie(office):
    cookie = {"Cookie": f"asc_auth_key={office.ana.token}"}
    office.portal.expire(office.ben)

    answer = await office.get("people/@self", headers=cookie)

    assert answer.response["id"] == office.ana.id
    assert office.portal.requests[-1].person == "Ana Reyes"


async def test_a5_a_bad_cookie_is_taken_away(office):
    answer = await office.ask("GET", "people/@self", headers={"Cookie": "asc_auth_key=old"})

    assert answer.status == 401
    assert "1970" in answer.headers["Set-Cookie"]


async def test_log_in_gives_a_key_that_works_and_says_when_it_ends(office):
    login = await office.log_in("BEN.ITO@office.example")
    me = await office.get("people/@self", by=login.response["token"])

    assert login.status == 201
    assert login.response["expires"] == "2027-03-04T12:30:15.0000000+03:00"
    assert me.response["id"] == office.ben.id


@pytest.mark.parametrize(
    ("login", "password"),
    [("ben.ito", "wrong"), ("nobody", "secret"), ("ben.ito", ""), ("", "")],
)
async def test_a6_a_wrong_password_is_a_500(office, login, password):
    answer = await office.log_in(login, password)

    assert (answer.status, answer.message) == (500, "User authentication failed")


async def test_a7_the_sixth_try_locks_the_login_for_a_minute(office):
    tries = [(await office.log_in("ben.ito", "wrong")).message for _ in range(6)]
    right = await office.log_in("ben.ito")
    office.watch.forward(61)
    later = await office.log_in("ben.ito")

    assert tries == ["User authentication failed"] * 5 + ["Login Fail. Too many attempts"]
    assert (right.status, right.message) == (500, "Login Fail. Too many attempts")
    assert later.status == 201


async def test_a7_good_tries_do_not_count(office):
    answers = [await office.log_in("ben.ito") for _ in range(8)]

    assert {answer.status for answer in answers} == {201}


async def test_a7_others_are_not_locked_out(office):
    for _ in range(6):
        await office.log_in("ben.ito", "wrong")

    assert (await office.log_in("ana.reyes")).status == 201


async def test_a8_an_authenticator_asks_for_a_code(office):
    tia = office.portal.person("Tia Two", tfa="app")

    first = await office.log_in("tia.two")
    wrong = await office.log_in("tia.two", code="000000")
    second = await office.log_in("tia.two", code=tia.code)

    assert first.status == 201
    assert first.response == {"token": None, "tfa": True}
    assert (wrong.status, wrong.message) == (500, "User authentication failed")
    assert second.response["tfa"] is True
    assert (await office.get("people/@self", by=second.response["token"])).status == 200


async def test_a8_an_authenticator_that_is_not_set_up_comes_with_its_key(office):
    office.portal.person("Tia Two", tfa="app", authenticator=False)

    assert (await office.log_in("tia.two")).response["tfaKey"]


async def test_a8_a_code_by_sms_needs_a_phone(office):
    sam = office.portal.person("Sam Sms", tfa="sms", phone="")
    body = {"userName": "sam.sms", "password": "secret", "mobilePhone": "+15550123489"}

    without = await office.log_in("sam.sms")
    sent = await office.post("authentication/setphone", body, by=None)
    again = await office.post("authentication/sendsms", body, by=None)
    second = await office.log_in("sam.sms", code=sam.code)

    assert without.response == {"token": None, "sms": True}
    assert sent.response["phoneNoise"] == again.response["phoneNoise"] == "+1********89"
    assert second.response["sms"] is True
    assert second.response["token"]


async def test_a8_a_code_where_none_is_wanted_is_refused(office):
    answer = await office.log_in("ben.ito", code="246810")

    assert (answer.status, answer.message) == (500, "User authentication failed")


async def test_a9_keys_end_by_time_by_revoking_and_with_their_owner(office):
    short = office.portal.token(office.ben, life=timedelta(seconds=10))
    revoked = office.portal.token(office.ben)
    office.watch.forward(10)
    office.portal.revoke(revoked)
    of_gus = office.gus.token
    office.portal.disable(office.gus)

    answers = [await office.get("people/@self", by=key) for key in (short, revoked, of_gus)]

    assert {(one.status, one.text) for one in answers} == {(401, "Unauthorized")}
    assert all("WWW-Authenticate" in one.headers for one in answers)


@pytest.mark.parametrize("path", ["capabilities.json", "capabilities", "settings/version/build"])
async def test_a10_some_things_are_told_to_everybody(office, path):
    assert (await office.ask("GET", path)).status == 200


async def test_a11_a_guest_has_no_crm_and_still_is_somebody(office):
    crm = await office.get("crm/case/7", by=office.gus)
    me = await office.get("people/@self", by=office.gus)

    assert (crm.status, crm.message) == (403, "Forbidden")
    assert me.response["isVisitor"] is True


async def test_a12_closed_modules_are_forbidden_and_can_be_asked_about(office):
    closed = office.portal.person("Cy Closed", crm=False, documents=False)
    crm_item, documents_item = (
        "6743007c-6f95-4d20-8c88-a8601ce5e76d",
        "e67be73d-f9ae-4ce1-8fec-1880cb518cb4",
    )

    crm = await office.get("crm/case/7", by=closed)
    documents = await office.get("files/@my", by=closed)
    asked = [
        (await office.get(f"settings/security/{item}", by=person)).response
        for person in (closed, office.ben)
        for item in (crm_item, documents_item)
    ]

    assert (crm.status, crm.message) == (403, "Forbidden")
    assert (documents.status, documents.message) == (403, "Forbidden")
    assert asked == [False, False, True, True]


async def test_a_key_is_long_and_survives_the_url(office):
    key = office.ben.token

    assert len(key) >= 100
    assert quote(key, safe="") == key


async def test_connections_are_listed_and_ended_one_by_one(office):
    other = office.portal.token(office.ben)
    cookie = {"Cookie": f"asc_auth_key={other}"}

    listed = await office.get("security/activeconnections", headers=cookie)
    mine = listed.response["loginEvent"]
    ended = await office.ask("PUT", f"security/activeconnections/logout/{mine}", by=other)
    unknown = await office.ask("PUT", "security/activeconnections/logout/1", by=office.ana)

    assert mine in [item["id"] for item in listed.response["items"]]
    assert (ended.status, ended.response) == (200, True)
    assert unknown.response is False
    assert (await office.get("people/@self", by=other)).status == 401


async def test_the_login_event_is_unknown_without_the_cookie(office):
    assert (await office.get("security/activeconnections")).response["loginEvent"] == 0


async def test_people_are_found_by_email(office):
    found = await office.get("people/email?email=ana.reyes@office.example")
    missing = await office.get("people/email?email=no@office.example")

    assert found.response["listAdminModules"] == ["crm"]
    assert (missing.status, missing.message) == (404, "User not found")


async def test_the_quota_tells_what_is_left(office):
    before = (await office.get("settings/quota")).response
    office.portal.storage_full = True
    after = (await office.get("settings/quota")).response

    assert before["availableSize"] == before["storageSize"] - before["usedSize"] > 0
    assert after["availableSize"] == 0
