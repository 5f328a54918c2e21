"""The attach form: opened by commands, buttons and the global shortcut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain import EntityRef, EntityType
from bot.sandbox.portal_faults import Fault as PortalFault
from bot.sandbox.slack import Fault

if TYPE_CHECKING:
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)


async def test_a_record_alone_opens_the_form_with_it_filled_in(ana: World):
    form = await ana.slack.opened(await ana.slack.command("case 7"))

    sent = await ana.slack.submit(form, {"files": "12-13"})

    assert sent.ack.good
    answer = (await ana.slack.shown("U0ANA", "C0SALES"))[-1]
    assert answer.text.startswith("Attached 2 files to Case #7")


async def test_files_alone_open_the_form_and_the_record_is_searched(ana: World):
    form = await ana.slack.opened(await ana.slack.command("12,13"))
    options = await ana.slack.suggest(form, "record", "Acme")
    assert {option["text"]["text"] for option in options} == {
        "Case #7, Acme onboarding",
        "Opportunity #31, Acme renewal",
        "Company #4, Acme Ltd",
    }

    await ana.slack.submit(form, {"record": "Case #7, Acme onboarding"})

    answer = (await ana.slack.shown("U0ANA", "C0SALES"))[-1]
    assert answer.text.startswith("Attached 2 files to Case #7")


async def test_without_letters_the_newest_records_are_suggested(ana: World):
    form = await ana.slack.opened(await ana.slack.command(""))

    options = await ana.slack.suggest(form, "record")

    assert "Case #7, Acme onboarding" in {option["text"]["text"] for option in options}


async def test_suggestions_come_in_time_when_the_portal_does_not(ana: World):
    ana.portal.faults.add(PortalFault(match=("GET", "opportunity"), latency=10))
    form = await ana.slack.opened(await ana.slack.command(""))

    options = await ana.slack.suggest(form, "record", "Acme")

    assert "Case #7, Acme onboarding" in {option["text"]["text"] for option in options}
    assert ana.slack.acks[-1].seconds < 3


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ("12,x", 'I read file 12, but not "x".'),
        ("contract.pdf", "contract.pdf"),
        ("1-51", "50 is the most"),
    ],
)
async def test_what_is_no_file_is_said_at_its_field(ana: World, files: str, says: str):
    form = await ana.slack.opened(await ana.slack.command("case 7"))

    sent = await ana.slack.submit(form, {"files": files})

    assert says in sent.errors["files"]
    assert len(ana.portal.events_of(CASE_7)) == 1


async def test_blanks_separate_files_in_the_form(ana: World):
    form = await ana.slack.opened(await ana.slack.command("case 7"))

    await ana.slack.submit(form, {"files": "12 13 -- both"})

    answer = (await ana.slack.shown("U0ANA", "C0SALES"))[-1]
    assert answer.text.startswith("Attached 2 files to Case #7")


async def test_the_shortcut_opens_the_empty_form_and_answers_in_the_direct_message(ana: World):
    form = await ana.slack.opened(await ana.slack.global_shortcut("attach_global"))
    await ana.slack.suggest(form, "record", "7")

    await ana.slack.submit(form, {"record": "Case #7, Acme onboarding", "files": "12"})

    answer = (await ana.slack.shown("U0ANA", "U0ANA"))[-1]
    assert answer.text.startswith("Attached 1 file to Case #7")


async def test_attach_more_opens_the_form_for_the_same_record(ana: World):
    first = await ana.say("case 7 12")
    form = await ana.slack.opened(await ana.slack.click(first, "Attach more"))

    await ana.slack.submit(form, {"files": "13"})

    answer = (await ana.slack.shown("U0ANA", "C0SALES", 2))[-1]
    assert answer.text == "Attached 1 file to Case #7, Acme onboarding: price-list.xlsx."


async def test_who_is_not_connected_connects_first_and_then_gets_the_form(world: World):
    form = await world.slack.opened(await world.slack.command("case 7"))
    assert "CRM key" in form.all_text()

    sent = await world.slack.submit(form, {"key": world.person("Ana Reyes").token})
    attach = await world.slack.opened(sent)

    assert "Attach to CRM" in attach.all_text() or attach.content["callback_id"] == "attach"
    assert "Case #7" in attach.all_text()


@pytest.mark.parametrize("trouble", ["expired_trigger_id", "drop", "hang", 500])
async def test_a_form_that_slack_does_not_open_is_told_in_time(ana: World, trouble: str | int):
    ana.slack.faults["views.open"] = Fault(trouble)

    exchange = await ana.slack.command("case 7")

    assert exchange.ack.seconds < 3
    assert exchange.said is not None
    assert exchange.said["text"]


async def test_a_form_sent_twice_attaches_once(ana: World):
    form = await ana.slack.opened(await ana.slack.command("case 7"))
    sent = await ana.slack.submit(form, {"files": "12"})
    await ana.slack.shown("U0ANA", "C0SALES")

    await ana.slack.redeliver(sent)
    await ana.say("status")

    assert len(ana.portal.events_of(CASE_7)) == 2
