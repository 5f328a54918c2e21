"""What the doctor promises: it finds what is wrong, says what to do, and tells no secret."""

from __future__ import annotations

import dataclasses
import io
import socket
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from rich.console import Console

from bot.doctor import examination
from bot.doctor.machine import disk_verdict
from bot.domain import Message
from bot.loading import load
from bot.manifest import manifest
from bot.sandbox.portal_faults import Fault as PortalFault
from bot.sandbox.slack import Fault
from bot.sandbox.slack_blocks import block_problems, view_problems
from bot.vault import new_key
from bot.views.checkup import Finding, Verdict
from bot.views.checkup_screen import Screen
from bot.views.gallery import templates
from bot.web import serving
from tests.certificates import authority
from tests.processes import ran
from tests.world import a_world

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from tests.world import World

OK, WARNING, WRONG, UNKNOWN = Verdict
"""The order in which the class names them."""


@pytest.fixture
async def unstarted(
    slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
) -> AsyncIterator[World]:
    """Prepare a world whose bot would listen for HTTP; one mode is enough here."""
    env = {"SLACK_SIGNING_SECRET": slack.signing_secret}
    async with a_world(slack, portal, tmp_path, env) as world:
        yield world


@dataclasses.dataclass
class Findings:
    """Everything that one examination found."""

    all: list[Finding]

    def __getitem__(self, check: str) -> Finding:
        return next(one for one in self.all if one.check == check)

    def of(self, check: str) -> list[Finding]:
        return [one for one in self.all if one.check == check]

    @property
    def wrong(self) -> list[str]:
        return [one.check for one in self.all if one.verdict is WRONG]


async def examined(
    world: World,
    changes: Mapping[str, str] | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    ahead: float = 0,
    patience: float = 10,
    **env: str,
) -> Findings:
    """Examine a world with other settings, on a clock that is `ahead`."""
    shown: list[Finding] = []

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead)

    settings = load({**world.env, **(changes or {}), **env}, dotenv=None)
    found = await examination(settings, shown.append, clock=clock, tls=tls, patience=patience)
    assert shown == found
    return Findings(found)


def socket_mode(world: World) -> dict[str, str]:
    return {"SLACK_APP_TOKEN": world.slack.app_token}


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return str(found.getsockname()[1])


# All is well


async def test_a_healthy_bot_is_told_so(unstarted: World):
    unstarted.slack.scopes = {"commands", "chat:write", "files:read"}

    found = await examined(unstarted, ATTACHBOT_PORT=free_port(), ATTACHBOT_ADMIN_PORT=free_port())

    assert found.wrong == []
    assert [(one.check, one.verdict) for one in found.all] == [
        ("settings", OK),
        ("clock", OK),
        ("Slack", OK),
        ("Slack scopes", OK),
        ("Slack's way in", UNKNOWN),
        ("messages", OK),
        ("portal address", OK),
        ("portal TLS", WARNING),
        ("portal", OK),
        ("portal version", OK),
        ("database", OK),
        ("keys", OK),
        ("disk", found["disk"].verdict),
        ("port", OK),
        ("port", OK),
    ]
    assert "12.7.1" in found["portal version"].says


async def test_a_running_bot_is_left_alone(unstarted: World):
    port, admin = free_port(), free_port()
    await unstarted.start(ATTACHBOT_PORT=port, ATTACHBOT_ADMIN_PORT=admin)

    found = await examined(unstarted)

    assert found.wrong == []
    assert "running attachbot" in found["database"].says
    assert found["keys"].says == "The key ring opens what is stored."
    assert [one.says for one in found.of("port")] == [
        f"attachbot listens at port {port}.",
        f"attachbot listens at port {admin}.",
    ]


async def test_each_portal_is_looked_at(unstarted: World):
    second = unstarted.portal.url.replace("127.0.0.1", "localhost")
    found = await examined(unstarted, ATTACHBOT_PORTAL_URL=f"{unstarted.portal.url},{second}")

    assert len(found.of("portal address")) == 2


# Clock


