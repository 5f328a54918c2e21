"""Secrets never leak: whatever fails, and to whoever takes the disk away.

`make leaks` looks in the same way at every other test. Here are failures that nothing else forces,
and the proof that a leak is found.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import io
import logging
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import structlog
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot import logs
from bot.domain import PortalUrl
from bot.errors import SlackError
from bot.vault import new_key
from bot.watching import Metrics
from bot.web import serving
from storage.sqlite import open_store
from tests.builders import filing_of
from tests.failures import CONTENT, FAILURES, TEXT, connect
from tests.planted import disk
from tests.planted.books import Books
from tests.planted.forms import forms, needles
from tests.planted.kinds import SEARCHED, Kind, Place
from tests.planted.taps import Taps
from tests.test_message_shortcut import form_on
from tests.test_message_to_record import NOTE, filled_in, sent
from tests.visitor import SITE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from tests.world import World

ROOT = Path(__file__).parents[1]
EVERY_DAY = {
    Kind.PORTAL_KEY,
    Kind.BOT_TOKEN,
    Kind.APP_TOKEN,
    Kind.SIGNING_SECRET,
    Kind.MASTER_KEY,
    Kind.FORMER_KEY,
    Kind.RESPONSE_URL,
}
WAY = {
    "http": {Kind.SECOND_SIGNING_SECRET, Kind.LINK, Kind.COOKIE, Kind.PROOF},
    "socket": {Kind.SOCKET_TICKET},
}


@pytest.fixture
def taps(request: pytest.FixtureRequest) -> Iterator[Taps]:
    """Look on at this test, unless the whole suite is looked at: then the books are the same."""
    whole = request.config.pluginmanager.get_plugin("planted")
    if whole is not None:
        yield whole.taps
        return
    logger = logging.getLogger()
    handlers, level, raising = logger.handlers[:], logger.level, logging.raiseExceptions
    taps = Taps(Books())
    with taps.open():
        logs.configure("debug", "json", io.StringIO())
        yield taps
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.raiseExceptions = raising
    structlog.reset_defaults()


@pytest.fixture
async def watched(taps: Taps, unstarted: World) -> World:
    """Return a world with a ring of two keys, and in HTTP mode two signing secrets and the page."""
    env = unstarted.env
    former = env["ATTACHBOT_SECRET_KEYS"]
    more = {"ATTACHBOT_SECRET_KEYS": f"{new_key()},{former}"}
    if "SLACK_SIGNING_SECRET" in env:
        signing = f"{env['SLACK_SIGNING_SECRET']},{secrets.token_hex(16)}"
        more |= {"SLACK_SIGNING_SECRET": signing, "ATTACHBOT_PUBLIC_URL": SITE}
    await unstarted.start(ATTACHBOT_SECRET_KEYS=former)
    await connect(unstarted)
    await unstarted.stop()
    await unstarted.start(**more)
    return unstarted


async def settled(taps: Taps, world: World, folder: Path) -> set[Kind]:
    """Look everywhere, find nothing, and return which secrets there were."""
    taps.look()
    disk.look(taps.books, folder, copies=True)
    await world.stop()
    disk.look(taps.books, folder, copies=False)
    hits, tally = taps.books.search()
    assert hits == []
    for place in (Place.LOG, Place.DATABASE, Place.WAL, Place.BACKUP, Place.AUDIT, Place.SLACK):
        assert tally.sizes[place], place
    return {Kind(kind) for kind in tally.secrets}


# Threat I2: the database or a backup is stolen


@pytest.mark.parametrize("unstarted", ["http"], indirect=True)
async def test_i2_a_stolen_database_and_backup_hold_no_secret(
    taps: Taps, watched: World, tmp_path: Path
):
    await connect(watched)
    shared = await watched.slack.share_files({"offer.pdf": CONTENT}, text=TEXT)
    form = await filled_in(watched, shared.message)
    await sent(watched, form, opts=[NOTE])
    await watched.slack.shown("U0ANA", "C0SALES", 2)
    await form_on(watched, watched.slack.say(TEXT))
    await watched.say("case 9 99999")

    planted = await settled(taps, watched, tmp_path)

    assert planted >= EVERY_DAY | WAY["http"] | {Kind.FILE, Kind.TEXT}
    assert b"ana.reyes@office.example" in (tmp_path / "attachbot.db").read_bytes()


# Threat I1: a key in logs, traces, errors, or in any place but its own


async def test_i1_nothing_secret_leaves_the_bot_whatever_fails(
    taps: Taps, watched: World, tmp_path: Path, request: pytest.FixtureRequest
):
    for fails in FAILURES:
        await fails(watched)
        watched.slack.faults.clear()
        watched.portal.faults.clear()

    planted = await settled(taps, watched, tmp_path)

    assert planted >= EVERY_DAY | WAY[request.node.callspec.params["unstarted"]]


# What looks for leaks finds them


@pytest.mark.parametrize("form", dict(forms(b"0123456789abcdef")))
def test_a_leak_is_found_in_each_spelling(form: str):
    books, secret = Books(), secrets.token_urlsafe(120)
    books.plant(Kind.PORTAL_KEY, secret)
    for spelled in (whole for name, whole in forms(secret.encode()) if name == form):
        books.see(Place.LOG, b"before " + spelled + b" after")

    hits, _ = books.search()

    assert {hit.place for hit in hits} == {Place.LOG}
    assert not any(secret[20:40] in str(hit) for hit in hits)


@given(st.binary(max_size=40), st.binary(min_size=16, max_size=64), st.binary(max_size=40))
def test_a_secret_amid_other_bytes_is_found_in_base64(before: bytes, secret: bytes, after: bytes):
    wanted = needles(secret)

    for encoded in (base64.b64encode, base64.urlsafe_b64encode):
        text = encoded(before + secret + after)
        assert any(needle in text for needle in wanted)


@pytest.mark.parametrize("part", [slice(0, 20), slice(-20, None)], ids=["beginning", "end"])
def test_a_part_of_a_secret_is_a_leak(part: slice):
    books, secret = Books(), secrets.token_urlsafe(120)
    books.plant(Kind.PORTAL_KEY, secret)
    books.see(Place.SLACK, f"no key: {secret[part]}")

    assert books.search()[0]


def test_a_secret_in_its_own_place_is_no_leak():
    books, secret = Books(), secrets.token_urlsafe(120)
    books.plant(Kind.PORTAL_KEY, secret)
    books.see(Place.PORTAL_HEADER, secret)

    assert books.search()[0] == []


@dataclasses.dataclass(frozen=True)
class Carelessness:
    """Where a bot that is not careful could let something go."""

    taps: Taps
    slack: SandboxSlack
    portal: SandboxPortal
    folder: Path


async def log_it(_: Carelessness, leak: str) -> None:
    structlog.get_logger("bot").info("key begins", begins=leak[:20])


async def print_it(_: Carelessness, leak: str) -> None:
    command = (sys.executable, "-c", f"print({leak!r})")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    await process.communicate()


async def raise_it(_: Carelessness, leak: str) -> None:
    with contextlib.suppress(SlackError):
        raise SlackError(leak)


async def store_it(there: Carelessness, leak: str) -> None:
    """Put it where backups and audit exports have it, too."""
    url = f"sqlite:///{there.folder}/careless.db"
    async with open_store(url) as store:
        await store.filings.accept(filing_of(portal=PortalUrl(f"https://{leak}")))
        disk.look(there.taps.books, there.folder, copies=True)
    disk.look(there.taps.books, there.folder, copies=False)


async def write_it(there: Carelessness, leak: str) -> None:
    file = there.folder / "spooled"
    file.write_text(leak)
    disk.look(there.taps.books, there.folder, copies=True)


async def count_it(_: Carelessness, leak: str) -> None:
    Metrics().unopened(leak)  # type: ignore[arg-type]  # as nobody should


async def tell_slack(there: Carelessness, leak: str) -> None:
    client = AsyncWebClient(there.slack.bot_token, base_url=there.slack.api_url)
    await client.chat_postMessage(channel="C0SALES", text=leak)


async def tell_the_portal(there: Carelessness, leak: str) -> None:
    await visited(f"{there.portal.url}/api/2.0/people/@self?asc_auth_key={leak}")


async def tell_a_browser(_: Carelessness, leak: str) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text=leak)

    site = web.Application()
    site.router.add_get("/connect/{token}", page)
    async with serving(site, "127.0.0.1", 0) as url:
        await visited(f"{url}/connect/x")


async def visited(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        await answer.read()


def emptied(folder: Path) -> None:
    """Take away what was found, since whoever looks at the whole suite would find it as well."""
    for path in folder.iterdir():
        path.unlink()


CARELESS: dict[Callable[[Carelessness, str], Awaitable[None]], set[Place]] = {
    log_it: {Place.LOG},
    print_it: {Place.PROCESSES},
    raise_it: {Place.ERRORS},
    store_it: {Place.DATABASE, Place.WAL, Place.BACKUP, Place.AUDIT},
    write_it: {Place.FILES},
    count_it: {Place.METRICS},
    tell_slack: {Place.SLACK},
    tell_the_portal: {Place.PORTAL},
    tell_a_browser: {Place.PAGES},
}


@pytest.mark.parametrize("act", CARELESS, ids=lambda act: act.__name__)
async def test_a_leak_is_found_wherever_it_goes(
    taps: Taps,
    slack: SandboxSlack,
    portal: SandboxPortal,
    tmp_path: Path,
    act: Callable[[Carelessness, str], Awaitable[None]],
):
    secret = portal.who("Ana Reyes").token

    await act(Carelessness(taps, slack, portal, tmp_path), secret)

    taps.look()
    emptied(tmp_path)
    hits, _ = taps.books.search()
    assert {hit.place for hit in hits} >= CARELESS[act]
    assert {hit.kind for hit in hits} == {Kind.PORTAL_KEY}


def test_every_place_has_a_leak_that_is_found():
    assert set().union(*CARELESS.values()) | {Place.OUTPUT} == set(SEARCHED)


async def test_a_test_that_leaks_fails_when_the_suite_is_looked_at(
    tmp_path: Path, request: pytest.FixtureRequest
):
    if not request.config.getoption("--planted"):
        pytest.skip("pytest in pytest takes seconds: `make leaks` runs it")
    test = tmp_path / "test_careless.py"
    test.write_text(
        "def test_prints(portal):\n"
        "    print(portal.who('Ana Reyes').token[:20])\n"
        "def test_keeps_quiet(portal):\n"
        "    print('nothing')\n"
    )
    command = (sys.executable, "-m", "pytest", "-q", "--planted", "-p", "tests.conftest")

    process = await asyncio.create_subprocess_exec(
        *(*command, f"--rootdir={ROOT}", "-c", "pyproject.toml", str(test)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said = (await process.communicate())[0].decode()

    assert process.returncode == pytest.ExitCode.TESTS_FAILED
    assert "portal key in standard output and error (plain)" in said
    assert "2 passed, 1 error" in said
    assert "never searched or planted: databases" in said
    assert "1 hits" in said
