"""What the settings promise: every problem at once, nothing unknown, no secret in sight."""

from __future__ import annotations

import os
import re
from contextlib import nullcontext
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.errors import SettingsError
from bot.loading import load, settings_table
from bot.setting_values import check_credential

if TYPE_CHECKING:
    from bot.settings import Settings

ROOT = Path(__file__).parent.parent
KEYS = "c2VjcmV0LWtleS1yaW5nLW9mLXRoZS10ZXN0LXN1aXQ="
ENOUGH = {
    "SLACK_BOT_TOKEN": "xoxb-1-planted",
    "SLACK_APP_TOKEN": "xapp-1-planted",
    "ATTACHBOT_PORTAL_URL": "https://office.example.com",
    "ATTACHBOT_SECRET_KEYS": KEYS,
}


def settings_of(**changes: str) -> Settings:
    return load(ENOUGH | changes, dotenv=None)


def problems_of(env: dict[str, str], dotenv: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        load(env, dotenv)
    return raised.value.problems


def problem_of(**changes: str) -> str:
    (problem,) = problems_of(ENOUGH | changes)
    return problem


def test_four_variables_are_enough():
    settings = load(ENOUGH, dotenv=None)

    assert settings.mode == "socket"
    assert settings.bot_token.get_secret_value() == "xoxb-1-planted"
    assert settings.portals == ("https://office.example.com",)
    assert settings.key_ring.get_secret_value() == KEYS
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database_url == "sqlite:///attachbot.db"
    assert (settings.host, settings.port, settings.admin_port) == ("127.0.0.1", 3000, 9090)
    assert (settings.quarantine, settings.keep_request) == (60, timedelta(minutes=15))
    assert (settings.log_level, settings.log_format) == ("info", None)


def test_without_an_app_token_slack_comes_by_http():
    settings = settings_of(SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="new, old")

    assert settings.mode == "http"
    assert [secret.get_secret_value() for secret in settings.signing_secrets] == ["new", "old"]


def test_all_that_is_missing_is_said_at_once():
    assert problems_of({}) == (
        "SLACK_BOT_TOKEN is missing.",
        "SLACK_SIGNING_SECRET is missing (or SLACK_APP_TOKEN, for Socket Mode).",
        "ATTACHBOT_PORTAL_URL is missing.",
        "ATTACHBOT_SECRET_KEYS is missing (or ATTACHBOT_SECRET_KEYS_FILE).",
    )


def test_problems_of_every_kind_are_said_together():
    problems = problems_of(
        ENOUGH
        | {
            "SLACK_APP_TOKEN": "xoxb-mixed-up",
            "ATTACHBOT_PORT": "http",
            "ATTACHBOT_QUARANTINE": "5",
            "ATTACHBOT_PROTAL_URL": "https://office.example.com",
        }
    )

    assert problems == (
        "SLACK_APP_TOKEN must be a token that begins with xapp-.",
        "ATTACHBOT_PORT must be a whole number.",
        "ATTACHBOT_QUARANTINE must be greater than or equal to 10.",
        "ATTACHBOT_PROTAL_URL is not a setting; did you mean ATTACHBOT_PORTAL_URL.",
    )


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1", "begins with xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-1 2", "begins with xoxb-"),
        ("SLACK_SIGNING_SECRET", "a,b,c", "one secret, or two"),
        ("SLACK_API_URL", "http://slack.example.com/api/", "begin with https://"),
        ("SLACK_API_URL", "http://10.0.0.1/api/", "begin with https://"),
        ("SLACK_API_URL", "slack.com", "begin with https://"),
        ("ATTACHBOT_PORTAL_URL", ",", "is missing"),
        ("ATTACHBOT_PORTAL_URL", "office.example.com", "begin with https://"),
        ("ATTACHBOT_PORTAL_URL", "http://office.example.com", "begin with https://"),
        ("ATTACHBOT_PORTAL_URL", "https://ana:pw@office.example.com", "user name or a password"),
        ("ATTACHBOT_PORTAL_URL", "https://office.example.com/crm", "without a path"),
        ("ATTACHBOT_PORTAL_URL", "https://office.example.com/?a=1", "query"),
        ("ATTACHBOT_PORTAL_URL", "https://office.example.com#", "fragment"),
        ("ATTACHBOT_PORTAL_URL", "https://", "name a host"),
        ("ATTACHBOT_PORTAL_URL", "https://[::zz", "an address such as"),
        ("ATTACHBOT_PORTAL_URL", "https://-a.example.com", "name a host"),
        ("ATTACHBOT_PORTAL_URL", "https://a:99999", "port from 1 to 65535"),
        ("ATTACHBOT_PORTAL_URL", "https://a:0", "port from 1 to 65535"),
        ("ATTACHBOT_PORTAL_URL", "https://büro.example.com", "xn--"),
        ("ATTACHBOT_PORTAL_URL", "https://a\\@b.example.com", "special letters"),
        ("ATTACHBOT_PORTAL_ALLOWED_NETWORKS", "10.1.0.1/16", "networks such as 10.1.0.0/16"),
        ("ATTACHBOT_PORTAL_ALLOWED_NETWORKS", "everything", "networks such as 10.1.0.0/16"),
        ("ATTACHBOT_SECRET_KEYS", " ", "is missing"),
        ("ATTACHBOT_SECRET_KEYS_FILE", "/dev/null", "ATTACHBOT_SECRET_KEYS_FILE"),
        ("ATTACHBOT_DATABASE_URL", "postgresql://u:pw@db/bot", "not supported in this version"),
        ("ATTACHBOT_DATABASE_URL", "sqlite:///", "must look like sqlite:///"),
        ("ATTACHBOT_DATABASE_URL", "attachbot.db", "must look like sqlite:///"),
        ("ATTACHBOT_PORT", "65536", "less than or equal to 65535"),
        ("ATTACHBOT_PORT", "1.5", "whole number"),
        ("ATTACHBOT_BLOCKED_FILE_TYPES", "exe,*", "separated by commas"),
        ("ATTACHBOT_REQUESTS_A_MINUTE", "0", "greater than or equal to 1"),
        ("ATTACHBOT_WAITING_REQUESTS", "9", "greater than or equal to 10"),
        ("ATTACHBOT_CLOSED_CHANNELS", "#sales", "such as C0123ABCD"),
        ("ATTACHBOT_KEEP_REQUEST_MINUTES", "14", "greater than or equal to 15"),
        ("ATTACHBOT_KEEP_REQUEST_MINUTES", "1441", "less than or equal to 1440"),
        ("ATTACHBOT_KEEP_RECEIPTS_DAYS", "6", "greater than or equal to 7"),
        ("ATTACHBOT_KEEP_RECEIPTS_DAYS", "401", "less than or equal to 400"),
        ("ATTACHBOT_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("ATTACHBOT_LOG_FORMAT", "xml", "'json' or 'text'"),
        ("ATTACHBOT_ANYTHING", "1", "is not a setting"),
        ("attachbot_port", "1", "did you mean ATTACHBOT_PORT"),
    ],
)
def test_a_wrong_value_is_one_sentence_about_its_variable(variable: str, value: str, says: str):
    problems = problems_of(ENOUGH | {variable: value})

    assert says in problems[0]
    assert problems[0].startswith(variable)
    assert problems[0].endswith(".")
    assert "pw" not in " ".join(problems)
    assert len(problems) == (2 if variable.endswith("_FILE") else 1)


