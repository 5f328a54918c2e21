"""*Attach to CRM record* on a message: what the form shows, and how it fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.portal_faults import Fault as PortalFault
from bot.sandbox.slack import Fault

if TYPE_CHECKING:
    from bot.sandbox.slack import Message, OpenView
    from tests.world import World

FILES = {"contract.pdf": b"signed" * 200_000, "prices.xlsx": b"12" * 24_000}


async def form_on(ana: World, message: Message, user: str = "U0ANA") -> OpenView:
    """Use the shortcut and return the form once it is filled."""
    exchange = await ana.slack.message_shortcut(message, "attach_message", user=user)
    return await ana.slack.opened(exchange, "Add files from your device")


def ticked(form: OpenView) -> list[str]:
    return [
        option["text"]["text"]
        for block in form.inputs
        if block["element"]["action_id"].startswith("ticked.")
        for option in block["element"].get("initial_options", ())
    ]


async def test_every_file_of_the_message_is_ticked(ana: World):
    shared = await ana.slack.share_files(FILES)

    form = await form_on(ana, shared.message)

    assert ticked(form) == ["contract.pdf", "prices.xlsx"]
    assert "PDF, 1.1 MB" in str(form.blocks)
    assert "From a message by <@U0ANA>." in form.all_text()
    assert "Connected as ana.reyes@office.example." in form.all_text()


async def test_a_form_to_wait_in_opens_first_and_is_filled_then(ana: World):
    shared = await ana.slack.share_files(FILES)

    await form_on(ana, shared.message)

    views = [call for call in ana.slack.calls if call.method.startswith("views.")][-2:]
    assert [call.method for call in views] == ["views.open", "views.update"]
    assert "Looking at the message" in str(views[0].args["view"])
    assert "hash" in views[1].args
    assert ana.slack.acks[-1].seconds < 2


async def test_it_works_in_threads(ana: World):
    first = ana.slack.say("Here they come")
    shared = await ana.slack.share_files(FILES, thread=first.ts)

    assert ticked(await form_on(ana, shared.message)) == ["contract.pdf", "prices.xlsx"]


async def test_twelve_files_stand_in_two_groups(ana: World):
    shared = await ana.slack.share_files({f"page-{n}.txt": b"x" for n in range(12)})

    form = await form_on(ana, shared.message)

    assert len(ticked(form)) == 12
    assert "Files in this message, 1 to 10" in form.labels
    assert "Files in this message, 11 to 12" in form.labels


async def test_what_cannot_go_is_shown_with_the_reason(unstarted: World):
    await unstarted.start(ATTACHBOT_BLOCKED_FILE_TYPES="exe")
    await unstarted.connect()
    shared = await unstarted.slack.share_files({**FILES, "run.exe": b"x", "plan": b"x"})
    shared.files[3].mode = "quip"

    form = await form_on(unstarted, shared.message)

    assert ticked(form) == ["contract.pdf", "prices.xlsx"]
    assert "2 files cannot be attached" in form.all_text()
    assert "Files of type .exe are not allowed here" in form.all_text()
    assert "“plan” is a Slack canvas" in form.all_text()


async def test_what_the_portal_does_not_take_is_said_before_it_is_tried(ana: World):
    ana.portal.data.store.storage.largest_file = 1_000_000
    shared = await ana.slack.share_files(FILES)

    form = await form_on(ana, shared.message)

    assert ticked(form) == ["prices.xlsx"]
    assert "contract.pdf is 1.1 MB. The limit is 977 KB." in form.all_text()


async def test_a_stub_is_asked_for(ana: World):
    shared = await ana.slack.share_files(FILES)
    shared.files[0].file_access = "check_file_info"
    shared.files[0].late = 1

    form = await form_on(ana, shared.message)

    assert ticked(form) == ["contract.pdf", "prices.xlsx"]


async def test_a_file_of_another_company_says_so(ana: World):
    shared = await ana.slack.share_files(FILES, channel="C0PARTNER")
    shared.files[0].file_access = shared.files[0].info_access = "check_file_info"

    form = await form_on(ana, shared.message)

    assert ticked(form) == ["prices.xlsx"]
    assert "belongs to another company" in form.all_text()
    assert "Another company reads here, so only you see the answer." in form.all_text()
    assert "Reply in the thread so others know" not in form.all_text()


async def test_where_the_bot_is_not_files_come_from_the_device(ana: World):
    shared = await ana.slack.share_files(FILES, channel="D0ANABEN", text="Between us")

    form = await form_on(ana, shared.message)

    assert ticked(form) == []
    assert "I cannot read this file, because I am not in this conversation" in form.all_text()
    assert "Reply in the thread so others know" not in form.all_text()


async def test_a_message_without_files_offers_the_device_and_a_note(ana: World):
    said = ana.slack.say("Signed by both")

    form = await form_on(ana, said)

    assert "This message has no files" in form.all_text()
    assert "Save the message text as a note file" in form.all_text()


async def test_who_is_not_connected_connects_first_and_goes_on_with_the_same_files(world: World):
    shared = await world.slack.share_files(FILES)
    exchange = await world.slack.message_shortcut(shared.message, "attach_message")
    form = await world.slack.opened(exchange, "CRM key")

    sent = await world.slack.submit(form, {"key": world.person("Ana Reyes").token})

    assert ticked(await world.slack.opened(sent, "Record")) == ["contract.pdf", "prices.xlsx"]


async def test_who_could_not_connect_in_time_is_offered_it_again(world: World):
    shared = await world.slack.share_files(FILES)
    world.slack.faults["views.open"] = Fault("expired_trigger_id", times=1)
    exchange = await world.slack.message_shortcut(shared.message, "attach_message")
    said = await world.slack.answer(exchange, "did not open the form in time")

    again = await world.slack.click(said, "Open the form again")
    form = await world.slack.opened(again, "CRM key")
    sent = await world.slack.submit(form, {"key": world.person("Ana Reyes").token})

    assert ticked(await world.slack.opened(sent, "Record")) == ["contract.pdf", "prices.xlsx"]


async def test_a_form_that_does_not_open_in_time_keeps_its_choices(ana: World):
    shared = await ana.slack.share_files(FILES)
    ana.slack.faults["views.open"] = Fault("expired_trigger_id")
    exchange = await ana.slack.message_shortcut(shared.message, "attach_message")
    said = await ana.slack.answer(exchange, "did not open the form in time")
    assert "Nothing was attached. Your choices are saved for a day." in said.all_text()

    ana.slack.faults.clear()
    again = await ana.slack.click(said, "Open the form again")

    assert ticked(await ana.slack.opened(again, "Record")) == ["contract.pdf", "prices.xlsx"]


@pytest.mark.parametrize("trouble", ["not_found", "hash_conflict"])
async def test_a_form_closed_before_it_was_filled_can_be_opened_again(ana: World, trouble: str):
    ana.slack.faults["views.update"] = Fault(trouble, times=1)
    shared = await ana.slack.share_files(FILES)
    exchange = await ana.slack.message_shortcut(shared.message, "attach_message")
    said = await ana.slack.answer(exchange, "could not fill in the form in time")

    again = await ana.slack.click(said, "Open the form again")

    assert ticked(await ana.slack.opened(again, "Record")) == ["contract.pdf", "prices.xlsx"]


async def test_nobody_opens_the_choices_of_another_person(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    shared = await ana.slack.share_files(FILES)
    ana.slack.faults["views.open"] = Fault("expired_trigger_id")
    mine = await ana.slack.message_shortcut(shared.message, "attach_message")
    other = await ana.slack.message_shortcut(shared.message, "attach_message", user="U0BEN")
    said = await ana.slack.answer(mine, "did not open")
    theirs = await ana.slack.answer(other, "did not open")
    ana.slack.faults.clear()
    value = said.blocks[-1]["elements"][0]["value"]
    theirs.blocks[-1]["elements"][0]["value"] = value
    ana.slack.workspace.messages[theirs.ts].blocks[-1]["elements"][0]["value"] = value

    clicked = await ana.slack.click(theirs, "Open the form again", user="U0BEN")

    answer = await ana.slack.answer(clicked)
    assert "I do not have the choices of this form any more" in answer.all_text()
    assert ana.slack.view_of("U0BEN") is None


async def test_a_shortcut_delivered_twice_opens_one_form(ana: World):
    shared = await ana.slack.share_files(FILES)
    exchange = await ana.slack.message_shortcut(shared.message, "attach_message")
    await ana.slack.opened(exchange, "Files in this message")

    await ana.slack.redeliver(exchange)
    await ana.say("status")

    said = [one for one in ana.slack.messages_of("U0ANA", "C0SALES") if one.ephemeral]
    assert [one.text for one in said if "form" in one.text] == []


async def test_a_bot_that_is_stopped_fills_the_form_first(ana: World):
    ana.portal.faults.add(PortalFault(match=("GET", "settings/quota"), latency=0.3))
    shared = await ana.slack.share_files(FILES)
    await ana.slack.message_shortcut(shared.message, "attach_message")

    await ana.stop()

    form = ana.slack.view_of("U0ANA")
    assert form is not None
    assert ticked(form) == ["contract.pdf", "prices.xlsx"]


@pytest.mark.parametrize("trouble", ["drop", 500])
async def test_a_form_is_filled_when_slack_takes_it_after_all(ana: World, trouble: str | int):
    ana.slack.faults["views.update"] = Fault(trouble, times=1)
    shared = await ana.slack.share_files(FILES)

    assert ticked(await form_on(ana, shared.message)) == ["contract.pdf", "prices.xlsx"]
