"""People type, click and share files in the sandbox Slack, and a real Bolt app answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack import NotOnScreenError
from tests.slack_bot import running

if TYPE_CHECKING:
    from bot.sandbox.slack import SandboxSlack


@pytest.fixture(params=["http", "socket"])
async def bot(request, slack: SandboxSlack):
    async with running(slack, request.param) as bot:
        yield bot


async def test_a_command_arrives_as_strings_and_is_answered_to_its_person_only(bot, slack):
    exchange = await slack.command("case 7 12,13")
    answer = await slack.answer(exchange)

    assert bot.last["text"] == "case 7 12,13"
    assert all(isinstance(value, str) for value in bot.last.values())
    assert "thread_ts" not in bot.last
    assert answer.ephemeral
    assert answer.buttons == ["Undo", "Open a form"]
    assert "Attached *2* files" in answer.all_text()
    assert slack.messages_of("U0BEN", "C0SALES") == []


async def test_words_in_the_acknowledgement_are_the_answer(bot, slack):
    exchange = await slack.command("help")

    assert exchange.said == {"text": "Type /attach case 7 12,13"}
    assert (await slack.answer(exchange)).text == "Type /attach case 7 12,13"
    assert slack.acks[-1].status == 200


@pytest.mark.parametrize(
    ("typed", "options", "arrives"),
    [
        ("a & <b>", {}, "a &amp; &lt;b&gt;"),
        ("a & <b>", {"raw": True}, "a & <b>"),
        ("https://x.test/a?b=1&c=2 12", {"links": "bare"}, "<https://x.test/a?b=1&amp;c=2> 12"),
        ("https://x.test/a 12", {"links": "labelled"}, "<https://x.test/a|x.test/a> 12"),
    ],
)
async def test_typed_text_arrives_escaped_as_slack_escapes_it(bot, slack, typed, options, arrives):
    await slack.command(typed, **options)

    assert bot.last["text"] == arrives


async def test_a_command_nobody_acknowledges_fails_and_the_person_sees_that(bot, slack):
    slack.patience = 0.05

    exchange = await slack.command("slow")

    assert exchange.ack.status in (0, 404)
    with pytest.raises(NotOnScreenError, match="the person only saw"):
        await slack.answer(exchange)


async def test_an_acknowledgement_with_wrong_blocks_is_not_shown(bot, slack):
    exchange = await slack.command("broken")

    assert exchange.trouble == "invalid_blocks"
    assert slack.messages_of("U0ANA", "C0SALES") == []


async def test_a_click_on_an_ephemeral_message_comes_without_it_and_replaces_it(bot, slack):
    answer = await slack.answer(await slack.command("case 7 12"))

    click = await slack.click(answer, "Undo")

    assert (await slack.answer(click)).text == "Taken back"
    assert [shown.text for shown in slack.messages_of("U0ANA", "C0SALES")] == ["Taken back"]
    assert bot.last["container"]["is_ephemeral"]
    assert "message" not in bot.last
    assert bot.last["actions"][0]["value"] == "7"


async def test_a_click_on_a_channel_message_carries_it(bot, slack):
    answer = await slack.answer(await slack.command("post"))

    await slack.click(answer, "undo", user="U0BEN")

    assert not answer.ephemeral
    assert bot.last["message"]["text"] == "Attached 2 files"
    assert bot.last["user"]["id"] == "U0BEN"


async def test_only_what_is_to_be_seen_can_be_clicked(bot, slack):
    answer = await slack.answer(await slack.command("case 7 12"))

    with pytest.raises(NotOnScreenError, match="Undo"):
        await slack.click(answer, "Redo")
    with pytest.raises(NotOnScreenError):
        await slack.click(answer, "Undo", user="U0BEN")
    with pytest.raises(NotOnScreenError):
        await slack.command("case 7", user="U0ZOE")


async def test_shortcuts_have_the_odd_users_of_slack(bot, slack):
    message = slack.say("here it is", user="U0BEN")
    await slack.answer(await slack.message_shortcut(message, "attach_message"))
    from_message = bot.last
    await slack.global_shortcut("attach_global")

    assert from_message["user"].keys() == {"id", "name", "team_id"}
    assert from_message["message"]["text"] == "here it is"
    assert bot.last["user"].keys() == {"id", "username", "team_id"}
    assert not {"channel", "message", "response_url", "api_app_id"} & bot.last.keys()


async def test_shared_files_come_as_bare_ids_one_event_each(bot, slack):
    shared = await slack.share_files({"a.pdf": b"%PDF", "b.txt": b"b"}, channel="C0DEALS")
    answers = await slack.shown("U0ANA", "C0DEALS", 3)

    events = [one.payload["event"] for one in shared.exchanges]
    assert [event["file_id"] for event in events] == [file.id for file in shared.files]
    assert all("name" not in event["file"] for event in events)
    assert {answer.text for answer in answers[1:]} == {"Attach a.pdf?", "Attach b.txt?"}


async def test_a_message_event_comes_too_when_subscribed(bot, slack):
    slack.subscriptions.add("message.channels")
    parent = slack.say("files, please", user="U0BEN")

    shared = await slack.share_files({"a.pdf": b"%PDF"}, thread=parent.ts, text="there")

    event = shared.exchanges[0].payload["event"]
    assert (event["subtype"], event["parent_user_id"]) == ("file_share", "U0BEN")
    assert event["files"][0]["size"] == 4


async def test_the_bot_hears_nothing_of_channels_that_it_is_not_in(bot, slack):
    shared = await slack.share_files({"a.pdf": b"%PDF"}, channel="C0SECRET")

    assert shared.exchanges == ()


async def test_a_file_sent_to_the_bot_is_answered_there(bot, slack):
    slack.subscriptions.add("message.im")

    shared = await slack.share_files({"a.pdf": b"%PDF"}, channel="D0ANA")

    message, told = shared.exchanges
    assert message.payload["event"]["channel_type"] == "im"
    assert (await slack.answer(told)).text == "Attach a.pdf?"


async def test_home_is_published_and_its_buttons_work(bot, slack):
    await slack.open_home()
    home = await slack.until(lambda: slack.home_of("U0ANA"))

    form = await slack.opened(await slack.click(home, "Open a form"))

    assert form.title == "Attach to CRM"


async def test_an_event_is_repeated_until_it_is_taken(bot, slack):
    slack.patience = 0.25
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U0BEN"]}}

    exchange = await slack.event(event, retries=5)

    assert [ack.good for ack in exchange.acks] == [False, False, True]
    assert len({body["event_id"] for body in bot.heard}) == 1


async def test_the_same_delivery_can_come_twice(bot, slack):
    exchange = await slack.command("case 7 12")

    await slack.redeliver(exchange)

    first, second = bot.heard
    assert first["trigger_id"] == second["trigger_id"]
    assert len(exchange.acks) == 2


async def test_uninstalling_kills_the_token(bot, slack):
    exchange = await slack.uninstall()

    with pytest.raises(SlackApiError, match="account_inactive"):
        await bot.app.client.chat_postMessage(channel="C0SALES", text="Hello?")
    assert exchange.payload["event"] == {"type": "app_uninstalled"}
