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

from bot.domain import Message, SlackUser
from bot.errors import SlackError
from bot.messenger import CONNECTING, Messenger
from bot.replies import UNREACHABLE, URL_LIFE, Lost, Refused, Verdict
from bot.reply_to import ReplyTo
from bot.sandbox.slack import Fault, SandboxSlack
from bot.sandbox.slack_limits import Limit
from bot.vault import Vault, new_key
from bot.web import serving
from tests.slack_bot import RECEIPT, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DONE = Message("Attached 2 files to Case #7", tuple(RECEIPT))
THEN = Message("And one more")
NEVER = datetime.min.replace(tzinfo=UTC)


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
        """Say it, and return where the next message goes."""
        reply, verdict = await self.tell(reply, message)
        assert verdict is Verdict.SAID
        return reply

    async def tell(
        self, reply: ReplyTo, message: Message = DONE, *, chance: float = 0.5
    ) -> tuple[ReplyTo, Verdict]:
        """Try one way after the other as long as there is nothing to wait for."""
        verdict = Verdict.AGAIN
        while verdict is Verdict.AGAIN and (reply.retry_at or NEVER) <= time_of(self.clock):
            begun = self.messenger.begun(reply, message)
            outcome = await self.messenger.post(begun, self.ana, message)
            reply, verdict = self.messenger.follow(begun, outcome, chance=chance)
        return reply, verdict

    async def tell_for(self, reply: ReplyTo, seconds: float) -> tuple[ReplyTo, Verdict]:
        """Try for so long, as time goes by."""
        end, verdict = self.clock.now + seconds, Verdict.AGAIN
        while verdict is Verdict.AGAIN and self.clock.now < end:
            reply, verdict = await self.tell(reply)
            if verdict is Verdict.AGAIN:
                assert reply.retry_at is not None
                self.clock.now = reply.retry_at.timestamp()
        return reply, verdict

    def read(self, channel: str = "C0SALES", user: str = "U0ANA") -> list[str]:
        return [shown.text for shown in self.slack.messages_of(user, channel)]

    @property
    def calls(self) -> list[str]:
        return [call.method for call in self.slack.calls]


def time_of(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock(), UTC)


@asynccontextmanager
async def a_messenger(clock: Clock, token: str, api: str) -> AsyncIterator[Messenger]:
    async with aiohttp.ClientSession(timeout=CONNECTING) as session:
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


@pytest.mark.parametrize("spoil", ["used", "expired", "unknown", 404])
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
async def test_i4_only_addresses_of_slack_are_kept_and_only_sealed(api: str, url: str, ours: bool):
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


# one message that changes


async def test_a_direct_message_is_changed_by_what_comes_next(desk: Desk):
    reply = await desk.say(ReplyTo(channel="C0RANDOM"))
    for message in (THEN, DONE, THEN):
        reply = await desk.say(reply, message)

    assert desk.read("U0ANA") == [THEN.text]
    assert desk.calls == ["chat.postEphemeral", "chat.postMessage", *["chat.update"] * 3]


async def test_a_message_that_is_gone_is_posted_anew(desk: Desk):
    reply = await desk.say(ReplyTo())
    [shown] = desk.slack.messages_of("U0ANA", "U0ANA")
    desk.slack.workspace.remove(desk.slack.workspace.messages[shown.ts])

    after = await desk.say(reply, THEN)
    await desk.say(after, DONE)

    assert desk.read("U0ANA") == [DONE.text]
    assert desk.calls == ["chat.postMessage", "chat.update", "chat.postMessage", "chat.update"]


@pytest.mark.parametrize("what", ["drop", "drop_after", 500, "internal_error"])
async def test_a_change_whose_answer_is_lost_is_repeated_at_will(desk: Desk, what: str | int):
    reply = await desk.say(ReplyTo())
    desk.slack.faults["chat.update"] = Fault(what, times=4)

    reply, verdict = await desk.tell_for(reply, 60)

    assert (verdict, reply.unsure, desk.read("U0ANA")) == (Verdict.SAID, 0, [DONE.text])
    assert desk.calls.count("chat.update") == 5


# answers that are lost