def test_the_admin_port_is_another_one_than_slacks():
    ports = {"ATTACHBOT_PORT": "9090", "ATTACHBOT_ADMIN_PORT": "9090"}

    assert settings_of(**ports).admin_port == 9090  # nothing listens for Slack in Socket Mode
    assert problem_of(SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="s", **ports) == (
        "ATTACHBOT_ADMIN_PORT must differ from ATTACHBOT_PORT."
    )


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Office.Example.COM/", "https://office.example.com"),
        ("https://office.example.com:443", "https://office.example.com"),
        ("https://office.example.com:8443/", "https://office.example.com:8443"),
        ("https://[2001:DB8:0:0::1]/", "https://[2001:db8::1]"),
        ("http://10.1.2.3:80", "http://10.1.2.3"),
        ("http://10.1.2.3:8080", "http://10.1.2.3:8080"),
        ("http://[fd00::1]", "http://[fd00::1]"),
        ("http://portal", "http://portal"),
    ],
)
def test_a_portal_becomes_its_origin(written: str, origin: str):
    networks = "10.1.0.0/16,fd00::/8"

    settings = settings_of(ATTACHBOT_PORTAL_URL=written, ATTACHBOT_PORTAL_ALLOWED_NETWORKS=networks)

    assert settings.portals == (origin,)
    assert settings.portal_networks == (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))


def test_several_portals_keep_their_order_each_once():
    settings = settings_of(
        ATTACHBOT_PORTAL_URL="https://b.example, https://a.example,https://B.example/"
    )

    assert settings.portals == ("https://b.example", "https://a.example")


