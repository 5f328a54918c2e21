"""The sandbox Slack refuses what Slack refuses, and breaks when it is told to."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SandboxSlack
from tests.slack_bot import refusal

MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "T"},
    "blocks": [{"type": "divider"}],
}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}
EVERYTHING = {"channels:read", "im:write", "reactions:write", "users:read"}


@pytest.fixture
async def slack():
    async with SandboxSlack() as slack:
        slack.scopes |= EVERYTHING
        yield slack


@pytest.fixture
async def client(slack: SandboxSlack):
    return AsyncWebClient(
        token=slack.bot_token, base_url=slack.api_url, team_id=slack.team, retry_handlers=[]
    )


async def trigger(slack: SandboxSlack) -> str:
    return (await slack.global_shortcut("x")).trigger_id


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("chat.shout", {}, "unknown_method"),
        ("auth.test", {"colour": "red"}, "invalid_arguments"),
        ("chat.getPermalink", {"channel": "C0SECRET", "message_ts": "1.1"}, "channel_not_found"),
        ("chat.getPermalink", {"channel": "C0SALES", "message_ts": "1.1"}, "message_not_found"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C0SALES"}, "no_text"),
        ("chat.postMessage", {"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": "C0SECRET", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "U0HAL", "text": "x"}, "cannot_dm_bot"),
        ("chat.postMessage", {"channel": "C0SALES", "text": "x" * 40_001}, "msg_too_long"),
        (
            "chat.postMessage",
            {"channel": "C0SALES", "text": "x", "thread_ts": "1.1"},
            "thread_not_found",
        ),
        (
            "chat.postMessage",
            {"channel": "C0SALES", "text": "x", "blocks": [{"type": "section"}]},
            "invalid_blocks",
        ),
        (
            "chat.postMessage",
            {"channel": "C0SALES", "text": "x", "blocks": "{no json"},
            "invalid_arguments",
        ),
        (
            "chat.postEphemeral",
            {"channel": "C0SALES", "user": "U0ZOE", "text": "x"},
            "user_not_in_channel",
        ),
        ("chat.update", {"channel": "C0SALES", "ts": "1.1", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0NONE", "ts": "1.1"}, "channel_not_found"),
        ("views.open", {"trigger_id": "1.2.3", "view": MODAL}, "invalid_trigger_id"),
        ("views.open", {"trigger_id": "1.2.3", "view": HOME}, "invalid_arguments"),
        ("views.update", {"view_id": "V1", "view": MODAL}, "not_found"),
        ("views.publish", {"user_id": "U0NONE", "view": HOME}, "invalid_arguments"),
        ("files.info", {"file": "F0NONE"}, "file_not_found"),
        ("users.info", {"user": "U0NONE"}, "user_not_found"),
        ("conversations.open", {"users": "U0NONE"}, "user_not_found"),
        ("conversations.info", {"channel": "C0SECRET"}, "channel_not_found"),
        ("blocks.validate", {}, "invalid_arguments"),
        ("blocks.validate", {"blocks": [{"type": "sectoin"}]}, "invalid_blocks"),
        ("api.test", {"error": "odd"}, "odd"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_wrong_call_gets_slacks_word_for_it(client, method, args, error):
    assert await refusal(client, method, **args) == error


async def test_a_refusal_of_arguments_names_them(client):
    with pytest.raises(SlackApiError) as raised:
        await client.api_call("auth.test", params={"colour": "red"})

    assert "colour" in raised.value.response["response_metadata"]["messages"][0]


@pytest.mark.parametrize("token", ["", "xoxb-wrong", "app"])
async def test_a_wrong_token_is_refused(slack, token):
    token = slack.app_token if token == "app" else token
    client = AsyncWebClient(token=token, base_url=slack.api_url)

    error = {"": "not_authed", "xoxb-wrong": "invalid_auth"}.get(token, "not_allowed_token_type")
    assert await refusal(client, "auth.test") == error


async def test_a_scope_that_is_not_held_is_missing(client, slack):
    slack.scopes.discard("users:read")

    with pytest.raises(SlackApiError) as raised:
        await client.users_info(user="U0ANA")

    answer = raised.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert "users:read" not in answer.headers["x-oauth-scopes"]


async def test_messages_are_posted_changed_and_deleted(client, slack):
    posted = await client.chat_postMessage(channel="U0ANA", text="One", unfurl_links=False)
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Two")
    changed = slack.messages_of("U0ANA", "U0ANA")
    await client.chat_delete(channel=posted["channel"], ts=posted["ts"])

    assert [shown.text for shown in changed] == ["Two"]
    assert slack.messages_of("U0ANA", "U0ANA") == []
    assert [call.method for call in slack.calls] == [
        "chat.postMessage",
        "chat.update",
        "chat.delete",
    ]


async def test_other_peoples_messages_cannot_be_changed(client, slack):
    message = slack.say("mine")

    errors = [
        await refusal(client, "chat.update", channel="C0SALES", ts=message.ts, text="x"),
        await refusal(client, "chat.delete", channel="C0SALES", ts=message.ts),
    ]

    assert errors == ["cant_update_message", "cant_delete_message"]


async def test_a_message_takes_each_reaction_once(client, slack):
    message = slack.say("mine")
    args = {"channel": "C0SALES", "timestamp": message.ts, "name": "paperclip"}

    await client.reactions_add(**args)

    assert message.reactions == {"paperclip": {slack.bot_user}}
    assert await refusal(client, "reactions.add", **args) == "already_reacted"


async def test_messages_have_an_address_that_names_their_thread(client, slack):
    slack.scopes = {"commands"}
    first = slack.say("one")
    second = slack.say("two", thread=first.ts)

    answers = [
        await client.chat_getPermalink(channel="C0SALES", message_ts=one.ts)
        for one in (first, second)
    ]

    page = f"{slack.url}/archives/C0SALES/p"
    assert answers[0]["permalink"] == page + first.ts.replace(".", "")
    assert answers[1]["permalink"] == (
        f"{page}{second.ts.replace('.', '')}?thread_ts={first.ts}&cid=C0SALES"
    )


async def test_people_and_conversations_are_described(client):
    guest = (await client.users_info(user="U0GIA", include_locale=True))["user"]
    stranger = (await client.users_info(user="U0ZOE"))["user"]
    shared = (await client.conversations_info(channel="C0PARTNER"))["channel"]
    direct = (await client.conversations_open(users="U0ANA"))["channel"]

    assert (guest["is_restricted"], guest["locale"]) == (True, "en-US")
    assert (stranger["is_stranger"], stranger["team_id"]) == (True, "T0OTHER")
    assert shared["is_ext_shared"]
    assert direct["id"] == "D0ANA"


async def test_forms_stack_three_high_from_inside_the_form_only(client, slack):
    outside = await trigger(slack)
    button = {
        "type": "button",
        "action_id": "b",
        "text": {"type": "plain_text", "text": "More"},
    }
    view = {**MODAL, "blocks": [{"type": "actions", "elements": [button]}]}
    await client.views_open(trigger_id=await trigger(slack), view=view)
    assert await refusal(client, "views.push", trigger_id=outside, view=view) == "not_found"
    for _ in range(2):
        click = await slack.click(slack.view_of("U0ANA"), "More")
        await client.views_push(trigger_id=click.trigger_id, view=view)

    click = await slack.click(slack.view_of("U0ANA"), "More")
    too_high = await refusal(client, "views.push", trigger_id=click.trigger_id, view=view)

    assert too_high == "push_limit_reached"


async def test_an_old_hash_does_not_change_a_view(client, slack):
    opened = (await client.views_open(trigger_id=await trigger(slack), view=MODAL))["view"]
    args = {"view_id": opened["id"], "hash": opened["hash"], "view": MODAL}
    await client.views_update(**args)
    await client.views_publish(user_id="U0ANA", view=HOME)

    conflicts = [
        await refusal(client, "views.update", **args),
        await refusal(client, "views.publish", user_id="U0ANA", view=HOME, hash="old"),
    ]

    assert conflicts == ["hash_conflict", "hash_conflict"]