@pytest.mark.parametrize("what", ["drop", "drop_after", 500, "internal_error", "fatal_error"])
@pytest.mark.parametrize(
    ("reply", "first", "second"),
    [
        (ReplyTo(channel="C0SALES"), "chat.postEphemeral", "chat.postMessage"),
        (ReplyTo(), "chat.postMessage", "chat.postMessage"),
    ],
    ids=["channel", "dm"],
)
async def test_a_message_whose_answer_is_lost_is_said_once_more(desk, reply, first, second, what):
    desk.slack.faults[first] = Fault(what, times=1)

    _, verdict = await desk.tell_for(reply, 60)

    assert (verdict, desk.calls) == (Verdict.SAID, [first, "auth.test", second])


@pytest.mark.parametrize("what", ["drop_after", "acts"])
async def test_nobody_reads_a_message_three_times(desk: Desk, what: str):
    fault = Fault("internal_error", acts=True) if what == "acts" else Fault(what)
    desk.slack.faults.update({"chat.postEphemeral": fault, "chat.postMessage": fault})

    reply, verdict = await desk.tell_for(ReplyTo(channel="C0SALES"), 3600)

    assert (verdict, reply.unsure) == (Verdict.GIVEN_UP, 2)
    assert desk.read() + desk.read("U0ANA") == [DONE.text] * 2


async def test_a_message_is_not_said_once_more_while_slack_answers_nothing(desk: Desk):
    desk.slack.faults.update({"chat.postMessage": Fault("drop_after"), "auth.test": Fault("drop")})
    reply, verdict = await desk.tell_for(ReplyTo(), 3600)
    assert (verdict, desk.calls.count("chat.postMessage")) == (Verdict.AGAIN, 1)

    desk.slack.faults.clear()
    _, verdict = await desk.tell_for(reply, 600)

    assert (verdict, desk.read("U0ANA")) == (Verdict.SAID, [DONE.text] * 2)


async def test_a_message_is_not_said_once_more_by_a_bot_that_was_removed_meanwhile(desk: Desk):
    desk.slack.faults["chat.postMessage"] = Fault("drop_after")
    desk.slack.faults["auth.test"] = Fault("account_inactive")

    _, verdict = await desk.tell_for(ReplyTo(), 3600)

    assert (verdict, desk.calls) == (Verdict.GIVEN_UP, ["chat.postMessage", "auth.test"])


async def test_a_response_url_that_breaks_off_is_not_posted_to_twice(desk: Desk):
    desk.slack.faults["response_url"] = Fault("drop_after")

    await desk.say(desk.to(await desk.typed()))

    # Once by each way: nobody knows whether the first arrived, and an answer must.
    assert (desk.read(), desk.calls) == ([DONE.text] * 2, ["auth.test", "chat.postEphemeral"])


async def test_what_replaces_a_message_is_repeated_at_will(desk: Desk):
    await desk.say(desk.to(await desk.typed()))
    [first] = desk.slack.messages_of("U0ANA", "C0SALES")
    click = await desk.slack.click(first, "Undo")
    desk.slack.faults["response_url"] = Fault("drop_after", times=2)

    reply, verdict = await desk.tell_for(desk.to(click.response_url, shown=True), 60)

    assert (verdict, desk.read(), desk.calls) == (Verdict.SAID, [DONE.text], [])
    assert (reply.uses, reply.unsure) == (3, 0)


async def test_a_message_that_a_process_may_have_sent_before_it_died_is_said_once_more(desk: Desk):
    reply = desk.to(await desk.typed())
    for _ in range(5):
        reply = desk.messenger.begun(reply, DONE)  # stored; then it sends, and dies
        await desk.messenger.post(reply, desk.ana, DONE)

    _, verdict = await desk.tell(reply)

    assert (verdict, desk.read(), desk.read("U0ANA")) == (Verdict.GIVEN_UP, [DONE.text] * 2, [])


async def test_a_process_that_dies_again_and_again_asks_no_sixth_use_of_a_response_url(desk: Desk):
    await desk.say(desk.to(await desk.typed()))
    [first] = desk.slack.messages_of("U0ANA", "C0SALES")
    reply = desk.to((await desk.slack.click(first, "Undo")).response_url, shown=True)
    for _ in range(4):
        reply = desk.messenger.begun(reply, THEN)

    reply = await desk.say(reply, THEN)
    assert (reply.uses, desk.read(), desk.calls) == (5, [THEN.text], [])

    await desk.say(reply)
    assert (desk.read(), desk.calls) == ([THEN.text, DONE.text], ["chat.postEphemeral"])


