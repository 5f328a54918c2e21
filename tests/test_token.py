"""What `attachbot token` promises: a key on standard output, sentences beside it, no password."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import pty
import re
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from click.exceptions import Abort
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.domain import PortalUrl
from bot.errors import PortalAwayError, PortalError, PortalUnpaidError
from bot.portal.network import Reply, open_network
from bot.portal.signin import CodeWanted, Hurdle, Login, NewKey, outcome, sign_in
from bot.sandbox.portal_faults import Fault
from bot.token import get_token
from bot.web import serving
from tests.certificates import authority
from tests.processes import PATIENCE, finished, ran, started

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.portal_line import Seen

LOCAL = [ip_network("127.0.0.1/32")]
PORTAL = PortalUrl("https://office.example.com")
ANA = "ana.reyes@office.example"
KEY = re.compile(r"[\w-]{160}\n")


@dataclasses.dataclass(frozen=True)
class Talk:
    """What a person saw, and what went to standard output."""

    code: int
    out: str
    seen: str


async def talk(
    portal: str, *typed: str, user: str | None = None, tls: Any = None, aborts: bool = False
) -> Talk:
    """Let a person type answers, one a line."""
    typing = "".join(f"{line}\n" for line in typed)
    with CliRunner().isolation(input=typing) as (out, err, _):
        if aborts:
            with pytest.raises(Abort):
                await get_token(portal, user, tls)
            code = 1
        else:
            code = await get_token(portal, user, tls)
        return Talk(code, out.getvalue().decode(), err.getvalue().decode())


# The whole way


async def test_a_password_gets_a_key_that_works(portal: SandboxPortal):
    said = await talk(portal.url, ANA, "secret")

    assert said.code == 0
    assert said.out == f"{portal.who('Ana Reyes').token}\n"
    assert "This is the key of Ana Reyes (ana.reyes@office.example)." in said.seen
    assert re.search(r"It works until \d{4}-\d\d-\d\d \d\d:\d\d", said.seen)
    assert "/attach connect" in said.seen
    assert "active connections" in said.seen
    assert "secret" not in said.seen


async def test_the_user_may_be_named_before(portal: SandboxPortal):
    said = await talk(portal.url, "secret", user="ana.reyes")

    assert KEY.fullmatch(said.out)
    assert "user name:" not in said.seen


@pytest.mark.parametrize(("tfa", "asks"), [("app", "authenticator app"), ("sms", r"\+1\*+00")])
@pytest.mark.parametrize("code", ["246810", "246 810", " 246-810"])
async def test_a_second_factor_is_asked_for(portal: SandboxPortal, tfa: Any, asks: str, code: str):
    portal.person("Tom Two", email="tom@office.example", tfa=tfa)

    said = await talk(portal.url, "tom@office.example", "secret", code)

    assert (said.code, said.out) == (0, f"{portal.who('Tom Two').token}\n")
    assert re.search(f"Code .*{asks}", said.seen)


async def test_there_are_three_tries_for_the_password(portal: SandboxPortal):
    said = await talk(portal.url, ANA, "one", "two", "three", "secret")

    assert (said.code, said.out) == (1, "")
    assert said.seen.count("did not accept user name and password") == 3
    assert "Tries left: 2." in said.seen
    assert "another service" in said.seen
    assert len(logins(portal)) == 3


async def test_the_third_password_may_be_right(portal: SandboxPortal):
    said = await talk(portal.url, ANA, "one", "two", "secret")

    assert KEY.fullmatch(said.out)


async def test_there_are_three_tries_for_the_code(portal: SandboxPortal):
    portal.person("Tom Two", email="tom@office.example", tfa="app")

    said = await talk(portal.url, "tom@office.example", "secret", "1", "2", "3", "246810")

    assert (said.code, said.out) == (1, "")
    assert said.seen.count("did not accept the code") == 3
    assert "fresh code" in said.seen


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        ({"tfa": "sms", "phone": ""}, "you have set no phone there"),
        ({"tfa": "app", "authenticator": False}, "you have connected none"),
        ({"guest": True}, "guests have no CRM"),
        ({"crm": False}, "This account cannot use CRM"),
    ],
    ids=["no-phone", "no-app", "guest", "no-crm"],
)
async def test_what_the_person_has_to_do_first_is_said(
    portal: SandboxPortal, traits: Any, says: str
):
    portal.person("Tom Two", email="tom@office.example", **traits)

    said = await talk(portal.url, "tom@office.example", "secret")

    assert (said.code, said.out) == (1, "")
    assert says in said.seen


async def test_a_lockout_says_to_wait(portal: SandboxPortal):
    await talk(portal.url, ANA, "one", "two", "three")

    said = await talk(portal.url, ANA, "four", "five", "secret")

    assert (said.code, said.out) == (1, "")
    assert "Wait a minute" in said.seen


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("suspended", "There is no portal in use"),
        ("unpaid", "is not paid"),
        ("restoring", "does not answer"),
        ("ip", "did not accept user name and password"),
        ("down", "not as an ONLYOFFICE Workspace portal"),
    ],
)
async def test_a_portal_that_gives_no_key_is_explained(
    portal: SandboxPortal, state: Any, says: str
):
    portal.person("Ben Two", email="two@office.example")
    portal.state = state

    said = await talk(portal.url, "two@office.example", "secret", "secret", "secret")

    assert (said.code, said.out) == (1, "")
    assert says in said.seen


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(match=("POST", "authentication"), drop="before"), "does not answer"),
        (Fault(match=("POST", "authentication"), status=500, body="<html>"), "did not say why"),
        (Fault(match=("POST", "authentication"), status=200, body="<html>"), "did not say why"),
        (Fault(match=("GET", "capabilities"), drop="before"), "does not answer"),
        (Fault(match=("GET", "capabilities"), status=200, body="<html>"), "not as an ONLYOFFICE"),
    ],
    ids=["cut", "broken", "page", "away", "no-portal"],
)
async def test_a_broken_answer_becomes_a_sentence(portal: SandboxPortal, fault: Fault, says: str):
    portal.faults.add(fault)

    said = await talk(portal.url, ANA, "secret")

    assert (said.code, said.out) == (1, "")
    assert says in said.seen


async def test_a_key_is_not_lost_when_its_owner_cannot_be_read(portal: SandboxPortal):
    portal.faults.add(Fault(match=("GET", "people"), drop="before"))

    said = await talk(portal.url, ANA, "secret")

    assert (said.code, said.out) == (0, f"{portal.who('Ana Reyes').token}\n")
    assert "did not say yet whose it is" in said.seen


async def test_leaving_at_a_prompt_leaves_nothing(portal: SandboxPortal):
    said = await talk(portal.url, ANA, aborts=True)

    assert said.out == ""
    assert logins(portal) == []


# Addresses


async def test_an_address_copied_from_the_browser_will_do(portal: SandboxPortal):
    said = await talk(f" {portal.url}/Products/CRM/Cases.aspx?id=7#history ", ANA, "secret")

    assert KEY.fullmatch(said.out)


async def test_plain_http_is_for_private_hosts_and_warns(portal: SandboxPortal):
    inner = await talk(portal.url, ANA, "secret")
    public = await talk("http://93.184.216.34", ANA, "secret")

    assert "in the clear" in inner.seen
    assert (public.code, public.out) == (2, "")
    assert "is on the internet" in public.seen
    assert "Password" not in public.seen


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://ana:secret@office.example.com", "must not hold a user name or a password"),
        ("ftp://office.example.com", "must begin with https://"),
        ("https://", "must name a host"),
        ("https://office.example.com:0", "must have a port"),
        ("https://nowhere.invalid", "No address is known for nowhere.invalid"),
        ("https://" + "a" * 64, "No address is known"),
    ],
)
async def test_an_address_that_cannot_be_used_is_refused(address: str, says: str):
    said = await talk(address, ANA, "secret")

    assert (said.code, said.out) == (2, "")
    assert says in said.seen
    assert "secret" not in said.seen


async def test_a_portal_that_cannot_be_trusted_gets_no_password():
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"response": {}, "statusCode": 200})

    ours, other = authority(), authority()
    async with ours.serving(handler) as url:
        said = await talk(url, ANA, "secret", tls=other.client())

    assert (said.code, said.out, asked) == (1, "", [])
    assert "cannot be trusted: " in said.seen
    assert "Password" not in said.seen


async def test_https_to_a_port_without_tls_is_explained(portal: SandboxPortal):
    said = await talk(portal.url.replace("http:", "https:"), ANA, "secret")

    assert said.code == 1
    assert "the TLS handshake failed" in said.seen


# The process


async def test_the_password_is_not_shown_while_it_is_typed(portal: SandboxPortal, tmp_path: Path):
    ours, theirs = pty.openpty()
    try:
        async with started(
            "token",
            portal.url,
            env={},
            folder=tmp_path,
            stdin=theirs,
            stderr=theirs,
        ) as process:
            shown = await read_until(ours, "user name: ")
            os.write(ours, ANA.encode() + b"\n")
            shown += await read_until(ours, f"at {portal.url.removeprefix('http://')}: ")
            os.write(ours, b"secret\n")
            ended = await finished(process)
            shown += os.read(ours, 65_536).decode()
    finally:
        os.close(ours)
        os.close(theirs)

    assert ended.code == 0
    assert ended.out == f"{portal.who('Ana Reyes').token}\n"
    assert ANA in shown
    assert "This is the key of Ana Reyes" in shown
    assert "secret" not in shown


async def test_no_settings_are_needed_and_no_file_is_written(tmp_path: Path):
    ended = await ran("token", "https://nowhere.invalid", env={}, folder=tmp_path)

    assert ended.code == 2
    assert "No address is known" in ended.err
    assert files_in(tmp_path) == []


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def read_until(number: int, wanted: str) -> str:
    shown = ""
    async with asyncio.timeout(PATIENCE):
        while not shown.endswith(wanted):
            shown += (await asyncio.to_thread(os.read, number, 1024)).decode()
    return shown


# The calls


def reply(body: object, status: int = 201, kind: str = "application/json") -> Reply:
    return Reply(status, kind, json.dumps(body).encode())


def given_out(**answer: object) -> Reply:
    return reply({"count": 1, "status": 0, "statusCode": 201, "response": answer})


def refused(message: str, status: int = 500) -> Reply:
    return reply({"status": 1, "statusCode": status, "error": {"message": message}}, status)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            given_out(token="k", expires="2027-01-10T10:36:24.0000000+00:00"),
            NewKey(SecretStr("k"), datetime(2027, 1, 10, 10, 36, 24, tzinfo=UTC)),
        ),
        (
            given_out(token="k", expires="0001-01-01T00:00:00.0000000Z"),
            NewKey(SecretStr("k"), None),
        ),
        (given_out(token="k", sms=True), NewKey(SecretStr("k"), None)),
        (given_out(token=None, sms=True, phoneNoise="+1**89"), CodeWanted(True, "+1**89")),
        (given_out(token=None, sms=True), Hurdle.NO_PHONE),
        (given_out(token=None, tfa=True), CodeWanted(False)),
        (given_out(token=None, tfa=True, tfaKey="JBSW"), Hurdle.NO_APP),
        (refused("User authentication failed"), Hurdle.WRONG),
        (refused("Login Fail. Too many attempts"), Hurdle.LOCKED),
    ],
)
def test_each_answer_has_one_meaning(answer: Reply, expected: object):
    assert outcome(answer, PORTAL) == expected


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused("Object reference not set"), PortalError),
        (given_out(token=None), PortalError),
        (given_out(), PortalError),
        (reply([]), PortalError),
        (reply({}, 401), PortalError),
        (reply({}, 403), PortalError),
        (refused("Forbidden", 403), PortalError),
        (reply({}, 402), PortalUnpaidError),
        (reply({}, 502, "text/html"), PortalAwayError),
    ],
)
def test_what_nothing_typed_has_caused_is_an_error_of_the_portal(
    answer: Reply, error: type[PortalError]
):
    with pytest.raises(error) as raised:
        outcome(answer, PORTAL)

    assert raised.value.__cause__ is None


@given(
    status=st.sampled_from([200, 201, 301, 400, 403, 404, 500, 503]),
    body=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)
    | st.dictionaries(
        st.sampled_from(["response", "statusCode", "error", "token"]),
        st.none()
        | st.text()
        | st.dictionaries(st.sampled_from(["token", "sms", "tfa", "expires"]), st.text()),
    ),
)
def test_any_answer_has_a_meaning_or_is_an_error_of_the_portal(status: int, body: object):
    try:
        found = outcome(reply(body, status), PORTAL)
    except PortalError:
        return
    assert isinstance(found, NewKey | CodeWanted | Hurdle)


async def test_a_password_is_in_no_exception(portal: SandboxPortal):
    portal.faults.add(Fault(match=("POST", "authentication"), drop="before"))
    login = Login(portal.url, ANA, SecretStr("hunter2"))

    async with open_network(LOCAL) as network:
        with pytest.raises(PortalAwayError) as raised:
            await sign_in(network, login)

    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert "hunter2" not in f"{login!r} {raised.value!r}"


async def test_a_code_cannot_change_the_path():
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return web.json_response({"response": {"token": "k"}, "statusCode": 201})

    site = web.Application()
    site.router.add_route("*", "/{path:.*}", handler)
    async with serving(site, "127.0.0.1", 0) as url, open_network(LOCAL) as network:
        await sign_in(network, Login(PortalUrl(url), ANA, SecretStr("secret")), "1/../2?x#y %")

    assert asked == ["/api/2.0/authentication/1%2F..%2F2%3Fx%23y%20%25"]


def logins(portal: SandboxPortal) -> list[Seen]:
    return [seen for seen in portal.requests if "authentication" in seen.path]