def test_plain_http_ends_at_the_allowed_networks():
    problem = problem_of(
        ATTACHBOT_PORTAL_URL="http://10.2.0.1", ATTACHBOT_PORTAL_ALLOWED_NETWORKS="10.1.0.0/16"
    )

    assert problem.startswith("ATTACHBOT_PORTAL_URL must begin with https://")


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("https://slack.com/api", "https://slack.com/api/"),
        ("http://127.0.0.1:4040/api/", "http://127.0.0.1:4040/api/"),
        ("http://localhost:4040", "http://localhost:4040/"),
    ],
)
def test_slacks_address_may_be_local(written: str, base: str):
    assert settings_of(SLACK_API_URL=written).slack_api_url == base


def test_file_types_are_extensions():
    settings = settings_of(ATTACHBOT_BLOCKED_FILE_TYPES="EXE, .bat,exe")

    assert settings.blocked_file_types == {".exe", ".bat"}


def key_file(folder: Path, content: str = KEYS, mode: int = 0o600) -> dict[str, str]:
    path = folder / "keys"
    path.write_text(content)
    path.chmod(mode)
    return {"ATTACHBOT_SECRET_KEYS": "", "ATTACHBOT_SECRET_KEYS_FILE": str(path)}


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_keys_may_lie_in_a_private_file(tmp_path: Path, mode: int):
    settings = settings_of(**key_file(tmp_path, f"{KEYS}\n", mode))

    assert settings.key_ring.get_secret_value() == KEYS


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o700, 0o444])
def test_a_key_file_that_others_may_use_is_refused(tmp_path: Path, mode: int):
    assert "chmod 600" in problem_of(**key_file(tmp_path, mode=mode))


def test_a_key_file_of_another_user_is_refused(tmp_path: Path):
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    changes = key_file(tmp_path)
    os.chown(changes["ATTACHBOT_SECRET_KEYS_FILE"], 12_345, -1)

    assert "of another user" in problem_of(**changes)


def test_a_key_file_without_keys_is_refused(tmp_path: Path):
    assert "without keys" in problem_of(**key_file(tmp_path, "\n"))