# Slack is away


async def test_nobody_is_left_untold_because_slack_was_away_for_an_hour(desk: Desk):
    desk.slack.faults.update({"response_url": Fault(503), "chat.postEphemeral": Fault(503)})
    away, _ = await desk.tell_for(desk.to(await desk.typed()), 3600)
    assert desk.read() == []

    desk.slack.faults.clear()
    told, verdict = await desk.tell_for(away, 600)

    assert (verdict, desk.read()) == (Verdict.SAID, [DONE.text])
    assert (told.failures, told.failing_since, told.retry_at) == (0, None, None)


async def test_after_a_day_it_is_given_up(desk: Desk):
    desk.slack.faults["chat.postMessage"] = Fault(503)
    began = desk.clock.now

    reply, verdict = await desk.tell_for(ReplyTo(), 48 * 3600)

    assert (verdict, reply.unsure) == (Verdict.GIVEN_UP, 0)
    assert desk.clock.now == pytest.approx(began + 24 * 3600, abs=1)
    assert 280 < len(desk.calls) < 600  # pauses of two and a half minutes


async def test_a_slack_that_cannot_be_reached_costs_no_use_of_the_response_url(desk: Desk):
    sealed = desk.to(await desk.typed())
    async with SandboxSlack(clock=desk.clock) as gone:
        api = gone.api_url
    async with a_messenger(desk.clock, "xoxb-1", api) as messenger:
        url = messenger.seal(f"{gone.url}/commands/T1/1/x", desk.ana)
        reply = messenger.begun(dataclasses.replace(sealed, sealed_url=url), DONE)
        outcome = await messenger.post(reply, desk.ana, DONE)
        after, verdict = messenger.follow(reply, outcome, chance=0.5)

    assert outcome == Refused(code=UNREACHABLE, passing=True)
    assert (reply.uses, after.uses, verdict) == (1, 0, Verdict.AGAIN)
    assert after.retry_at == time_of(desk.clock) + timedelta(seconds=2)


async def test_a_response_url_that_has_trouble_is_left_aside_after_three_tries(desk: Desk):
    desk.slack.faults["response_url"] = Fault(429, retry_after=2)
    began = desk.clock.now

    reply, verdict = await desk.tell_for(desk.to(await desk.typed()), 60)

    assert (verdict, desk.calls, desk.read()) == (
        Verdict.SAID,
        ["chat.postEphemeral"],
        [DONE.text],
    )
    assert reply.sealed_url == ""
    assert desk.clock.now - began == pytest.approx(2.5 + 4)


async def test_a_rate_limit_is_waited_for_by_every_message_of_its_kind(desk: Desk):
    desk.slack.limits["chat.postEphemeral"] = Limit(1, seconds=30)
    first, other = ReplyTo(channel="C0SALES"), ReplyTo(channel="C0DEALS")
    await desk.say(first)

    later, _ = await desk.tell(other)
    also, _ = await desk.tell(first)

    assert desk.calls == ["chat.postEphemeral"] * 2  # the third was not sent
    assert later.retry_at == time_of(desk.clock) + timedelta(seconds=30.5)
    assert also.retry_at == later.retry_at
    _, verdict = await desk.tell_for(later, 60)
    assert (verdict, desk.read("C0DEALS")) == (Verdict.SAID, [DONE.text])


@pytest.mark.parametrize("reason", ["account_inactive", "token_revoked", "missing_scope"])
async def test_what_no_later_try_can_change_is_not_tried_later(desk: Desk, reason: str):
    desk.slack.faults["chat.postEphemeral"] = Fault(reason)
    desk.slack.faults["chat.postMessage"] = Fault(reason)

    _, verdict = await desk.tell(ReplyTo(channel="C0SALES"))

    assert (verdict, desk.calls) == (
        Verdict.GIVEN_UP,
        ["chat.postEphemeral", "chat.postMessage"],
    )


