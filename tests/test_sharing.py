"""Files shared in a linked channel: one private prompt a message, and what people answer to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.slack import Fault
from tests.sharing import (
    CASE_7,
    CASE_9,
    DEAL_31,
    OFFER,
    PRICES,
    asked,
    digests,
    prompt,
    saying,
    sha,
)

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture
async def linked(ana: World) -> World:
    """Return a world in which Ana is connected, and #sales is linked to Case #7."""
    await ana.say("link case 7")
    return ana


def told_of_files(world: World) -> list[Any]:
    return [one.payload["event"] for one in world.slack.exchanges if "event" in one.payload]


async def test_the_files_of_a_message_are_asked_about_once_and_attached_by_one_click(
    linked: World,
):
    await linked.slack.share_files({"offer.pdf": OFFER, "prices.xlsx": PRICES})
    shown = await prompt(linked)

    await linked.slack.click(shown, "Attach to Case #7")
    done = await saying(linked, "Attached 2 files to Case #7")

    assert shown.ephemeral
    assert shown.text == (
        "Add offer.pdf and prices.xlsx to CRM? This channel is linked to Case #7, Acme onboarding."
    )
    assert shown.buttons[:3] == ["Attach to Case #7", "Other record", "Not now"]
    assert digests(linked) == {"offer.pdf": sha(OFFER), "prices.xlsx": sha(PRICES)}
    assert (done.ephemeral, done.ts) == (True, shown.ts)
    assert asked(linked) == []


async def test_nothing_is_attached_and_nobody_else_sees_anything_before_the_choice(linked: World):
    await linked.slack.share_files({"offer.pdf": OFFER})
    shown = await prompt(linked)

    await linked.slack.click(shown, "Not now")
    await saying(linked, "Not added: offer.pdf")

    assert len(linked.portal.events_of(CASE_7)) == 1
    assert asked(linked) == []
    assert [one.author for one in linked.slack.messages_of("U0BEN", "C0SALES")] == ["U0ANA"]


async def test_events_of_a_message_that_come_twice_and_in_any_order_ask_once(linked: World):
    shared = await linked.slack.share_files({f"{name}.pdf": OFFER for name in "abc"})
    await asyncio.gather(*(linked.slack.redeliver(one) for one in reversed(shared.exchanges)))
    shown = await prompt(linked)
    for exchange in shared.exchanges:
        await linked.slack.redeliver(exchange)
    await linked.slack.share_files({"marker.pdf": PRICES})
    await saying(linked, "Add *marker.pdf*")

    assert shown.text.startswith("Add a.pdf, b.pdf and c.pdf to CRM?")
    assert len(asked(linked)) == 2


async def test_a_message_event_beside_it_is_the_same_upload(linked: World):
    linked.slack.subscriptions.add("message.channels")

    await linked.slack.share_files({"offer.pdf": OFFER})
    await linked.slack.share_files({"marker.pdf": PRICES})
    await saying(linked, "Add *marker.pdf*")

    assert {one["type"] for one in told_of_files(linked)} == {"message", "file_shared"}
    assert len(asked(linked)) == 2


async def test_in_a_thread_prompt_and_summary_stand_in_the_thread(linked: World):
    parent = linked.slack.say("The offer?", user="U0BEN")
    await linked.slack.share_files({"offer.pdf": OFFER}, thread=parent.ts)
    shown = await prompt(linked)

    await linked.slack.click(shown, "Attach to Case #7")
    done = await saying(linked, "Attached 1 file to Case #7")

    assert (shown.thread, done.thread) == (parent.ts, parent.ts)


async def test_what_was_told_before_a_stop_is_asked_after_the_start(linked: World):
    await linked.slack.share_files({"offer.pdf": OFFER})
    await linked.stop()
    assert asked(linked) == []

    await linked.start()
    shown = await prompt(linked)
    await linked.stop()
    await linked.start()
    await linked.slack.click(shown, "Attach to Case #7")

    await saying(linked, "Attached 1 file to Case #7")
    assert digests(linked) == {"offer.pdf": sha(OFFER)}


@pytest.mark.parametrize("trouble", ["drop_after", 500])
async def test_a_prompt_that_may_have_been_seen_is_not_repeated(linked: World, trouble: str | int):
    linked.slack.faults["chat.postEphemeral"] = Fault(trouble, times=1)

    await linked.slack.share_files({"offer.pdf": OFFER})
    await linked.slack.until(lambda: _calls(linked, "chat.postEphemeral") or None)
    await linked.stop()
    await linked.start()
    await linked.slack.share_files({"marker.pdf": PRICES})
    await saying(linked, "Add *marker.pdf*")

    assert len(asked(linked)) == (2 if trouble == "drop_after" else 1)
    assert len(_calls(linked, "chat.postEphemeral")) == 2
    assert _calls(linked, "chat.postMessage") == []


async def test_a_prompt_that_slack_sends_away_for_a_while_comes_later(linked: World):
    linked.slack.faults["chat.postEphemeral"] = Fault("ratelimited", times=1)

    await linked.slack.share_files({"offer.pdf": OFFER})

    await prompt(linked)


