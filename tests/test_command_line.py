"""What the command line promises: its answers, its exit codes, one line when it runs."""

from __future__ import annotations

import base64
import socket
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from bot.__main__ import main
from bot.vault import KEY_BYTES, Vault, new_key
from tests.processes import line_of, ran, started, stopped

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

ONE_MODE = pytest.mark.parametrize("unstarted", ["http"], indirect=True)
COMMANDS = ("run", "demo", "doctor", "token", "keys", "audit", "backup", "manifest")


def say(*args: str) -> str:
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    return result.output


def test_help_names_every_command():
    helped = say("--help")

    for command in COMMANDS:
        assert f"\n  {command} " in helped


@pytest.mark.parametrize(
    "command", [*COMMANDS, "keys new", "keys list", "keys rotate", "audit verify", "audit export"]
)
def test_every_command_explains_itself(command: str):
    assert f"Usage: main {command}" in say(*command.split(), "--help")


def test_the_version_is_told():
    assert say("--version").startswith("attachbot, version ")


def test_a_new_key_is_32_random_bytes_in_base64():
    first, second = say("keys", "new"), say("keys", "new")

    assert len(base64.b64decode(first.removesuffix("\n"), validate=True)) == KEY_BYTES
    assert first != second


def test_the_manifest_is_for_socket_mode_until_it_gets_an_address():
    plain = yaml.safe_load(say("manifest"))
    public = yaml.safe_load(say("manifest", "--url", "https://bot.example.com/"))

    assert plain["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in plain["settings"]["interactivity"]
    assert public["settings"]["socket_mode_enabled"] is False
    url = "https://bot.example.com/slack/events"
    assert public["settings"]["interactivity"]["request_url"] == url
    assert public["features"]["slash_commands"][0]["url"] == url
    assert public["oauth_config"] == plain["oauth_config"]


async def test_wrong_settings_are_told_all_at_once(tmp_path: Path):
    env = {"SLACK_BOT_TOKEN": "xoxp-planted", "ATTACHBOT_PORTL_URL": "https://a.example.com"}

    ended = await ran("run", env=env, folder=tmp_path)

    assert ended.code == 2
    assert ended.out == ""
    for wrong in (
        "SLACK_BOT_TOKEN must be a token that begins with xoxb-.",
        "ATTACHBOT_PORTL_URL is not a setting; did you mean ATTACHBOT_PORTAL_URL",
        "ATTACHBOT_PORTAL_URL is missing.",
        "ATTACHBOT_SECRET_KEYS is missing",
        "SLACK_SIGNING_SECRET is missing",
    ):
        assert wrong in ended.err
    assert "planted" not in ended.err
    assert "Traceback" not in ended.err


@ONE_MODE
async def test_a_token_that_slack_refuses_ends_the_start_with_3(unstarted: World, tmp_path: Path):
    env = {**unstarted.env, "SLACK_BOT_TOKEN": "xoxb-planted"}

    ended = await ran("run", env=env, folder=tmp_path)

    assert ended.code == 3
    assert "Slack refuses a token (invalid_auth)" in ended.err
    assert "planted" not in ended.err


async def test_the_bot_says_one_line_answers_and_stops_when_asked(unstarted: World, tmp_path: Path):
    env = {**unstarted.env, "ATTACHBOT_PORT": str(free_port())}
    async with started("run", env=env, folder=tmp_path) as process:
        line = await line_of(process)
        if "SLACK_SIGNING_SECRET" in env:
            unstarted.slack.deliver_to = line.partition("HTTP at ")[2].partition(";")[0]
        else:
            await unstarted.slack.connected(2)

        answer = await unstarted.say("help")
        ended = await stopped(process)

    assert line.startswith("Connected to Acme (T0ACME) by ")
    assert line.endswith("; 0 unfinished requests taken up.")
    assert "/attach case 7 12,13" in answer.all_text()
    assert ended.code == 0
    assert ended.out == ""
    assert "Traceback" not in ended.err


@ONE_MODE
async def test_a_second_bot_on_the_same_database_does_not_start(unstarted: World, tmp_path: Path):
    await unstarted.start()

    ended = await ran("run", env=unstarted.env, folder=tmp_path)

    assert ended.code == 2
    assert "Another attachbot uses this database" in ended.err


@ONE_MODE
async def test_a_bot_with_other_keys_does_not_start(unstarted: World, tmp_path: Path):
    ring = unstarted.env["ATTACHBOT_SECRET_KEYS"]
    await unstarted.start()
    await unstarted.stop()

    ended = await ran(
        "run", env={**unstarted.env, "ATTACHBOT_SECRET_KEYS": new_key()}, folder=tmp_path
    )

    assert ended.code == 2
    assert f"The key ring lacks {Vault.of(ring).ids[0]}" in ended.err
    assert "if this is the ring of this database" in ended.err


@ONE_MODE
@pytest.mark.parametrize("variable", ["ATTACHBOT_PORT", "ATTACHBOT_ADMIN_PORT"])
async def test_a_port_that_is_taken_is_named(unstarted: World, tmp_path: Path, variable: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        ended = await ran("run", env={**unstarted.env, variable: str(port)}, folder=tmp_path)

    assert ended.code == 2
    assert f"{variable} cannot be used: 127.0.0.1:{port} is taken" in ended.err


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
