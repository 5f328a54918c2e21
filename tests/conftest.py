"""Fixtures of the scenarios: each runs once over HTTP and once in Socket Mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.portal import SandboxPortal
from bot.sandbox.slack import SandboxSlack
from tests.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    async with SandboxSlack() as slack:
        yield slack


@pytest.fixture
async def portal() -> AsyncIterator[SandboxPortal]:
    async with SandboxPortal.sample() as portal:
        yield portal


@pytest.fixture(params=["http", "socket"])
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