@pytest.mark.parametrize(
    ("ahead", "http", "verdict", "says"),
    [
        (0, True, OK, "agrees"),
        (-50, True, OK, "agrees"),
        (120, True, WARNING, "ahead of"),
        (-120, True, WARNING, "behind"),
        (400, True, WRONG, "are refused"),
        (-400, True, WRONG, "behind"),
        (400, False, WARNING, "ahead of"),
        (864_000, False, WARNING, "ahead of"),
    ],
)
async def test_a_clock_that_is_off_is_found(
    unstarted: World, ahead: float, http: bool, verdict: Verdict, says: str
):
    found = await examined(unstarted, {} if http else socket_mode(unstarted), ahead=ahead)

    assert found["clock"].verdict is verdict
    assert says in found["clock"].says


async def test_the_clock_is_read_even_from_a_refusal(unstarted: World):
    found = await examined(unstarted, ahead=400, SLACK_BOT_TOKEN="xoxb-planted")

    assert (found["clock"].verdict, found["Slack"].verdict) == (WRONG, WRONG)


# Slack


async def test_a_refused_token_is_named_by_its_variable(unstarted: World):
    found = await examined(unstarted, SLACK_BOT_TOKEN="xoxb-planted")

    assert found["Slack"].fact == "invalid_auth"
    assert "SLACK_BOT_TOKEN" in found["Slack"].do
    assert found.of("messages") == []


async def test_scopes_are_compared_with_the_manifest(unstarted: World):
    unstarted.slack.scopes = {"commands", "files:read"}
    lacking = await examined(unstarted)
    unstarted.slack.scopes = {*manifest()["oauth_config"]["scopes"]["bot"], "files:write"}
    spare = await examined(unstarted)

    assert lacking["Slack scopes"].verdict is WRONG
    assert "chat:write" in lacking["Slack scopes"].says
    assert "reinstall" in lacking["Slack scopes"].do
    assert spare["Slack scopes"].verdict is WARNING
    assert "files:write" in spare["Slack scopes"].says


async def test_an_app_token_is_tried(unstarted: World):
    good = await examined(unstarted, socket_mode(unstarted))
    bad = await examined(unstarted, SLACK_APP_TOKEN="xapp-planted")

    assert good["app token"].verdict is OK
    assert (bad["app token"].verdict, bad["app token"].fact) == (WRONG, "invalid_auth")
    assert "connections:write" in bad["app token"].do


@pytest.mark.parametrize(
    ("fault", "fact"),
    [
        (Fault("drop"), "connection"),
        (Fault(429), "ratelimited"),
        (Fault(503), "internal_error"),
        (Fault("account_inactive"), "account_inactive"),
    ],
)
async def test_a_slack_that_does_not_answer_well_is_found(
    unstarted: World, fault: Fault, fact: str
):
    unstarted.slack.faults["auth.test"] = fault

    found = await examined(unstarted)

    assert (found["Slack"].verdict, found["Slack"].fact) == (WRONG, fact)
    assert found["portal"].verdict is OK


async def test_somebody_else_in_the_place_of_slack_is_found(unstarted: World):
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>Sign in to the hotel</html>", content_type="text/html")

    site = web.Application()
    site.router.add_route("*", "/{path:.*}", page)
    async with serving(site, "127.0.0.1", 0) as url:
        found = await examined(unstarted, SLACK_API_URL=f"{url}/api/")

    assert found["Slack"].says == "What answers there is not Slack."


async def test_a_slack_that_says_little_leaves_checks_open(unstarted: World):
    async def terse(_: web.Request) -> web.Response:
        return web.json_response({"ok": True}, headers={"Date": "yesterday"})

    site = web.Application()
    site.router.add_route("*", "/{path:.*}", terse)
    async with serving(site, "127.0.0.1", 0) as url:
        found = await examined(unstarted, SLACK_API_URL=f"{url}/api/")

    assert found.wrong == []
    assert (found["clock"].verdict, found["Slack scopes"].verdict) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("fault", "verdict", "says"),
    [
        (Fault("unknown_method"), UNKNOWN, "does not offer"),
        (Fault(429), UNKNOWN, "asks to wait"),
        (Fault("drop"), UNKNOWN, "does not answer"),
        (Fault("invalid_blocks", times=1), WRONG, "does not accept these samples: "),
    ],
)
async def test_pictures_are_shown_to_slack(
    unstarted: World, fault: Fault, verdict: Verdict, says: str
):
    unstarted.slack.faults["blocks.validate"] = fault

    found = await examined(unstarted)

    assert found["messages"].verdict is verdict
    assert says in found["messages"].says


