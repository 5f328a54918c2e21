"""A file in Slack is asked for until Slack knows it; each odd one is refused with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from bot import errors
from bot.sandbox.slack import Fault
from bot.slack_files.client import Patience
from bot.views.problem import problem
from bot.web import serving
from tests.slack_counter import Counter, a_counter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.slack import SandboxSlack

PDF = b"%PDF-1.7 contract"


@pytest.fixture
async def counter(slack: SandboxSlack) -> AsyncIterator[Counter]:
    async with a_counter(slack, blocked={".exe"}) as counter:
        yield counter


async def refused(counter: Counter, file_id: str, **how: Any) -> errors.BotError:
    with pytest.raises(errors.BotError) as raised:
        await counter.files.look(file_id, **how)
    return raised.value


async def test_a_file_is_looked_at_once(counter: Counter):
    stored = counter.slack.put_file("Contract.PDF", PDF)

    file = await counter.look(stored)

    assert (file.id, file.name, file.title) == (stored.id, "Contract.PDF", "Contract.pdf")
    assert (file.size, file.mimetype, file.uploader) == (len(PDF), "application/pdf", "U0ANA")
    assert file.permalink.endswith(f"/files/U0ANA/{stored.id}/Contract.PDF")
    assert (counter.looks, counter.pauses) == (1, [])


async def test_a_stub_in_a_shared_channel_is_looked_at_like_any_file(counter: Counter):
    stored = counter.slack.put_file("a.pdf", PDF, channel="C0PARTNER", user="U0ZOE")
    stored.file_access = "check_file_info"

    assert (await counter.look(stored)).size == len(PDF)


# not yet


@pytest.mark.parametrize(
    ("late", "processing", "pauses"),
    [(1, 0, [0.5]), (0, 2, [0.5, 1]), (1, 3, [0.5, 1, 2, 4]), (3, 2, [0.5, 1, 2, 4, 7.5])],
)
async def test_a_file_that_slack_is_not_ready_with_is_asked_for_again(
    counter: Counter, late: int, processing: int, pauses: list[float]
):
    stored = counter.slack.put_file("a.pdf", PDF)
    stored.late, stored.processing = late, processing

    file = await counter.look(stored)

    assert (file.size, counter.pauses) == (len(PDF), pauses)


async def test_a_file_that_stays_unready_is_given_up_after_15_seconds(counter: Counter):
    stored = counter.slack.put_file("a.pdf", PDF)
    stored.processing = 99

    error = await refused(counter, stored.id)

    assert isinstance(error, errors.SlackFileUnreadyError)
    assert (error.file, error.name) == (stored.id, "a.pdf")
    assert (sum(counter.pauses), counter.looks) == (15, 6)


@pytest.mark.parametrize("what", [500, 503, "drop", "internal_error", "service_unavailable"])
async def test_trouble_of_slack_that_passes_is_waited_out(counter: Counter, what: int | str):
    stored = counter.slack.put_file("a.pdf", PDF)
    counter.slack.faults["files.info"] = Fault(what, times=2)

    assert (await counter.look(stored)).size == len(PDF)
    # aiohttp asks once more by itself where a connection that was kept open breaks
    assert counter.pauses in ([0.5, 1], [0.5])


@pytest.mark.parametrize("what", [500, "drop", "fatal_error"])
async def test_a_slack_that_stays_away_is_trouble_that_may_pass(counter: Counter, what: int | str):
    stored = counter.slack.put_file("a.pdf", PDF)
    counter.slack.faults["files.info"] = Fault(what)

    assert isinstance(await refused(counter, stored.id), errors.SlackFileAwayError)
    assert sum(counter.pauses) == 15


async def test_a_slack_that_never_answers_is_not_waited_for_without_end(slack: SandboxSlack):
    stored = slack.put_file("a.pdf", PDF)
    slack.faults["files.info"] = Fault("hang")
    async with a_counter(slack, patience=Patience(call=0.05, look=0)) as counter:
        assert isinstance(await refused(counter, stored.id), errors.SlackFileAwayError)


async def test_a_rate_limit_is_waited_for_as_slack_asks(counter: Counter):
    stored = counter.slack.put_file("a.pdf", PDF)
    counter.slack.faults["files.info"] = Fault(429, times=1, retry_after=7)

    assert (await counter.look(stored)).size == len(PDF)
    assert counter.pauses == [7]


async def test_a_rate_limit_that_is_too_long_is_handed_on(counter: Counter):
    stored = counter.slack.put_file("a.pdf", PDF)
    counter.slack.faults["files.info"] = Fault(429, retry_after=30)

    error = await refused(counter, stored.id)

    assert isinstance(error, errors.SlackFileAwayError)
    assert (error.after, counter.pauses, counter.looks) == (30, [], 1)


# never


ODD: dict[str, tuple[dict[str, Any], type[errors.BotError], str]] = {
    "deleted": ({"mode": "tombstone"}, errors.SlackFileGoneError, "no longer in Slack"),
    "hidden by the plan": (
        {"mode": "hidden_by_limit"},
        errors.SlackFileGoneError,
        "Slack hides this file",
    ),
    "of another company": (
        {"info_access": "check_file_info"},
        errors.SlackFileForeignError,
        "belongs to another company",
    ),
    "closed to the bot": (
        {"info_access": "access_denied"},
        errors.SlackFileHiddenError,
        "not in this conversation",
    ),
    "gone at its company": (
        {"info_access": "file_not_found"},
        errors.SlackFileGoneError,
        "no longer in Slack",
    ),
    "canvas": ({"mode": "quip"}, errors.SlackFileKindError, "is a Slack canvas"),
    "list": ({"mode": "list", "size": 0}, errors.SlackFileKindError, "is a Slack list"),
    "post": ({"mode": "space"}, errors.SlackFileKindError, "is a Slack post"),
    "link": (
        {"mode": "external", "is_external": True},
        errors.SlackFileKindError,
        "is a link to another place",
    ),
    "empty": ({"content": b""}, errors.SlackFileEmptyError, "plan.pdf is empty"),
    "too large": ({"size": 137_363_456}, errors.SlackFileTooLargeError, "131 MB. The limit is 100"),
    "type": ({"name": "Plan.EXE"}, errors.SlackFileTypeError, "Files of type .exe are not allowed"),
    "in a conversation of others": (
        {"channel": "C0SECRET"},
        errors.SlackFileHiddenError,
        "Invite me with /invite, or add the file in the form",
    ),
}


@pytest.mark.parametrize(("traits", "kind", "says"), ODD.values(), ids=list(ODD))
async def test_an_odd_file_is_refused_with_its_reason(
    counter: Counter, traits: dict[str, Any], kind: type[errors.BotError], says: str
):
    stored = counter.slack.put_file("plan.pdf", PDF)
    for name, value in traits.items():
        setattr(stored, name, value)

    error = await refused(counter, stored.id, largest=100 * 1024 * 1024)

    assert type(error) is kind
    assert error.failure().facts["file"] == stored.id
    assert says in problem(error).text


@pytest.mark.parametrize("traits", [{"mode": "snippet"}, {"mode": "email"}, {"title": None}])
async def test_snippets_and_plain_uploads_are_files(counter: Counter, traits: dict[str, Any]):
    stored = counter.slack.put_file("notes.txt", b"one\ntwo")
    for name, value in traits.items():
        setattr(stored, name, value)

    assert (await counter.look(stored)).title == "notes.txt"


async def test_a_file_between_two_people_invites_nobody(counter: Counter):
    stored = counter.slack.put_file("a.pdf", PDF, channel="D0ANABEN")

    error = await refused(counter, stored.id, channel="D0ANABEN")

    assert isinstance(error, errors.SlackFileHiddenError)
    assert "/invite" not in problem(error).text
    assert "Add the file in the form" in problem(error).text


async def test_a_missing_permission_is_named(counter: Counter):
    stored = counter.slack.put_file("a.pdf", PDF)
    counter.slack.scopes -= {"files:read"}

    error = await refused(counter, stored.id)

    assert isinstance(error, errors.SlackFileScopeError)
    assert (error.scope, counter.pauses) == ("files:read", [])
    assert "Ask your Slack admin" in problem(error).text


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("slack_connect_file_link_sharing_blocked", errors.SlackFileForeignError),
        ("access_denied", errors.SlackFileHiddenError),
        ("account_inactive", errors.SlackFileDeniedError),
        ("a_word_of_the_future", errors.SlackFileDeniedError),
    ],
)
async def test_any_word_of_slack_is_a_known_error(
    counter: Counter, word: str, kind: type[errors.BotError]
):
    stored = counter.slack.put_file("a.pdf", PDF)
    counter.slack.faults["files.info"] = Fault(word)

    assert type(await refused(counter, stored.id)) is kind


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>Be right back</html>", "text/html"),
        ("Be right back", "text/plain"),
        ('{"ok": true}', "application/json"),
        ('{"ok": true, "file": []}', "application/json"),
        ("{", "application/json"),
    ],
    ids=str,
)
async def test_what_is_no_answer_of_slack_may_pass(slack: SandboxSlack, body: str, kind: str):
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=body, content_type=kind)

    site = web.Application()
    site.router.add_route("*", "/api/files.info", answer)
    async with (
        serving(site, "127.0.0.1", 0) as place,
        a_counter(slack, api=f"{place}/api/") as counter,
    ):
        assert isinstance(await refused(counter, "F1"), errors.SlackFileAwayError)
        assert sum(counter.pauses) == 15