async def test_who_is_not_connected_not_of_this_company_or_no_person_is_not_asked(linked: World):
    await linked.say("link case 7", channel="C0PARTNER")

    await linked.slack.share_files({"ben.pdf": OFFER}, user="U0BEN")
    await linked.slack.share_files({"gia.pdf": OFFER}, user="U0GIA")
    await linked.slack.share_files({"hal.pdf": OFFER}, user="U0HAL")
    await linked.slack.share_files({"zoe.pdf": OFFER}, user="U0ZOE", channel="C0PARTNER")
    await linked.slack.share_files({"none.pdf": OFFER}, channel="C0DEALS")
    await linked.slack.share_files({"marker.pdf": PRICES}, channel="C0PARTNER")
    await prompt(linked, channel="C0PARTNER")

    people = {call.args["user"] for call in linked.slack.calls if "Add " in str(call.args)}
    assert people == {"U0ANA"}
    assert asked(linked) == asked(linked, channel="C0DEALS") == []


async def test_who_may_not_see_the_record_is_not_asked(linked: World):
    await linked.connect(user="U0BEN", name="Ben Ito")
    ana = linked.person("Ana Reyes")
    secret = linked.portal.case("Secret", private_to=[ana])
    await linked.say(f"link case {secret.id}")

    await linked.slack.share_files({"ben.pdf": OFFER}, user="U0BEN")
    await linked.slack.share_files({"ana.pdf": OFFER})
    shown = await prompt(linked)

    assert "Secret" in shown.text
    assert asked(linked, "U0BEN") == []


async def test_a_portal_that_does_not_answer_costs_the_title_only(linked: World):
    linked.portal.state = "down"

    await linked.slack.share_files({"offer.pdf": OFFER})
    shown = await prompt(linked)

    assert shown.text == "Add offer.pdf to CRM? This channel is linked to Case #7."


async def test_what_cannot_go_is_named_beside_what_can(linked: World):
    await linked.slack.share_files(
        {"offer.pdf": OFFER, "Plan": b"<h1>", "empty.txt": b"", "link.pdf": OFFER},
        odd={"Plan": {"mode": "quip"}, "link.pdf": {"mode": "external", "is_external": True}},
    )
    shown = await prompt(linked)

    await linked.slack.click(shown, "Attach to Case #7")
    await saying(linked, "Attached 1 file to Case #7")

    said = shown.all_text()
    assert "Add *offer.pdf*" in said
    assert "*3 files cannot be attached*" in said
    assert "“Plan” is a Slack canvas. I can attach files, not canvases." in said
    assert "empty.txt is empty." in said
    assert "“link.pdf” is a link to another place." in said
    assert digests(linked) == {"offer.pdf": sha(OFFER)}


async def test_files_none_of_which_can_go_are_not_asked_about_in_a_channel(linked: World):
    await linked.slack.share_files({"empty.txt": b""})
    await linked.slack.share_files({"marker.pdf": PRICES})
    await saying(linked, "Add *marker.pdf*")

    assert len(asked(linked)) == 1


async def test_a_new_file_that_slack_knows_late_is_asked_about(linked: World):
    late = {"late": 1, "processing": 1}
    await linked.slack.share_files({"offer.pdf": OFFER}, odd={"offer.pdf": late})
    shown = await prompt(linked)

    assert "Add *offer.pdf* (PDF, 75 KB) to CRM?" in shown.all_text()


async def test_the_answer_is_the_persons_own_and_counts_once(linked: World):
    await linked.slack.share_files({"offer.pdf": OFFER})
    shown = await prompt(linked)
    value = next(
        part["value"]
        for block in shown.blocks
        for part in block.get("elements", [])
        if part.get("action_id") == "share.attach.1"
    )

    click = await linked.slack.click(shown, "Attach to Case #7")
    await asyncio.gather(*(linked.slack.redeliver(click) for _ in range(3)))
    await saying(linked, "Attached 1 file to Case #7")
    await linked.say("status")

    assert value.endswith("|0")
    assert len(linked.portal.events_of(CASE_7)) == 2


async def test_other_record_is_chosen_in_the_form_and_its_outcome_takes_the_place(linked: World):
    await linked.slack.share_files({"offer.pdf": OFFER, "prices.xlsx": PRICES})
    shown = await prompt(linked)

    form = await linked.slack.opened(await linked.slack.click(shown, "Other record"), "offer.pdf")
    assert "Case #7" not in str(form.state)
    await linked.slack.suggest(form, "record", "renewal")
    sent = await linked.slack.submit(form, {"record": "Opportunity #31, Acme renewal"})
    done = await saying(linked, "Attached 2 files to Opportunity #31")

    assert not sent.errors
    assert done.ts == shown.ts
    assert digests(linked, DEAL_31) == {"offer.pdf": sha(OFFER), "prices.xlsx": sha(PRICES)}
    assert len(linked.portal.events_of(CASE_7)) == 1