def test_the_samples_are_ones_that_slack_takes():
    drawn = dict(templates())

    assert len(drawn) == len(list(templates())) > 20
    for name, picture in drawn.items():
        problems = (
            block_problems(list(picture.blocks))
            if isinstance(picture, Message)
            else view_problems(picture)
        )
        assert list(problems) == [], name


# Portal


@pytest.mark.parametrize(
    ("address", "check", "says"),
    [
        ("https://nowhere.invalid", "portal address", "No address is known for nowhere.invalid"),
        ("https://10.20.30.40", "portal address", "in a private network: 10.20.30.40/32"),
        ("https://[fd00::7]:8443", "portal address", "in a private network: fd00::7/128"),
    ],
)
async def test_an_address_that_will_not_do_is_found(
    unstarted: World, address: str, check: str, says: str
):
    found = await examined(unstarted, ATTACHBOT_PORTAL_URL=address)

    assert found.wrong == [check]
    assert says in found[check].says
    assert found.of("portal") == []


async def test_somebody_else_in_the_place_of_the_portal_is_found(unstarted: World):
    found = await examined(unstarted, ATTACHBOT_PORTAL_URL=unstarted.slack.url)

    assert found.wrong == ["portal"]
    assert "not as an ONLYOFFICE Workspace portal" in found["portal"].says


async def test_a_portal_that_is_off_is_found(unstarted: World):
    await unstarted.portal.stop()

    plain = await examined(unstarted)
    secured = await examined(unstarted, ATTACHBOT_PORTAL_URL=f"https://127.0.0.1:{free_port()}")

    assert plain.wrong == ["portal"]
    assert "does not answer" in plain["portal"].says
    assert secured.wrong == ["portal TLS"]
    assert "does not answer" in secured["portal TLS"].says


@pytest.mark.parametrize(
    ("state", "says"),
    [("suspended", "suspended"), ("unpaid", "not paid"), ("restoring", "busy")],
)
async def test_a_portal_that_takes_nothing_is_found(unstarted: World, state: Any, says: str):
    unstarted.portal.state = state

    found = await examined(unstarted)

    assert found.wrong == ["portal version"]
    assert says in found["portal version"].says


async def test_a_portal_that_keeps_its_version_to_itself_will_do(unstarted: World):
    unstarted.portal.faults.add(PortalFault(match=("GET", "version"), status=200, body="<html>"))

    found = await examined(unstarted)

    assert found["portal version"].verdict is UNKNOWN


@asynccontextmanager
async def behind_tls(days: float) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """Serve something like a portal over TLS, and yield its address and who trusts it."""

    async def handler(_: web.Request) -> web.Response:
        return web.json_response(
            {"status": 0, "statusCode": 200, "response": {"communityServer": "12.8"}}
        )

    signed = authority(timedelta(days=days))
    async with signed.serving(handler) as url:
        yield url, signed.client()


@pytest.mark.parametrize(("days", "verdict"), [(90, OK), (5, WARNING)])
async def test_the_end_of_a_certificate_is_told(unstarted: World, days: float, verdict: Verdict):
    async with behind_tls(days) as (url, tls):
        found = await examined(unstarted, tls=tls, ATTACHBOT_PORTAL_URL=url)

    until = datetime.now(UTC) + timedelta(days=days)
    assert found["portal TLS"].verdict is verdict
    assert f"{until:%Y-%m-%d}" in found["portal TLS"].says
    assert "12.8" in found["portal version"].says


@pytest.mark.parametrize(("days", "says"), [(90, "certificate"), (-1, "expired")])
async def test_a_certificate_that_cannot_be_trusted_is_found(
    unstarted: World, days: float, says: str
):
    async with behind_tls(days) as (url, trusting), behind_tls(90) as (_, strange):
        tls = strange if days > 0 else trusting
        found = await examined(unstarted, tls=tls, ATTACHBOT_PORTAL_URL=url)

    assert found.wrong == ["portal TLS"]
    assert says in found["portal TLS"].says


# Database, disk, keys, ports


async def test_a_database_of_a_newer_version_is_found(unstarted: World, tmp_path: Path):
    await start_once(unstarted)
    with_database(
        tmp_path, "insert into _sqlite_migrations values (null, 'attachbot', 'step_9', '')"
    )

    found = await examined(unstarted)

    assert found.wrong == ["database"]
    assert "step_9" in found["database"].says


