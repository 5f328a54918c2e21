"""What the sandbox Slack hands out runs out as Slack's does, and it breaks when told to."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientError, ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack import Fault, SandboxSlack
from bot.sandbox.slack_limits import Limit
from tests.slack_bot import Clock, refusal

MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "T"},
    "blocks": [{"type": "divider"}],
}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def slack(clock: Clock):
    async with SandboxSlack(clock=clock) as slack:
        yield slack


@pytest.fixture
async def client(slack: SandboxSlack):
    return AsyncWebClient(
        token=slack.bot_token, base_url=slack.api_url, team_id=slack.team, retry_handlers=[]
    )


async def test_a_trigger_opens_one_form_within_three_seconds(client, slack, clock):
    good, late = [(await slack.global_shortcut("x")).trigger_id for _ in range(2)]
    await client.views_open(trigger_id=good, view=MODAL)
    used = await refusal(client, "views.open", trigger_id=good, view=MODAL)
    clock.now += 4

    expired = await refusal(client, "views.open", trigger_id=late, view=MODAL)

    assert (used, expired) == ("exchanged_trigger_id", "expired_trigger_id")


async def test_a_response_url_works_five_times(slack):
    url = AsyncWebhookClient((await slack.command("x")).response_url)

    answers = [await url.send(text=f"{number}") for number in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[-1].body == "used_url"
    assert len(slack.messages_of("U0ANA", "C0SALES")) == 5


async def test_a_response_url_works_for_thirty_minutes(slack, clock):
    url = AsyncWebhookClient((await slack.command("x")).response_url)
    clock.now += 31 * 60

    answer = await url.send(text="late")

    assert (answer.status_code, answer.body) == (404, "expired_url")


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"response_type": "ephemeral"}, "no_text"),
        ({"text": "x", "colour": "red"}, "invalid_payload"),
        ({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
    ],
)
async def test_a_response_url_refuses_wrong_messages(slack, message, error):
    url = AsyncWebhookClient((await slack.command("x")).response_url)

    answer = await url.send_dict(message)

    assert (answer.status_code, answer.body) == (400, error)


async def test_the_url_of_a_command_replaces_nothing_and_that_of_a_click_does(slack):
    button = {"type": "button", "action_id": "b", "text": {"type": "plain_text", "text": "Go"}}
    command = AsyncWebhookClient((await slack.command("x")).response_url)
    await command.send(text="1", blocks=[{"type": "actions", "elements": [button]}])
    await command.send(text="2", replace_original=True)
    first, _ = slack.messages_of("U0ANA", "C0SALES")
    click = AsyncWebhookClient((await slack.click(first, "Go")).response_url)

    await click.send(text="3", replace_original=True)
    texts = [shown.text for shown in slack.messages_of("U0ANA", "C0SALES")]
    await click.send(delete_original=True)

    assert texts == ["3", "2"]
    assert [shown.text for shown in slack.messages_of("U0ANA", "C0SALES")] == ["2"]


async def test_an_answer_in_the_channel_is_for_all(slack):
    url = AsyncWebhookClient((await slack.command("x")).response_url)

    await url.send(text="all", response_type="in_channel")

    assert [shown.text for shown in slack.messages_of("U0BEN", "C0SALES")] == ["all"]


async def test_file_bytes_need_the_token_else_there_is_a_login_page(client, slack):
    file = slack.put_file("a.pdf", b"%PDF-1.7")
    url = (await client.files_info(file=file.id))["file"]["url_private_download"]
    async with ClientSession(headers={"Authorization": f"Bearer {slack.bot_token}"}) as session:
        right = await (await session.get(url)).read()
        slack.scopes.discard("files:read")
        without_scope = await session.get(url)
    async with ClientSession() as session:
        without_token = await session.get(url)

    assert right == b"%PDF-1.7"
    for page in (without_scope, without_token):
        assert (page.status, page.content_type) == (200, "text/html")


async def test_a_stub_of_a_file_is_told_in_full_by_files_info(client, slack):
    slack.subscriptions.add("message.channels")
    shared = await slack.share_files({"a.pdf": b"%PDF"}, channel="C0PARTNER")
    [file] = shared.files
    file.file_access = "check_file_info"

    info = (await client.files_info(file=file.id))["file"]

    assert info["size"] == 4
    assert shared.exchanges[0].payload["is_ext_shared_channel"]


async def test_rate_limits_come_with_a_time_to_wait(client, slack):
    slack.faults["auth.test"] = Fault(429, times=1, retry_after=7)

    with pytest.raises(SlackApiError) as raised:
        await client.auth_test()

    assert raised.value.response["error"] == "ratelimited"
    assert raised.value.response.headers["Retry-After"] == "7"
    assert (await client.auth_test())["team_id"] == slack.team


async def test_a_limit_takes_so_many_calls_in_a_while_and_says_when_the_next(client, slack, clock):
    slack.limits["chat.postMessage"] = Limit(2, seconds=60)
    waits = []
    for pause in (0, 20, 10, 29.5, 0.5):
        clock.now += pause
        try:
            await client.chat_postMessage(channel="C0SALES", text="x")
        except SlackApiError as refused:
            waits.append((refused.response["error"], refused.response.headers["Retry-After"]))
    await client.chat_update(
        channel="C0SALES", ts=slack.messages_of("U0ANA", "C0SALES")[0].ts, text="y"
    )

    assert waits == [("ratelimited", "30"), ("ratelimited", "1")]
    assert [shown.text for shown in slack.messages_of("U0ANA", "C0SALES")] == ["y", "x", "x"]


async def test_a_call_may_have_worked_although_slack_says_that_it_failed(client, slack):
    slack.faults["chat.postMessage"] = Fault("internal_error", times=1, acts=True)

    assert (
        await refusal(client, "chat.postMessage", channel="C0SALES", text="x") == "internal_error"
    )

    assert [shown.text for shown in slack.messages_of("U0ANA", "C0SALES")] == ["x"]


@pytest.mark.parametrize(("what", "posted"), [("drop", []), ("drop_after", ["x"])])
async def test_a_dropped_call_may_have_worked(client, slack, what, posted):
    slack.faults["chat.postMessage"] = Fault(what, times=1)

    with pytest.raises(ClientError):
        await client.chat_postMessage(channel="C0SALES", text="x")

    assert [shown.text for shown in slack.messages_of("U0ANA", "C0SALES")] == posted


@pytest.mark.parametrize(
    ("what", "error"), [("fatal_error", "fatal_error"), (500, "internal_error")]
)
async def test_a_fault_can_be_slacks_own_word_or_a_status(client, slack, what, error):
    slack.faults["auth.test"] = Fault(what)

    assert await refusal(client, "auth.test") == error


async def test_response_urls_and_files_break_too(client, slack):
    url = (await slack.command("x")).response_url
    file = (await client.files_info(file=slack.put_file("a", b"a").id))["file"]["url_private"]
    slack.faults["response_url"] = Fault(500, times=1)
    slack.faults["files"] = Fault(503, times=1)

    broken = await AsyncWebhookClient(url).send(text="x")
    async with ClientSession() as session:
        download = await session.get(file)
    slack.faults["response_url"] = Fault("drop")
    with pytest.raises(ClientError):
        await AsyncWebhookClient(url, retry_handlers=[]).send(text="x")

    assert (broken.status_code, download.status) == (500, 503)


async def test_a_call_that_hangs_is_let_go_when_the_sandbox_closes():
    async with ClientSession() as session:
        async with SandboxSlack() as slack:
            slack.faults["api.test"] = Fault("hang")
            hanging = asyncio.create_task(session.get(f"{slack.api_url}api.test"))
            await slack.until(lambda: slack.calls, "the call")

        with pytest.raises(ClientError):
            await hanging

    assert [call.method for call in slack.calls] == ["api.test"]


async def test_a_socket_needs_a_ticket_and_a_ticket_works_once(slack):
    client = AsyncWebClient(base_url=slack.api_url)
    ticket = str((await client.apps_connections_open(app_token=slack.app_token))["url"])
    async with ClientSession() as session, session.ws_connect(ticket) as ws:
        hello = await ws.receive_json()
        again = await session.get(ticket.replace("ws", "http", 1))

    assert hello["type"] == "hello"
    assert again.status == 403


async def test_an_eleventh_connection_is_sent_away(slack):
    client = AsyncWebClient(base_url=slack.api_url)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession())
        answers = []
        for _ in range(11):
            url = str((await client.apps_connections_open(app_token=slack.app_token))["url"])
            last = await stack.enter_async_context(session.ws_connect(url))
            answers.append(await last.receive_json())

    assert answers[-1]["reason"] == "too_many_websockets"
