"""Fixtures of the scenarios, which run over HTTP and in Socket Mode.

In both run the scenarios of the first command, of accounts, forms and lives, and the first of each
module; the others in one of the two, so that the suite stays quick. `--both-modes` runs all twice.
`--planted` looks for secrets in all that leaves the bot (`tests/planted`).
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.portal import SandboxPortal
from bot.sandbox.slack import SandboxSlack
from tests.planted.plugin import Planted
from tests.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


MODES = ("http", "socket")
ALWAYS_BOTH = {"test_attach_command", "test_connecting", "test_forms", "test_life"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--both-modes", action="store_true", help="run each scenario in both modes")
    parser.addoption("--planted", action="store_true", help="look for secrets where none may be")


def pytest_configure(config: pytest.Config) -> None:
    """Trust no authority of this machine; its many certificates take 50 ms to read, per bot."""
    os.environ["SSL_CERT_FILE"] = os.devnull
    if config.getoption("--planted"):
        config.pluginmanager.register(Planted(), "planted")


def pytest_xdist_auto_num_workers() -> int:
    """Run more processes than there are cores: scenarios wait as much as they compute."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the second mode of most scenarios."""
    if config.getoption("--both-modes"):
        return
    firsts = {item.path: item.name.partition("[")[0] for item in reversed(items)}
    left_out = [item for item in items if _is_second(item, firsts[item.path])]
    items[:] = [item for item in items if item not in set(left_out)]
    config.hook.pytest_deselected(items=left_out)


def _is_second(item: pytest.Item, first: str) -> bool:
    name = item.name.partition("[")[0]
    chosen = getattr(getattr(item, "callspec", None), "params", {}).get("unstarted")
    only_one = {"unstarted"} <= {
        arg for mark in item.iter_markers("parametrize") for arg in mark.args[:1]
    }
    if chosen not in MODES or only_one or name == first or item.path.stem in ALWAYS_BOTH:
        return False
    return bool(MODES[zlib.crc32(name.encode()) % len(MODES)] != chosen)


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    async with SandboxSlack() as slack:
        yield slack


@pytest.fixture
async def portal() -> AsyncIterator[SandboxPortal]:
    async with SandboxPortal.sample() as portal:
        yield portal


@pytest.fixture(params=MODES)
async def unstarted(
    request: pytest.FixtureRequest, slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
) -> AsyncIterator[World]:
    """Prepare a world in each mode; the scenario starts the bot."""
    env = {
        "http": {"SLACK_SIGNING_SECRET": slack.signing_secret},
        "socket": {"SLACK_APP_TOKEN": slack.app_token},
    }
    async with a_world(slack, portal, tmp_path, env[request.param]) as world:
        yield world


@pytest.fixture
async def world(unstarted: World) -> World:
    """Return a world with a bot and nobody connected."""
    await unstarted.start()
    return unstarted


@pytest.fixture
async def ana(world: World) -> World:
    """Return a world in which Ana (U0ANA) is connected as Ana Reyes."""
    await world.connect()
    return world
