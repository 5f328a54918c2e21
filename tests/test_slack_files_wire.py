"""What Slack says of a file becomes a file with a clean title, or the reason why it is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.slack_file import SlackFile
from bot.slack_files.wire import Rules, slack_file
from bot.slack_hosts import FileHosts

WHOLE: dict[str, Any] = {
    "id": "F1",
    "created": 1_795_000_000,
    "name": "Contract signed.PDF",
    "title": "Contract",
    "mimetype": "Application/pdf",
    "filetype": "pdf",
    "pretty_type": "PDF",
    "user": "U0ANA",
    "size": 1_258_291,
    "mode": "hosted",
    "is_external": False,
    "url_private": "https://files.slack.com/files-pri/T1-F1/contract_signed.pdf",
    "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/contract_signed.pdf",
    "permalink": "https://acme.slack.com/files/U0ANA/F1/contract_signed.pdf",
    "file_access": "visible",
    "shares": {"public": {"C1": [{"ts": "1.1"}]}},
}
ANYTHING = Rules()
names = st.text(max_size=30) | st.text(
    st.sampled_from("ab.é/\\: \t\0\u202e\u200d😀İ"), max_size=400
)


def described(**other: object) -> dict[str, Any]:
    return {**WHOLE, **other}


def refusal(**other: object) -> errors.BotError:
    with pytest.raises(errors.BotError) as raised:
        slack_file(described(**other), ANYTHING, "C1")
    return raised.value


def test_a_file_is_read_as_slack_describes_it():
    assert slack_file(WHOLE, ANYTHING) == SlackFile(
        id="F1",
        name="Contract signed.PDF",
        title="Contract signed.pdf",
        size=1_258_291,
        url="https://files.slack.com/files-pri/T1-F1/download/contract_signed.pdf",
        mimetype="application/pdf",
        permalink="https://acme.slack.com/files/U0ANA/F1/contract_signed.pdf",
        uploader="U0ANA",
    )


@pytest.mark.parametrize(
    "traits",
    [
        {"mode": "snippet", "filetype": "python", "mimetype": "text/plain"},
        {"mode": "email", "filetype": "email", "mimetype": "text/html"},
        {"mode": "hosted", "filetype": "list", "name": "apt.list"},
        {"mode": "a mode of the future"},
        {"mode": None, "file_access": None, "is_external": None},
    ],
    ids=str,
)
def test_a_file_of_any_mode_that_has_bytes_is_a_file(traits: dict[str, Any]):
    assert slack_file(described(**traits), ANYTHING).size == 1_258_291


@pytest.mark.parametrize(
    ("told", "called", "named"),
    [
        ({"name": None}, "Contract", "Contract.pdf"),
        ({"name": None, "title": "Plan v1.2"}, "Plan v1.2", "Plan v1.2"),
        ({"name": None, "title": None}, "", "file-F1.pdf"),
        ({"name": "", "title": "..", "mimetype": ""}, "..", "file-F1"),
        ({"name": "\u200b", "title": "Offer"}, "\u200b", "Offer.pdf"),
        ({"name": 7, "title": ["x"], "mimetype": "image/png"}, "", "file-F1.png"),
    ],
    ids=str,
)
def test_a_file_without_a_name_gets_one(told: dict[str, Any], called: str, named: str):
    file = slack_file(described(**told), ANYTHING)

    assert (file.name, file.title) == (called, named)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"mode": "tombstone"}, errors.SlackFileGoneError),
        ({"mode": "hidden_by_limit", "size": None}, errors.SlackFileGoneError),
        ({"file_access": "file_not_found"}, errors.SlackFileGoneError),
        ({"mode": "file_access", "file_access": "check_file_info"}, errors.SlackFileForeignError),
        ({"file_access": "access_denied"}, errors.SlackFileHiddenError),
        ({"is_external": True, "mode": "external"}, errors.SlackFileKindError),
        ({"mode": "list", "size": 0}, errors.SlackFileKindError),
        ({"size": 0}, errors.SlackFileEmptyError),
        ({"size": None}, errors.SlackFileUnreadyError),
        ({"size": "12"}, errors.SlackFileUnreadyError),
        ({"size": -1}, errors.SlackFileUnreadyError),
        ({"size": True}, errors.SlackFileUnreadyError),
        ({"url_private": "", "url_private_download": None}, errors.SlackFileUnreadyError),
    ],
    ids=str,
)
def test_what_cannot_be_taken_has_one_reason(told: dict[str, Any], error: type[errors.BotError]):
    refused = refusal(**told)

    assert type(refused) is error
    assert refused.failure().facts["file"] == "F1"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"mode": "quip", "filetype": "quip"}, "canvas"),
        ({"mode": "hosted", "mimetype": "application/vnd.slack-docs"}, "canvas"),
        ({"mode": "canvas"}, "canvas"),
        ({"mode": "list", "mimetype": "application/vnd.slack-list"}, "list"),
        ({"mode": "space", "filetype": "space"}, "post"),
        ({"mode": "", "filetype": "post"}, "post"),
        ({"mode": "external"}, "link"),
        ({"mode": "hosted", "is_external": True}, "link"),
    ],
    ids=str,
)
def test_what_is_no_file_is_called_what_it_is(told: dict[str, Any], kind: str):
    refused = refusal(**told)

    assert isinstance(refused, errors.SlackFileKindError)
    assert (refused.name, refused.kind) == ("Contract", kind)


@pytest.mark.parametrize("name", ["Run.EXE", "run.exe. ", "x/run.exe", "run.e\u202exe"])
def test_a_type_that_is_not_allowed_hides_behind_no_spelling(name: str):
    with pytest.raises(errors.SlackFileTypeError) as raised:
        slack_file(described(name=name), Rules(blocked={".exe"}))

    assert raised.value.extension == ".exe"


@pytest.mark.parametrize(("largest", "fits"), [(1_258_290, False), (1_258_291, True)])
def test_a_file_may_be_as_large_as_the_limit(largest: int, *, fits: bool):
    rules = Rules(largest=largest)
    if fits:
        assert slack_file(WHOLE, rules).size == largest
        return

    with pytest.raises(errors.SlackFileTooLargeError) as raised:
        slack_file(WHOLE, rules)

    assert (raised.value.size, raised.value.limit) == (1_258_291, 1_258_290)


def test_the_address_of_the_bytes_is_in_no_log():
    assert "files-pri" not in repr(slack_file(WHOLE, ANYTHING))


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | names,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
said = st.sampled_from(
    ["hosted", "snippet", "list", "tombstone", "visible", "check_file_info", "external", "quip"]
)
odd = st.fixed_dictionaries(
    {},
    optional={name: json | said | st.just(WHOLE[name]) for name in WHOLE},
)


@given(odd)
def test_whatever_slack_says_it_is_a_good_file_or_a_known_reason(told: dict[str, Any]):
    try:
        file = slack_file(told, ANYTHING)
    except (errors.SlackFileRefusedError, errors.SlackFileUnreadyError):
        return

    assert file.size > 0
    assert file.url
    assert file.title


# hosts


SLACK = "https://slack.com/api/"
HERE = "http://127.0.0.1:9000/api/"


@pytest.mark.parametrize(
    ("api", "url", "served", "trusted"),
    [
        (SLACK, "https://files.slack.com/files-pri/T1-F1/a.pdf", True, True),
        (SLACK, "https://FILES.slack.com/a.pdf", True, True),
        (SLACK, "https://slack.com/a.pdf", True, True),
        (SLACK, "https://files-origin.slack.com/a.pdf", True, False),
        (SLACK, "https://slack-files.com/T1-F1-abc", True, False),
        (SLACK, "http://files.slack.com/a.pdf", False, False),
        (SLACK, "https://files.slack.com:8443/a.pdf", False, False),
        (SLACK, "https://acme.slack.com/?redir=%2Ffiles-pri", False, False),
        (SLACK, "https://files.slack.com.evil.example/a.pdf", False, False),
        (SLACK, "https://files.slack.com@evil.example/a.pdf", False, False),
        (SLACK, "https://evil.example\\@files.slack.com/a.pdf", False, False),
        (SLACK, "https://evilslack.com/a.pdf", False, False),
        (SLACK, "https://[::1/a.pdf", False, False),
        (SLACK, "//files.slack.com/a.pdf", False, False),
        (SLACK, "", False, False),
        ("https://evilslack.com/api/", "https://files.slack.com/a.pdf", False, False),
        (HERE, "http://127.0.0.1:9000/files-pri/a.pdf", True, True),
        (HERE, "http://127.0.0.1:9001/files-pri/a.pdf", False, False),
        (HERE, "https://127.0.0.1:9000/files-pri/a.pdf", False, False),
        (HERE, "https://files.slack.com/a.pdf", False, False),
    ],
)
def test_files_come_from_slack_and_the_token_goes_to_few(
    api: str, url: str, *, served: bool, trusted: bool
):
    hosts = FileHosts.of(api)

    assert (hosts.serve(url), hosts.trust(url)) == (served, trusted)


@pytest.mark.parametrize(
    "seen",
    [
        {"user": "U0ANA"},
        {"is_public": True},
        {"channels": ["C1"]},
        {"groups": ["C1"]},
        {"ims": ["C1"]},
        {"shares": {"private": {"C1": [{"ts": "1.1"}]}}},
    ],
)
def test_i3_a_file_is_taken_for_those_who_are_known_to_see_it(seen: dict[str, Any]):
    hidden = {"id": "F1", "size": 1, "url_private": "https://x", "user": "U0BEN", "name": "a.pdf"}
    rules = Rules(asker="U0ANA")

    with pytest.raises(errors.SlackFileElsewhereError) as raised:
        slack_file(hidden, rules, "C1")
    assert raised.value.name == ""
    assert slack_file({**hidden, **seen}, rules, "C1").id == "F1"
    assert slack_file(hidden, Rules(), "C1").id == "F1"