@pytest.mark.parametrize(
    ("status", "body", "kind", "outcome"),
    [
        (503, "<html>503</html>", "text/html", Refused(code="http_503", passing=True)),
        (503, "upstream error", "text/plain", Refused(code="http_503", passing=True)),
        (429, "{", "application/json", Refused(code="http_429", passing=True)),
        (504, "<html>504</html>", "text/html", Lost("http_504")),
        (200, "<html>Sign in</html>", "text/html", Lost("http_200")),
        (200, "hello", "text/plain", Lost("garbled")),
        (200, "{", "application/json", Lost("http_200")),
        (403, "<html>No</html>", "text/html", Refused(code="http_403")),
    ],
)
async def test_a_page_in_front_of_slack_is_judged_by_its_status(status, body, kind, outcome):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type=kind)

    site = web.Application()
    site.router.add_post("/api/{method}", answer)
    async with (
        serving(site, "127.0.0.1", 0) as url,
        a_messenger(Clock(), "xoxb-1", f"{url}/api/") as messenger,
    ):
        reply = messenger.begun(ReplyTo(channel="C0SALES"), DONE)
        assert await messenger.post(reply, SlackUser("T1", "U0ANA"), DONE) == outcome


# what is stored nowhere


@pytest.mark.parametrize("what", ["drop_after", 500])
async def test_what_is_stored_nowhere_is_said_once(desk: Desk, what: str | int):
    desk.slack.faults["response_url"] = Fault(what)

    await desk.messenger.say(desk.to(await desk.typed()), desk.ana, DONE)

    assert (desk.read(), desk.calls) == ([DONE.text] if what == "drop_after" else [], [])


async def test_what_is_stored_nowhere_takes_the_next_way_too(desk: Desk):
    desk.slack.faults["response_url"] = Fault(503)

    await desk.messenger.say(desk.to(await desk.typed()), desk.ana, DONE)

    assert (desk.read(), desk.calls) == ([DONE.text], ["chat.postEphemeral"])


async def test_what_is_stored_nowhere_and_taken_by_no_way_says_why(desk: Desk):
    desk.slack.faults["chat.postMessage"] = Fault("account_inactive")

    with pytest.raises(SlackError) as raised:
        await desk.messenger.say(ReplyTo(), desk.ana, DONE)

    assert raised.value.code == "account_inactive"


# in the open


async def test_what_is_shared_is_read_by_everybody_also_where_the_bot_is_no_member(desk: Desk):
    reply = desk.to(await desk.typed("C0RANDOM"), "C0RANDOM")

    await desk.say(dataclasses.replace(reply, openly=True))

    assert desk.read("C0RANDOM", "U0BEN") == [DONE.text]


async def test_sharing_from_a_click_leaves_the_clicked_message_standing(desk: Desk):
    await desk.say(desk.to(await desk.typed()))
    [first] = desk.slack.messages_of("U0ANA", "C0SALES")
    click = await desk.slack.click(first, "Undo")

    await desk.say(desk.to(click.response_url, shown=True, openly=True), THEN)

    assert (desk.read(), desk.read(user="U0BEN")) == ([DONE.text, THEN.text], [THEN.text])


async def test_without_a_response_url_the_bot_posts_into_the_thread_itself(desk: Desk):
    question = desk.slack.say("Which files?")

    await desk.say(ReplyTo(channel="C0SALES", thread=question.ts, openly=True))

    [_, shown] = desk.slack.messages_of("U0BEN", "C0SALES")
    assert (shown.text, shown.thread, shown.ephemeral) == (DONE.text, question.ts, False)


async def test_what_the_bot_posted_openly_is_changed_afterwards(desk: Desk):
    reply = await desk.say(ReplyTo(channel="C0SALES", openly=True))

    await desk.say(reply, THEN)

    assert desk.read("C0SALES", "U0BEN") == [THEN.text]
    assert desk.calls == ["chat.postMessage", "chat.update"]


async def test_sharing_where_no_way_is_open_is_given_up(desk: Desk):
    _, verdict = await desk.tell(ReplyTo(channel="C0RANDOM", openly=True))

    assert (verdict, desk.calls) == (Verdict.GIVEN_UP, ["chat.postMessage"])