async def test_the_form_of_a_linked_channel_has_its_record_and_links_another(linked: World):
    form = await linked.slack.opened(await linked.slack.command("10"))
    assert "Case #7" in str(form.state)
    await linked.slack.suggest(form, "record", "renewal")

    link = {"opts": ["Use this record in this channel from now on"]}
    await linked.slack.submit(form, {"record": "Opportunity #31, Acme renewal", **link})
    await saying(linked, "Attached 1 file to Opportunity #31")

    status = await linked.say("status")
    assert "This channel is linked to Opportunity #31." in status.all_text()


# what people decide for later


@pytest.mark.parametrize(
    ("choice", "elsewhere"),
    [("Stop asking in this channel", True), ("Stop asking me anywhere", False)],
)
async def test_asking_can_be_stopped_and_taken_up_again(
    linked: World, choice: str, elsewhere: bool
):
    await linked.say("link case 9", channel="C0DEALS")
    await linked.slack.share_files({"offer.pdf": OFFER})
    await linked.slack.click(await prompt(linked), choice)
    await saying(linked, "I do not ask you about shared files")

    await linked.slack.share_files({"again.pdf": OFFER})
    await linked.slack.share_files({"there.pdf": OFFER}, channel="C0DEALS")
    await linked.slack.share_files({"direct.pdf": OFFER}, channel="D0ANA")
    await prompt(linked, channel="D0ANA")
    if elsewhere:
        await prompt(linked, channel="C0DEALS")
    status = await linked.say("status", channel="C0DEALS")
    await linked.slack.click(status, "Ask me again")
    await saying(linked, "I ask you again", channel="C0DEALS")
    await linked.slack.share_files({"marker.pdf": PRICES})

    shown = await prompt(linked)
    assert "marker.pdf" in shown.text
    assert "as you wished" in status.all_text()
    assert len(asked(linked, channel="C0DEALS")) == elsewhere
    assert len(linked.portal.events_of(CASE_7)) == 1


async def test_always_is_for_the_persons_own_files_in_that_channel(linked: World):
    await linked.connect(user="U0BEN", name="Ben Ito")
    await linked.slack.share_files({"offer.pdf": OFFER})
    always = "Always use Case #7 in this channel"
    await linked.slack.click(await prompt(linked), always)
    await saying(linked, "go to Case #7 from now on")
    await saying(linked, "Attached 1 file to Case #7")

    await linked.slack.share_files({"prices.xlsx": PRICES, "empty.txt": b""})
    await saying(linked, "Attached 1 of 2 files to Case #7")
    await linked.slack.share_files({"ben.pdf": b"%PDF ben"}, user="U0BEN")
    await prompt(linked, "U0BEN")

    assert digests(linked) == {"prices.xlsx": sha(PRICES)}
    assert asked(linked) == []
    status = await linked.say("status")
    assert "go to Case #7 without asking, as you wished" in status.all_text()


@pytest.mark.parametrize("ends", ["Ask me again", "link case 9", "disconnect"])
async def test_always_ends(linked: World, ends: str):
    await linked.slack.share_files({"offer.pdf": OFFER})
    always = "Always use Case #7 in this channel"
    await linked.slack.click(await prompt(linked), always)
    await saying(linked, "Attached 1 file to Case #7")
    if ends == "Ask me again":
        await linked.slack.click(await linked.say("status"), ends)
    else:
        await linked.say(ends)
    if ends == "disconnect":
        await linked.connect()

    await linked.slack.share_files({"prices.xlsx": PRICES})
    await prompt(linked)

    assert len(linked.portal.events_of(CASE_7)) == 2
    assert len(linked.portal.events_of(CASE_9)) == 0


async def test_files_of_another_person_that_are_shared_again_are_asked_about(linked: World):
    await linked.slack.share_files({"offer.pdf": OFFER})
    always = "Always use Case #7 in this channel"
    await linked.slack.click(await prompt(linked), always)
    await saying(linked, "Attached 1 file to Case #7")

    shared = await linked.slack.share_files({"prices.xlsx": PRICES}, user="U0BEN")
    again = {**shared.exchanges[0].payload["event"], "user_id": "U0ANA", "event_ts": "9.9"}
    await linked.slack.event(again)
    await prompt(linked)

    assert len(linked.portal.events_of(CASE_7)) == 2


async def test_many_messages_in_a_row_are_no_flood(linked: World):
    for number in range(1, 8):
        await linked.slack.share_files({f"{number}.pdf": OFFER})
    await linked.slack.until(lambda: len(asked(linked)) == 5 or None)
    await linked.slack.share_files({"marker.pdf": PRICES}, channel="D0ANA")
    await prompt(linked, channel="D0ANA")

    said = [one.all_text() for one in asked(linked)]
    assert len(said) == 5
    assert ["for some minutes" in one for one in said] == [False] * 4 + [True]


def _calls(world: World, method: str) -> list[Any]:
    return [
        call for call in world.slack.calls if call.method == method and "Add " in str(call.args)
    ]
