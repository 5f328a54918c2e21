"""A channel is linked to a record: by whom, what is shown of it, and what `here` means then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain import EntityRef, EntityType
from bot.sandbox.portal_faults import Fault as PortalFault

if TYPE_CHECKING:
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)


async def test_a_link_is_confirmed_with_the_title_and_told_by_number_only(ana: World):
    linked = await ana.say("link case 7")
    status = await ana.say("status", user="U0BEN")

    assert linked.text.startswith("This channel is now linked to Case #7, Acme onboarding.")
    assert "Nothing is attached without them." in linked.all_text()
    assert "This channel is linked to Case #7." in status.all_text()
    assert "Acme" not in status.all_text()
    assert ana.slack.messages_of("U0BEN", "C0SALES") == [status]


async def test_here_is_the_record_that_the_channel_is_linked_to(ana: World):
    await ana.say("link case 7")

    attached = await ana.say("here 12")
    listed = await ana.say("list here")
    elsewhere = await ana.say("here 12", channel="C0DEALS")

    assert attached.text.startswith("Attached 1 file to Case #7")
    assert listed.text.startswith("Case #7, Acme onboarding, has")
    assert "No record is linked to this channel." in elsewhere.text
    assert "/attach link case 7" in elsewhere.all_text()


async def test_here_alone_opens_the_form_with_the_record(ana: World):
    await ana.say("link case 7")

    form = await ana.slack.opened(await ana.slack.command("here"))

    assert "Case #7" in form.all_text()


async def test_what_cannot_be_seen_cannot_be_linked(ana: World):
    answer = await ana.say("link case 404")
    status = await ana.say("status")

    assert answer.text.startswith("Case #404 was not found.")
    assert "linked" not in status.all_text()


async def test_a_name_links_too_and_several_records_are_asked_about(ana: World):
    ana.portal.opportunity("Acme support", id=32)
    asked = await ana.say("link deal Acme")

    click = await ana.slack.click(asked, "Opportunity #32, Acme support")

    answer = await ana.slack.answer(click)
    assert "link this channel" in asked.all_text()
    assert answer.text.startswith("This channel is now linked to Opportunity #32")


async def test_a_link_waits_for_the_account_and_for_the_portal(world: World):
    exchange = await world.slack.command("link case 7")
    first = await world.slack.answer(exchange)
    fault = world.portal.faults.add(PortalFault(match=("GET", r"/crm/case/7$"), drop="before"))
    await world.connect()
    await world.stop()
    world.portal.faults.remove(fault)
    await world.start()

    answer = await world.slack.answer(exchange, "is now linked")

    assert "Your request to link this channel to Case #7 is saved" in first.text
    assert answer.text.startswith("This channel is now linked to Case #7")


async def test_the_newest_link_holds_and_unlink_ends_it(ana: World):
    await ana.say("link case 7")
    await ana.say("link case 9")
    status = await ana.say("status")

    ended = await ana.say("unlink")
    again = await ana.say("unlink")

    assert "This channel is linked to Case #9." in status.all_text()
    assert ended.text.startswith("This channel is no longer linked to Case #9.")
    assert again.text.startswith("This channel was not linked to a record.")
    assert "No record is linked" in (await ana.say("here 12")).text


async def test_the_button_links_the_same_record_again(ana: World):
    await ana.say("link case 7")
    ended = await ana.say("unlink")

    answer = await ana.slack.answer(await ana.slack.click(ended, "Link it again"))

    assert answer.text.startswith("This channel is now linked to Case #7")


async def test_a_link_outlives_a_restart_and_not_the_app(ana: World):
    await ana.say("link case 7")
    await ana.stop()
    await ana.start()
    assert "Case #7" in (await ana.say("status")).all_text()

    await ana.slack.event({"type": "app_uninstalled"})

    assert "linked" not in (await ana.say("status")).all_text()


@pytest.mark.parametrize("text", ["link", "link 12 here", "link here"])
async def test_a_link_needs_a_record(ana: World, text: str):
    answer = await ana.say(text)

    assert "Nothing was" in answer.all_text()
    assert "linked" not in (await ana.say("status")).all_text()
