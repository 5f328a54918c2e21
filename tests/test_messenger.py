"""Each message is said once, by the first way that is open."""

from __future__ import annotations

import dataclasses
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import Message, ReplyTo, SlackUser
from bot.errors import SlackError
from bot.messenger import URL_LIFE, Messenger
from bot.sandbox.slack import Fault, SandboxSlack
from bot.vault import Vault, new_key
from bot.web import serving
from tests.slack_bot import RECEIPT, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DONE = Message("Attached 2 files to Case #7", tuple(RECEIPT))
THEN = Message("And one more")


@dataclasses.dataclass(frozen=True)
class Desk:
    """A messenger at a sandbox Slack, and Ana, who reads."""

    slack: SandboxSlack
    messenger: Messenger
    clock: Clock

    @property
    def ana(self) -> SlackUser:
        return SlackUser(self.slack.team, "U0ANA")

    async def typed(self, channel: str = "C0SALES") -> str:
        """Return the response URL of a command, which itself reaches nobody."""
        return (await self.slack.command("case 7 12", channel=channel)).response_url

    def to(self, url: str, channel: str = "C0SALES", **facts: Any) -> ReplyTo:
        sealed = self.messenger.seal(url, self.ana)
        until = time_of(self.clock) + URL_LIFE
        return ReplyTo(channel=channel, sealed_url=sealed, url_until=until, **facts)

    async def say(self, reply: ReplyTo, message: Message = DONE) -> ReplyTo:
        return await self.messenger.say(reply, self.ana, message)

    def read(self, channel: str = "C0SALES", user: str = "U0ANA") -> list[str]:
        return [shown.text for shown in self.slack.messages_of(user, channel)]

    @property
    def calls(self) -> list[str]:
        return [call.method for call in self.slack.calls]


def time_of(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock(), UTC)


@asynccontextmanager
async def a_messenger(clock: Clock, token: str, api: str) -> AsyncIterator[Messenger]:
    async with aiohttp.ClientSession() as session:
        slack = AsyncWebClient(token, base_url=api, session=session, retry_handlers=[])
        yield Messenger(slack, session, Vault.of(new_key()), lambda: time_of(clock))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = Clock()
    async with (
        SandboxSlack(clock=clock) as slack,
        a_messenger(clock, slack.bot_token, slack.api_url) as messenger,
    ):
        yield Desk(slack, messenger, clock)


# ways


async def test_the_response_url_comes_first_also_where_the_bot_is_no_member(desk: Desk):
    reply = await desk.say(desk.to(await desk.typed("C0SECRET"), "C0SECRET"))

    assert desk.read("C0SECRET") == [DONE.text]
    assert desk.read("C0SECRET", "U0BEN") == []
    assert (desk.calls, reply.uses) == ([], 1)


async def test_a_response_url_carries_five_messages_and_then_an_ephemeral_one_follows(desk: Desk):
    reply = desk.to(await desk.typed())

    for _ in range(7):
        reply = await desk.say(reply)

    assert desk.read() == [DONE.text] * 7
    assert desk.calls == ["chat.postEphemeral"] * 2
    assert desk.read(user="U0BEN") == []
    assert reply.sealed_url == ""


@pytest.mark.parametrize(
    ("minutes", "uses", "good"), [(29, 4, True), (29.6, 4, False), (29, 5, False)]
)
async def test_a_response_url_is_left_alone_once_it_is_used_up_or_old(desk, minutes, uses, good):
    reply = desk.to(await desk.typed(), uses=uses)
    desk.clock.now += minutes * 60

    await desk.say(reply)

    assert desk.calls == ([] if good else ["chat.postEphemeral"])
    assert desk.read() == [DONE.text]


@pytest.mark.parametrize("spoil", ["used", "expired", "unknown", 404, 500, 429])
async def test_a_response_url_that_slack_refuses_falls_through(desk: Desk, spoil: str | int):
    url = await desk.typed()
    if spoil == "used":
        for _ in range(5):
            await desk.say(desk.to(url), THEN)
    if spoil == "expired":
        desk.clock.now += 31 * 60
    if spoil == "unknown":
        url += "x"
    if isinstance(spoil, int):
        desk.slack.faults["response_url"] = Fault(spoil)

    reply = await desk.say(desk.to(url))

    assert (desk.calls, desk.read()[-1]) == (["chat.postEphemeral"], DONE.text)
    assert (reply.sealed_url, reply.shown) == ("", False)


