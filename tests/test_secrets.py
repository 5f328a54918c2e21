"""Keys never leak: not into logs, the database, or anything that Slack is told."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import logs
from bot.sandbox.portal_faults import Fault

if TYPE_CHECKING:
    from bot.sandbox.slack import SandboxSlack
    from tests.world import World


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    return stream


async def test_no_secret_is_in_a_log_line_the_database_or_a_message(
    log: io.StringIO, unstarted: World
):
    world = unstarted
    await world.start()
    wrong = "wrong-" + "k3Y" * 20
    form = await world.slack.opened(await world.slack.command("connect"))
    await world.slack.submit(form, {"key": wrong})
    await world.slack.close(form)
    await world.connect()
    await world.say("case 7 12")
    await world.slack.command(f"connect {wrong}")
    world.portal.faults.add(Fault(match=("POST", "files$"), drop="after", times=1))
    await world.say("case 9 12,13")
    world.portal.faults.add(Fault(match=("GET", "crm/case"), status=200, body="<html>", times=1))
    await world.say("case 7 13")
    await world.say("disconnect")
    path = Path(world.settings.database_url.removeprefix("sqlite:///"))
    await world.stop()

    stored = b"".join(file.read_bytes() for file in path.parent.iterdir()).decode("latin-1")
    told = json.dumps([[call.args, call.response] for call in world.slack.calls], default=str)
    for secret in _secrets(world, wrong):
        assert secret not in log.getvalue()
        assert secret not in stored
        assert secret not in told


def _secrets(world: World, wrong: str) -> list[str]:
    slack: SandboxSlack = world.slack
    urls = [one.response_url for one in slack.exchanges if one.response_url]
    return [
        slack.bot_token,
        slack.app_token,
        slack.signing_secret,
        world.env["ATTACHBOT_SECRET_KEYS"],
        world.person("Ana Reyes").token,
        wrong,
        *urls,
    ]


async def test_answers_on_screen_never_show_a_key(ana: World):
    token = ana.person("Ana Reyes").token

    for text in ("status", "help", "case 7 12", "case 99 12", "list case 7"):
        answer = await ana.say(text)
        assert token not in json.dumps(answer.blocks) + answer.text
