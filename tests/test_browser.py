"""The connect page in a real browser, over TLS and behind a proxy: run by `make browser`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import browsing, chromium
from tests.front import Front, in_front
from tests.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from tests.browser import Browser, Tab

PROGRAM = chromium()
WRONG = "this-is-certainly-no-key-at-all"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium (apt-get install chromium)"),
]


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    async with in_front() as front:
        yield front


@pytest.fixture
async def world(
    slack: SandboxSlack, portal: SandboxPortal, front: Front, tmp_path: Path
) -> AsyncIterator[World]:
    env = {"SLACK_SIGNING_SECRET": slack.signing_secret, "ATTACHBOT_PUBLIC_URL": front.url}
    async with a_world(slack, portal, tmp_path, env) as world:
        running = await world.start()
        front.site = running.events_url.removesuffix("/slack/events")
        yield world


@pytest.fixture
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    assert PROGRAM is not None
    async with browsing(PROGRAM, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
async def ana(browser: Browser) -> Tab:
    """Return Ana's tab."""
    return await browser.person()


async def link_of(world: World, command: str = "connect") -> str:
    exchange = await world.slack.command(command)
    assert exchange.said is not None
    [button, *_] = exchange.said["blocks"][-1]["elements"]
    return str(button["url"])


def complaints(tab: Tab) -> list[str]:
    """Return what the browser holds against the page: broken rules, scripts, missing files."""
    entries = [one for one in tab.events if one["method"] == "Log.entryAdded"]
    return [str(one["params"]["entry"]["text"]) for one in entries]


async def test_a_person_connects_by_keyboard_alone_and_the_request_goes_on(world: World, ana: Tab):
    exchange = await world.slack.command("case 7 12,13")
    clicked = await world.slack.click(await world.slack.answer(exchange), "Connect account")
    link = await world.slack.answer(clicked)
    await ana.visit(link.blocks[-1]["elements"][0]["url"])
    focus = [await ana.focused()]
    for _ in range(2):
        await ana.press("Tab")
        focus.append(await ana.focused())

    await ana.look("document.getElementById('key').focus()")
    await ana.type(world.person("Ana Reyes").token)
    await ana.send()

    name = world.slack.workspace.people["U0ANA"].name
    assert focus == ["key", f"Connect @{name}", "How do I get a key?"]
    assert "You are connected" in await ana.text()
    assert complaints(ana) == []
    answer = await world.slack.answer(clicked, "Attached 2 files")
    assert answer.text.startswith("Attached 2 files to Case #7")


async def test_a_wrong_key_is_heard_and_the_field_is_empty_and_in_focus(world: World, ana: Tab):
    await ana.visit(await link_of(world))
    await ana.type(WRONG)

    await ana.send()

    spoken = await ana.spoken()
    [field] = [
        (name, said) for role, name, said in spoken if (role, name) == ("textbox", "CRM key")
    ]
    assert "The portal did not accept this key." in field[1]
    assert "Paste the whole key." in field[1]
    assert "alert" in {role for role, _, _ in spoken}
    assert await ana.focused() == "key"
    assert await ana.look("document.getElementById('key').value") == ""
    assert WRONG not in await ana.look("document.documentElement.outerHTML")


async def test_s3_a_second_browser_finds_the_link_dead(world: World, browser: Browser, ana: Tab):
    url = await link_of(world)
    await ana.visit(url)
    await ana.type(WRONG)
    await ana.send()
    other = await browser.person()

    await other.visit(url)
    await ana.type(world.person("Ana Reyes").token)
    await ana.send()

    assert "This link does not work" in await other.text()
    assert "You are connected" in await ana.text()


async def test_the_page_keeps_its_promise_to_load_nothing(world: World, ana: Tab):
    await ana.visit(await link_of(world))

    loaded = [one for one in ana.events if one["method"] == "Network.requestWillBeSent"]
    await ana.look("new Image().src = '/connect/picture'; 0")
    picture = await ana.until("Network.loadingFailed")

    assert [one["params"]["type"] for one in loaded] == ["Document"]
    assert picture["blockedReason"] == "csp"
    assert await ana.look("document.cookie") == ""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_the_page_fits_a_phone_by_day_and_by_night(world: World, ana: Tab, dark: bool):
    await ana.seen(dark=dark, width=320, height=640)

    await ana.visit(await link_of(world))

    width = await ana.look("document.documentElement.scrollWidth")
    colour = await ana.look("getComputedStyle(document.querySelector('main')).backgroundColor")
    height = await ana.look("document.querySelector('button').getBoundingClientRect().height")
    assert width == 320
    assert (colour == "rgb(255, 255, 255)") is not dark
    assert height >= 44