@pytest.mark.parametrize("channel", ["C0RANDOM", "C0SECRET", "D0ANABEN", ""])
async def test_where_the_bot_is_no_member_the_answer_comes_as_a_direct_message(desk, channel):
    await desk.say(ReplyTo(channel=channel))

    assert (channel and desk.read(channel), desk.read("U0ANA")) == (channel and [], [DONE.text])
    assert desk.calls == (["chat.postEphemeral"] if channel else []) + ["chat.postMessage"]


async def test_an_answer_in_a_thread_stays_in_it(desk: Desk):
    question = desk.slack.say("Which files?")

    await desk.say(ReplyTo(channel="C0SALES", thread=question.ts))

    [_, shown] = desk.slack.messages_of("U0ANA", "C0SALES")
    assert (shown.text, shown.thread, shown.ephemeral) == (DONE.text, question.ts, True)


async def test_what_was_clicked_is_replaced_and_a_command_is_answered_by_one_message_more(
    desk: Desk,
):
    command = desk.to(await desk.typed())
    await desk.say(await desk.say(command), THEN)
    assert desk.read() == [DONE.text, THEN.text]

    [first, _] = desk.slack.messages_of("U0ANA", "C0SALES")
    click = await desk.slack.click(first, "Undo")
    reply = await desk.say(desk.to(click.response_url, shown=True), THEN)

    assert desk.read() == [THEN.text, THEN.text]
    assert (reply.shown, reply.uses) == (True, 1)


# what is said


async def test_each_way_carries_the_whole_message_and_no_previews(desk: Desk):
    await desk.say(desk.to(await desk.typed()))
    await desk.say(ReplyTo(channel="C0SALES"))
    await desk.say(ReplyTo())

    shown = [*desk.slack.messages_of("U0ANA", "C0SALES"), *desk.slack.messages_of("U0ANA", "U0ANA")]
    assert [(one.text, one.buttons) for one in shown] == [(DONE.text, ["Undo", "Open a form"])] * 3
    ephemeral, direct = (call.args for call in desk.slack.calls)
    assert "unfurl_links" not in ephemeral
    assert (direct["unfurl_links"], direct["unfurl_media"]) == (False, False)


# secrets


@pytest.mark.parametrize(
    ("api", "url", "ours"),
    [
        ("https://slack.com/api/", "https://hooks.slack.com/commands/T1/1/x", True),
        ("https://slack.com/api/", "https://HOOKS.slack.com/actions/T1/1/x", True),
        ("https://slack.com/api/", "https://hooks.slack.com.evil.example/commands/T1/1/x", False),
        ("https://slack.com/api/", "https://hooks.slack.com@evil.example/x", False),
        ("https://slack.com/api/", "https://evil.example/?hooks.slack.com", False),
        ("https://slack.com/api/", "http://127.0.0.1/commands/T1/1/x", False),
        ("http://127.0.0.1:9000/api/", "http://127.0.0.1:9000/commands/T1/1/x", True),
        ("http://127.0.0.1:9000/api/", "http://127.0.0.1:9001/commands/T1/1/x", False),
        ("http://127.0.0.1:9000/api/", "https://hooks.slack.com/commands/T1/1/x", False),
    ],
)
async def test_only_addresses_of_slack_are_kept_and_only_sealed(api: str, url: str, ours: bool):
    async with a_messenger(Clock(), "xoxb-1", api) as messenger:
        sealed = messenger.seal(url, SlackUser("T1", "U0ANA"))

    assert bool(sealed) is ours
    assert "/T1/1/x" not in sealed


async def test_a_response_url_opens_for_its_own_person_only(desk: Desk):
    anas = desk.to(await desk.typed())

    await desk.messenger.say(anas, SlackUser(desk.slack.team, "U0BEN"), DONE)

    assert (desk.read(), desk.read(user="U0BEN")) == ([], [DONE.text])


async def test_a_url_sealed_with_a_key_that_has_left_the_ring_is_passed_over(desk: Desk):
    async with a_messenger(desk.clock, "xoxb-1", desk.slack.api_url) as other:
        foreign = other.seal(await desk.typed(), desk.ana)

    await desk.say(dataclasses.replace(desk.to(""), sealed_url=foreign))

    assert (desk.calls, desk.read()) == (["chat.postEphemeral"], [DONE.text])


# failures


async def refused(desk: Desk, reply: ReplyTo) -> SlackError:
    with pytest.raises(SlackError) as raised:
        await desk.say(reply)
    return raised.value


@pytest.mark.parametrize("reply", [ReplyTo(channel="C0SALES"), ReplyTo()], ids=["channel", "dm"])
@pytest.mark.parametrize(("what", "read"), [("drop", []), ("drop_after", [DONE.text])])
async def test_a_dropped_connection_repeats_nothing_by_itself(desk, reply, what, read):
    method = "chat.postEphemeral" if reply.channel else "chat.postMessage"
    desk.slack.faults[method] = Fault(what)

    error = await refused(desk, reply)

    assert (error.code, desk.calls) == ("connection", [method])
    assert desk.read() + desk.read("U0ANA") == read