async def test_a_database_of_an_older_version_is_not_brought_up_to_date(
    unstarted: World, tmp_path: Path
):
    await start_once(unstarted)
    with_database(tmp_path, "drop table canary")
    with_database(tmp_path, "delete from _sqlite_migrations where name = 'step_0004_canary'")
    before = (tmp_path / "attachbot.db").read_bytes()

    found = await examined(unstarted)

    assert found["database"].fact == "1 steps behind"
    assert "nothing is sealed" in found["keys"].says
    assert (tmp_path / "attachbot.db").read_bytes() == before


async def test_a_database_is_not_made(unstarted: World, tmp_path: Path):
    await examined(unstarted)

    assert files_in(tmp_path) == []


@pytest.mark.parametrize("kind", ["no-folder", "no-database", "folder"])
async def test_a_database_that_cannot_be_used_is_found(unstarted: World, tmp_path: Path, kind: str):
    (tmp_path / "no-database").write_text("This is a shopping list." * 100)
    (tmp_path / "folder").mkdir()
    name = {"no-folder": "nowhere/a.db"}.get(kind, kind)

    found = await examined(unstarted, ATTACHBOT_DATABASE_URL=f"sqlite:///{tmp_path / name}")

    assert found.wrong == ["database"]
    assert found["keys"].verdict is UNKNOWN


async def test_s2_a_signing_secret_that_is_still_good_is_spoken_of(unstarted: World):
    secrets = f"{'0' * 32},{unstarted.slack.signing_secret}"

    found = await examined(unstarted, SLACK_SIGNING_SECRET=secrets)
    afterwards = await examined(unstarted)

    assert found["signing secret"].verdict is WARNING
    assert "old one" in found["signing secret"].do
    assert "signing secret" not in {one.check for one in afterwards.all}


async def test_keys_of_another_database_are_found(unstarted: World):
    await start_once(unstarted)

    found = await examined(unstarted, ATTACHBOT_SECRET_KEYS=new_key())

    assert found.wrong == ["keys"]
    assert "former keys" in found["keys"].do


async def test_keys_that_are_none_are_found(unstarted: World):
    found = await examined(unstarted, ATTACHBOT_SECRET_KEYS="planted-words")

    assert found.wrong == ["keys"]
    assert "planted" not in str(found.all)


@pytest.mark.parametrize(
    ("percent", "verdict"), [(50, OK), (5.1, OK), (5, WARNING), (1.1, WARNING), (1, WRONG)]
)
def test_a_full_disk_is_found(percent: float, verdict: Verdict):
    assert disk_verdict(percent) is verdict


@pytest.mark.parametrize("variable", ["ATTACHBOT_PORT", "ATTACHBOT_ADMIN_PORT"])
async def test_a_port_of_another_program_is_found(unstarted: World, variable: str):
    async with serving(web.Application(), "127.0.0.1", 0) as url:
        found = await examined(unstarted, {variable: url.rpartition(":")[2]})

    assert found.wrong == ["port"]
    assert variable in found["port"].do


async def test_a_port_of_a_mute_program_is_found(unstarted: World):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        found = await examined(unstarted, ATTACHBOT_PORT=str(mute.getsockname()[1]))

    assert found.wrong == ["port"]
    assert "Another program" in found["port"].says


async def test_a_host_that_is_not_this_machine_is_found(unstarted: World):
    found = await examined(unstarted, ATTACHBOT_HOST="nowhere.invalid", ATTACHBOT_PORT="3000")

    assert found.wrong == ["port"]
    assert "ATTACHBOT_HOST" in found["port"].do


# All of it


async def test_a_peer_that_hangs_stops_no_other_check(unstarted: World):
    unstarted.slack.faults["auth.test"] = Fault("hang")

    found = await examined(unstarted, patience=0.5)

    assert "within 0.5 seconds" in found["Slack"].says
    assert found["portal version"].verdict is OK
    assert found["database"].verdict is OK


async def test_a_check_that_breaks_is_a_finding_and_stops_no_other(unstarted: World):
    def broken() -> datetime:
        raise RuntimeError("the clock has stopped")

    shown: list[Finding] = []
    found = Findings(await examination(unstarted.settings, shown.append, clock=broken))

    assert (found["Slack"].verdict, found["Slack"].fact) == (WRONG, "RuntimeError")
    assert found["portal version"].verdict is OK
    assert found["keys"].verdict is OK


