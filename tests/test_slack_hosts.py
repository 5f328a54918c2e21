"""Which hosts are Slack's: they get response URLs, files and the bot's token."""

from __future__ import annotations

import pytest

from bot.slack_hosts import FileHosts, hook_hosts


@pytest.mark.parametrize(
    ("api", "hosts"),
    [
        ("https://slack.com/api/", {"hooks.slack.com"}),
        ("https://SLACK.com/api/", {"hooks.slack.com"}),
        ("https://acme.enterprise.slack.com/api/", {"hooks.slack.com"}),
        ("https://evilslack.com/api/", {"evilslack.com"}),
        ("https://slack.com.evil.example/api/", {"slack.com.evil.example"}),
        ("http://127.0.0.1:8080/api/", {"127.0.0.1:8080"}),
    ],
)
def test_i4_response_urls_are_slacks_or_those_of_what_stands_in_for_it(api: str, hosts: set[str]):
    assert hook_hosts(api) == hosts


@pytest.mark.parametrize(
    ("url", "served", "trusted"),
    [
        ("https://files.slack.com/a", True, True),
        ("https://SLACK.com/a", True, True),
        ("https://slack-files.com/a", True, False),
        ("https://files-origin.slack.com/a", True, False),
        ("http://files.slack.com/a", False, False),
        ("https://files.slack.com:444/a", False, False),
        ("https://ana@files.slack.com/a", False, False),
        ("https://[files.slack.com/a", False, False),
        ("", False, False),
    ],
)
def test_i4_the_token_is_shown_to_slack_only(url: str, served: bool, trusted: bool):
    hosts = FileHosts.of("https://slack.com/api/")

    assert (hosts.serve(url), hosts.trust(url)) == (served, trusted)


def test_i4_what_stands_in_for_slack_is_the_only_place():
    hosts = FileHosts.of("http://127.0.0.1:8080/api/")

    assert hosts == FileHosts("http", frozenset({"127.0.0.1:8080"}))
    assert hosts.trust("http://127.0.0.1:8080/a")
    assert not hosts.serve("https://127.0.0.1:8080/a")
    assert not hosts.serve("http://127.0.0.1/a")
