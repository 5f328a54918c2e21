"""Forms of the sandbox Slack open, are filled in, sent, changed and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import NotOnScreenError
from tests.slack_bot import FORM, running

if TYPE_CHECKING:
    from bot.sandbox.slack import Exchange, OpenView, SandboxSlack


@pytest.fixture(params=["http", "socket"])
async def bot(request, slack: SandboxSlack):
    async with running(slack, request.param) as bot:
        yield bot


async def test_a_form_is_filled_in_and_sent_with_every_field(bot, slack):
    form = await slack.opened(await slack.command("form"))
    options = await slack.suggest(form, "Record", "Acme")
    file = slack.put_file("more.pdf", b"%PDF")

    sent = await slack.submit(form, {"Record": "Case #7, Acme", "more": [file.id]})

    values = bot.last["view"]["state"]["values"]
    assert [option["value"] for option in options] == ["case:7"]
    assert values["r"]["record"]["selected_option"]["value"] == "case:7"
    assert values["n"]["note"] == {"type": "plain_text_input", "value": None}
    assert values["f"]["more"]["files"][0]["name"] == "more.pdf"
    assert bot.last["view"]["private_metadata"] == "req-1"
    assert (sent.action, sent.errors, slack.view_of("U0ANA")) == ("", {}, None)


async def test_the_client_does_not_send_what_it_refuses(bot, slack):
    form = await slack.opened(await slack.command("form"))
    await slack.suggest(form, "record", "x")

    with pytest.raises(NotOnScreenError, match="Record: it is required"):
        await slack.submit(form)
    with pytest.raises(NotOnScreenError, match="no option"):
        await slack.submit(form, {"record": "Case #9"})
    with pytest.raises(NotOnScreenError, match="too long"):
        await slack.submit(form, {"record": "case:7", "note": "x" * 21})
    assert await slack.suggest(form, "record", "many") == []


@pytest.mark.parametrize(
    ("note", "title", "errors"),
    [
        ("wrong", "Attach to CRM", {"note": "Not this word"}),
        ("next", "Step 2", {}),
        ("other", "Other", {}),
        ("away", None, {}),
        ("", None, {}),
    ],
)
async def test_what_the_bot_says_to_a_form_happens(bot, slack, note, title, errors):
    form = await slack.opened(await slack.command("form"))
    await slack.suggest(form, "record", "x")

    sent = await slack.submit(form, {"record": "case:7", "note": note})

    now = slack.view_of("U0ANA")
    assert sent.errors == errors
    assert (now and now.title) == title


async def test_errors_at_unknown_fields_are_trouble(bot, slack):
    form = await slack.opened(await slack.command("form"))
    await slack.suggest(form, "record", "x")

    sent = await slack.submit(form, {"record": "case:7", "note": "bad"})

    assert "must name input blocks" in sent.trouble
    assert slack.view_of("U0ANA") is form


async def test_a_click_in_a_form_has_no_channel_and_can_change_the_form(bot, slack):
    form = await slack.opened(await slack.command("form"))

    click = await slack.click(form, "How?")

    assert (await slack.opened(click, "Explained")).title == "Explained"
    assert bot.last["container"] == {"type": "view", "view_id": form.id}
    assert not {"channel", "message", "response_url"} & bot.last.keys()


async def test_closing_a_form_is_told_when_asked_for(bot, slack):
    form = await slack.opened(await slack.global_shortcut("attach_global"))

    [told] = await slack.close(form)

    assert told.ack.status == 200
    assert (bot.last["type"], bot.last["is_cleared"]) == ("view_closed", False)
    assert slack.view_of("U0ANA") is None


def named(*names: str) -> list[dict[str, Any]]:
    return [{"text": {"type": "plain_text", "text": name}, "value": name[0]} for name in names]


def menus() -> list[dict[str, Any]]:
    """Return a menu, a group of boxes and an overflow, to be used at once."""
    ask = {"action_id": "ask", "options": named("Ask me", "Never"), "type": "static_select"}
    boxes = {"action_id": "boxes", "options": named("One", "Two"), "type": "checkboxes"}
    more = {"action_id": "more", "options": named("Check", "Disconnect"), "type": "overflow"}
    text = {"type": "mrkdwn", "text": "Settings"}
    return [
        {"type": "section", "block_id": "s", "text": text, "accessory": ask},
        {"type": "actions", "block_id": "a", "elements": [boxes, more]},
    ]


def chosen(exchange: Exchange) -> Any:
    [action] = exchange.payload["actions"]
    return action.get("selected_option") or action["selected_options"]


async def test_what_is_chosen_is_told_and_stays_chosen(slack):
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    await client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": menus()})
    home = slack.home_of("U0ANA")

    asked = await slack.click(home, "ask", choose="Never")
    boxes = await slack.click(home, "boxes", choose="T")
    more = await slack.click(home, "Disconnect")

    assert [chosen(one) for one in (asked, boxes, more)] == [
        *named("Never"),
        named("Two"),
        *named("Disconnect"),
    ]
    values = more.payload["view"]["state"]["values"]
    assert values["s"]["ask"]["selected_option"]["value"] == "N"
    assert values["a"]["boxes"]["selected_options"] == named("Two")
    with pytest.raises(NotOnScreenError, match="no option"):
        await slack.click(home, "ask", choose="Perhaps")
    with pytest.raises(NotOnScreenError, match="U0ANA"):
        await slack.click(home, "Disconnect", user="U0BEN")


async def test_a_menu_in_a_message_tells_its_choice(slack):
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    await client.chat_postMessage(channel="C0SALES", text="Settings", blocks=menus())
    [message] = slack.messages_of("U0ANA", "C0SALES")

    assert chosen(await slack.click(message, "ask", choose="Ask me")) == named("Ask me")[0]


async def test_the_cross_closes_every_form_and_tells_of_each(bot, slack):
    form = await slack.opened(await slack.command("form"))
    await slack.suggest(form, "record", "x")
    await slack.submit(form, {"record": "case:7", "note": "next"})

    told = await slack.close(slack.view_of("U0ANA"), everything=True)

    assert [one.payload["is_cleared"] for one in told] == [True, True]
    assert slack.view_of("U0ANA") is None


async def test_a_form_that_is_gone_cannot_be_used(bot, slack):
    form = await slack.opened(await slack.command("form"))
    await slack.close(form)

    with pytest.raises(NotOnScreenError, match="not on the screen"):
        await slack.submit(form, {"note": "x"})


async def form_with(slack: SandboxSlack, kind: str, **fields: Any) -> OpenView | None:
    """Open a form with one field, called It."""
    element = {"type": kind, "action_id": "it", **fields}
    label = {"type": "plain_text", "text": "It"}
    block = {"type": "input", "block_id": "b", "label": label, "element": element}
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    trigger = (await slack.global_shortcut("x")).trigger_id
    await client.views_open(trigger_id=trigger, view={**FORM, "blocks": [block]})
    return slack.view_of("U0ANA")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("url_text_input", "https://office.example.com"),
        ("email_text_input", "ana@example.com"),
        ("multi_users_select", ["U0BEN"]),
        ("datepicker", "2026-11-23"),
    ],
)
async def test_fields_take_what_the_client_takes(slack, kind, value):
    sent = await slack.submit(await form_with(slack, kind), {"It": value})

    assert value in sent.payload["view"]["state"]["values"]["b"]["it"].values()


@pytest.mark.parametrize(
    ("kind", "fields", "value"),
    [
        ("url_text_input", {}, "office"),
        ("email_text_input", {}, "ana"),
        ("number_input", {"is_decimal_allowed": True}, "seven"),
        ("plain_text_input", {"min_length": 2}, "x"),
    ],
)
async def test_fields_refuse_what_the_client_refuses(slack, kind, fields, value):
    form = await form_with(slack, kind, **fields)

    with pytest.raises(NotOnScreenError):
        await slack.submit(form, {"It": value})