async def test_nothing_secret_is_told(unstarted: World, tmp_path: Path):
    await start_once(unstarted)
    secrets = [
        unstarted.slack.bot_token,
        unstarted.slack.app_token,
        unstarted.slack.signing_secret,
        unstarted.env["ATTACHBOT_SECRET_KEYS"],
    ]

    found = await examined(unstarted, socket_mode(unstarted))
    refused = await examined(unstarted, SLACK_BOT_TOKEN=unstarted.slack.bot_token + "x")

    told = f"{found} {refused}"
    assert not [secret for secret in secrets if secret in told]
    assert all("Acme" not in one.fact and str(tmp_path) not in one.fact for one in found.all)


@pytest.mark.parametrize("check", ["<b>", "[bold]x[/bold]", ":smile:"])
def test_the_list_shows_words_as_they_are(check: str):
    out = io.StringIO()
    screen = Screen(Console(file=out, highlight=False, markup=False, emoji=False, width=20))

    screen.show(Finding(check, WRONG, f"{check} {'long ' * 30}end.", "Do this."))

    first, second = out.getvalue().splitlines()
    assert first.startswith("wrong")
    assert first.count(check) == 2
    assert first.endswith("end.")
    assert second.strip() == "Next: Do this."


def test_a_terminal_gets_sentences_in_columns():
    out = io.StringIO()
    screen = Screen(Console(file=out, force_terminal=True, color_system=None, width=60))

    screen.show(Finding("Slack", WRONG, "word " * 30 + "end.", "Do this."))

    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert max(map(len, lines)) <= 60
    assert all(line.startswith(" " * 29) for line in lines[1:])
    assert " ".join(out.getvalue().split()).endswith("end. Next: Do this.")


@pytest.mark.parametrize(
    ("verdicts", "says"),
    [
        ([OK, UNKNOWN], "Nothing is wrong."),
        ([OK, WARNING], "Nothing is wrong, 1 warning."),
        ([WRONG, WARNING, WARNING], "1 thing is wrong, 2 warnings."),
        ([WRONG, WRONG], "2 things are wrong."),
    ],
)
def test_the_list_ends_with_its_sum_and_a_part_for_support(verdicts: list[Verdict], says: str):
    out = io.StringIO()
    found = [Finding("Slack", verdict, "Ana says so.", fact="T0") for verdict in verdicts]

    Screen(Console(file=out)).end(found, ["attachbot 1"])

    assert says in out.getvalue().splitlines()
    assert out.getvalue().count("  Slack           T0\n") == len(verdicts)
    assert "Ana" not in out.getvalue()


async def test_the_command_tells_what_is_wrong_and_ends_with_1(unstarted: World, tmp_path: Path):
    good = await ran("doctor", env=unstarted.env, folder=tmp_path)
    unstarted.slack.scopes = set()
    bad = await ran("doctor", env=unstarted.env, folder=tmp_path)

    assert (good.code, good.err) == (0, "")
    assert "\nNothing is wrong" in good.out
    assert "\x1b" not in good.out
    assert "\n  attachbot 0." in good.out
    assert f"mode http, Slack {unstarted.slack.url.removeprefix('http://')}" in good.out
    assert (bad.code, bad.err) == (1, "")
    assert "\n1 thing is wrong" in bad.out
    assert "\n  wrong        Slack scopes    without chat:write, commands, files:read\n" in bad.out


async def test_the_command_tells_every_wrong_setting_and_ends_with_2(tmp_path: Path):
    ended = await ran("doctor", env={"SLACK_BOT_TOKEN": "planted"}, folder=tmp_path)

    assert (ended.code, ended.err) == (2, "")
    assert ended.out.count("\nwrong ") >= 3
    assert "SLACK_BOT_TOKEN must be" in ended.out
    assert "ATTACHBOT_PORTAL_URL is missing" in ended.out
    assert "planted" not in ended.out


async def start_once(world: World) -> None:
    await world.start()
    await world.stop()


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def with_database(folder: Path, change: str) -> None:
    connection = sqlite3.connect(folder / "attachbot.db")
    connection.execute(change)
    connection.commit()
    connection.close()