async def test_a_response_url_that_breaks_off_is_not_posted_to_twice(desk: Desk):
    desk.slack.faults["response_url"] = Fault("drop_after")

    await desk.say(desk.to(await desk.typed()))

    # Once by each way: nobody knows whether the first arrived, and an answer must.
    assert (desk.read(), desk.calls) == ([DONE.text] * 2, ["chat.postEphemeral"])


async def test_a_rate_limit_is_waited_for_and_not_gone_around(desk: Desk):
    desk.slack.faults["chat.postEphemeral"] = Fault(429, times=1)
    reply = ReplyTo(channel="C0SALES")

    error = await refused(desk, reply)
    later = desk.messenger.after_failure(reply, error, chance=0.5)
    told = await desk.say(later)

    assert (error.code, desk.calls) == ("ratelimited", ["chat.postEphemeral"] * 2)
    assert (later.failures, later.retry_at) == (1, time_of(desk.clock) + timedelta(seconds=2))
    assert (told.failures, told.retry_at, desk.read()) == (0, None, [DONE.text])


@pytest.mark.parametrize("reason", ["account_inactive", "invalid_auth", "missing_scope"])
async def test_what_no_later_try_can_change_is_not_tried_later(desk: Desk, reason: str):
    desk.slack.faults["chat.postEphemeral"] = Fault(reason)
    desk.slack.faults["chat.postMessage"] = Fault(reason)
    reply = ReplyTo(channel="C0SALES")

    error = await refused(desk, reply)

    assert error.code == reason
    assert desk.messenger.after_failure(reply, error, chance=1).retry_at is None


async def test_pauses_grow_to_a_minute_and_end_after_ten_tries(desk: Desk):
    error, reply, pauses = SlackError("ratelimited"), ReplyTo(), []
    while (reply := desk.messenger.after_failure(reply, error, chance=1)).retry_at:
        pauses.append((reply.retry_at - time_of(desk.clock)).total_seconds())

    assert pauses == [3, 5, 9, 17, 33, 61, 61, 61, 61, 61]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>503</html>", "text/html"),
        ("upstream error", "text/plain"),
        ("{", "application/json"),
    ],
)
async def test_a_page_in_front_of_slack_is_trouble_that_may_pass(body: str, kind: str):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=503, text=body, content_type=kind)

    site = web.Application()
    site.router.add_post("/api/{method}", answer)
    async with (
        serving(site, "127.0.0.1", 0) as url,
        a_messenger(Clock(), "xoxb-1", f"{url}/api/") as messenger,
    ):
        with pytest.raises(SlackError) as raised:
            await messenger.say(ReplyTo(channel="C0SALES"), SlackUser("T1", "U0ANA"), DONE)
        later = messenger.after_failure(ReplyTo(), raised.value, chance=0)

    assert later.retry_at is not None


# in the open


async def test_what_is_shared_is_read_by_everybody_also_where_the_bot_is_no_member(desk: Desk):
    reply = desk.to(await desk.typed("C0RANDOM"), "C0RANDOM")

    await desk.messenger.say_openly(reply, desk.ana, DONE)

    assert desk.read("C0RANDOM", "U0BEN") == [DONE.text]


async def test_sharing_from_a_click_leaves_the_clicked_message_standing(desk: Desk):
    await desk.say(desk.to(await desk.typed()))
    [first] = desk.slack.messages_of("U0ANA", "C0SALES")
    click = await desk.slack.click(first, "Undo")

    await desk.messenger.say_openly(desk.to(click.response_url, shown=True), desk.ana, THEN)

    assert (desk.read(), desk.read(user="U0BEN")) == ([DONE.text, THEN.text], [THEN.text])


async def test_without_a_response_url_the_bot_posts_into_the_thread_itself(desk: Desk):
    question = desk.slack.say("Which files?")

    reply = ReplyTo(channel="C0SALES", thread=question.ts)
    await desk.messenger.say_openly(reply, desk.ana, DONE)

    [_, shown] = desk.slack.messages_of("U0BEN", "C0SALES")
    assert (shown.text, shown.thread, shown.ephemeral) == (DONE.text, question.ts, False)


async def test_sharing_where_no_way_is_open_says_why(desk: Desk):
    with pytest.raises(SlackError) as raised:
        await desk.messenger.say_openly(ReplyTo(channel="C0RANDOM"), desk.ana, DONE)

    assert raised.value.code == "not_in_channel"