def test_a_pipe_or_a_folder_is_no_key_file(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    none = {"ATTACHBOT_SECRET_KEYS": ""}

    pipe = problem_of(**none, ATTACHBOT_SECRET_KEYS_FILE=str(tmp_path / "pipe"))
    folder = problem_of(**none, ATTACHBOT_SECRET_KEYS_FILE=str(tmp_path))

    assert "not a file" in pipe
    assert "Is a directory" in folder


def test_a_key_in_place_of_its_file_is_not_repeated():
    problem = problem_of(ATTACHBOT_SECRET_KEYS="", ATTACHBOT_SECRET_KEYS_FILE=KEYS)

    assert "No such file" in problem
    assert KEYS not in problem


def credentials(folder: Path, mode: int = 0o400, content: str = f"{KEYS}\n") -> dict[str, str]:
    path = folder / "attachbot-secret-keys"
    path.write_text(content)
    path.chmod(mode)
    return {"CREDENTIALS_DIRECTORY": str(folder)}


def test_systemds_credential_wins_over_file_and_environment(tmp_path: Path):
    other = "b3RoZXIta2V5LXJpbmctb2YtdGhlLXRlc3Qtc3VpdGU="

    alone = settings_of(ATTACHBOT_SECRET_KEYS="", **credentials(tmp_path))
    both = settings_of(ATTACHBOT_SECRET_KEYS=other, **credentials(tmp_path))

    assert alone.key_ring.get_secret_value() == both.key_ring.get_secret_value() == KEYS


def test_other_credentials_of_systemd_are_no_concern(tmp_path: Path):
    settings = settings_of(CREDENTIALS_DIRECTORY=str(tmp_path))

    assert settings.key_ring.get_secret_value() == KEYS


@pytest.mark.parametrize("mode", [0o404, 0o500, 0o620])
def test_a_credential_that_others_may_use_is_refused(tmp_path: Path, mode: int):
    assert "others may use" in problem_of(**credentials(tmp_path, mode))


@pytest.mark.parametrize(
    ("mode", "owner", "refusal"),
    [
        (0o100400, 1000, ""),
        (0o100600, 1000, ""),
        (0o100400, 0, ""),
        (0o100440, 0, ""),  # an ACL for this user
        (0o100440, 1000, "others may use"),
        (0o100460, 0, "others may use"),
        (0o100444, 0, "others may use"),
        (0o100400, 1001, "of another user"),
        (0o040400, 1000, "not a file"),
    ],
)
def test_a_credential_is_this_users_or_roots_with_an_acl(mode: int, owner: int, refusal: str):
    status = os.stat_result((mode, 0, 0, 1, owner, 0, 44, 0, 0, 0))

    with pytest.raises(ValueError, match=refusal) if refusal else nullcontext():
        check_credential(status, 1000)


def test_the_environment_wins_over_the_file(tmp_path: Path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("ATTACHBOT_PORT=4000\nATTACHBOT_HOST='0.0.0.0'\nOTHER=1\n")

    settings = load(ENOUGH | {"ATTACHBOT_PORT": "5000", "PATH": "/bin"}, dotenv)

    assert (settings.port, settings.host) == (5000, "0.0.0.0")


def test_an_unknown_variable_in_the_file_is_a_problem(tmp_path: Path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("ATTACHBOT_LOG_LEVL=info\n")

    assert problems_of(ENOUGH, dotenv) == (
        "ATTACHBOT_LOG_LEVL is not a setting; did you mean ATTACHBOT_LOG_LEVEL.",
    )


def test_a_file_that_is_not_text_is_a_problem(tmp_path: Path):
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"SLACK_BOT_TOKEN=\xff\xfe")

    assert problems_of(ENOUGH, dotenv) == (
        f"The file {dotenv} cannot be read, or is not UTF-8 text.",
    )


@given(st.dictionaries(st.sampled_from([row.variable for row in settings_table()]), st.text()))
def test_any_values_make_settings_or_sentences_without_them(env: dict[str, str]):
    planted = {name: f"{value}planted" for name, value in env.items()}

    problems = problems_of({"SLACK_BOT_TOKEN": "planted"} | planted)

    assert not [problem for problem in problems if "planted" in problem]


def test_no_secret_is_shown():
    settings = settings_of(SLACK_SIGNING_SECRET="planted")

    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "planted" not in shown
        assert KEYS not in shown


def test_an_error_carries_no_value_along():
    with pytest.raises(SettingsError) as raised:
        load({"SLACK_BOT_TOKEN": "planted"}, dotenv=None)

    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        load(ENOUGH, dotenv=None).port = 1  # type: ignore[misc] # the promise under test


def test_the_example_file_names_every_variable_with_its_default():
    example = (ROOT / ".env.example").read_text()
    named = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, re.MULTILINE))

    defaults = {row.variable: row.default for row in settings_table()}
    assert named == {name: "" if value == "required" else value for name, value in defaults.items()}


def test_every_variable_is_explained():
    assert [row.variable for row in settings_table() if not row.meaning] == []


# The page for keys

HTTP = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "s"}


def test_the_page_is_off_and_the_form_allowed_by_default():
    settings = settings_of()

    assert (settings.public_url, settings.connect_form) == (None, True)


@pytest.mark.parametrize(("word", "allowed"), [("no", False), ("OFF", False), ("Yes", True)])
def test_with_the_page_the_form_can_be_forbidden(word: str, allowed: bool):
    settings = settings_of(
        **HTTP, ATTACHBOT_PUBLIC_URL="https://Bot.Example.com/", ATTACHBOT_CONNECT_FORM=word
    )

    assert settings.public_url == "https://bot.example.com"
    assert settings.connect_form is allowed


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://bot.example.com", "must begin with https://"),
        ("https://bot.example.com/attach", "must be the address of the bot alone"),
        ("https://ana@bot.example.com", "must not hold a user name"),
    ],
)
def test_the_page_has_an_https_address_of_its_own(url: str, problem: str):
    assert problem_of(**HTTP, ATTACHBOT_PUBLIC_URL=url).startswith(
        f"ATTACHBOT_PUBLIC_URL {problem}"
    )


def test_the_page_needs_http_mode():
    problem = problem_of(ATTACHBOT_PUBLIC_URL="https://bot.example.com")

    assert problem.startswith("ATTACHBOT_PUBLIC_URL needs HTTP mode")


def test_there_is_always_a_way_to_connect():
    assert problem_of(ATTACHBOT_CONNECT_FORM="no").startswith(
        "ATTACHBOT_CONNECT_FORM may be `no` only with ATTACHBOT_PUBLIC_URL"
    )
    assert problem_of(ATTACHBOT_CONNECT_FORM="maybe") == (
        "ATTACHBOT_CONNECT_FORM must be yes or no."
    )
