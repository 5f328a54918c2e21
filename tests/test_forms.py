"""The attach form: opened by commands, buttons and the global shortcut."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.domain import EntityRef, EntityType
from bot.sandbox.portal_faults import Fault as PortalFault
from bot.sandbox.slack import Fault

if TYPE_CHECKING:
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)


def days_pass(world: World) -> None:
    """Let what is stored of forms be two days older; the bot does not run."""
    with closing(sqlite3.connect(world.settings.database_url.removeprefix("sqlite:///"))) as db, db:
        db.execute("update drafts set made_at = '2026-01-01T00:00:00+00:00'")


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


async def test_a_link_to_a_file_in_slack_alone_opens_the_form_with_it_ticked(ana: World):
    file = ana.slack.put_file("offer.pdf", b"%PDF offer")
    link = f"https://acme.slack.com/files/U0ANA/{file.id}/offer.pdf"
    form = await ana.slack.opened(await ana.slack.command(link), "offer.pdf")
    await ana.slack.suggest(form, "record", "7")

    await ana.slack.submit(form, {"record": "case:7"})

    answer = (await ana.slack.shown("U0ANA", "C0SALES"))[-1]
    assert answer.text.startswith("Attached 1 file to Case #7")


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


async def test_a_form_that_was_open_for_days_keeps_its_choices(ana: World):
    form = await ana.slack.opened(await ana.slack.command("case 7"))
    await ana.stop()
    days_pass(ana)
    await ana.start()

    late = await ana.slack.opened(await ana.slack.submit(form, {"files": "12-13"}))
    assert "This form was open too long" in late.all_text()
    assert "Nothing was attached. Your choices are saved for a day." in late.all_text()
    again = await ana.slack.opened(await ana.slack.click(late, "Open the form again"), "Record")

    assert "Case #7" in again.all_text()
    assert "12-13" in again.all_text()
    sent = await ana.slack.submit(again)
    assert sent.ack.good
    assert ana.slack.view_of("U0ANA") is None
    answer = (await ana.slack.shown("U0ANA", "U0ANA"))[-1]
    assert answer.text.startswith("Attached 2 files to Case #7")


async def test_choices_that_are_not_kept_any_more_are_not_opened(ana: World):
    ana.slack.faults["views.open"] = Fault("expired_trigger_id", times=1)
    said = await ana.slack.answer(await ana.slack.command("case 7"))
    await ana.stop()
    days_pass(ana)
    await ana.start()

    clicked = await ana.slack.click(said, "Open the form again")

    answer = await ana.slack.answer(clicked)
    assert answer.text.startswith("I do not have the choices of this form any more.")


async def test_when_the_app_is_removed_the_choices_of_forms_go(ana: World):
    ana.slack.faults["views.open"] = Fault("expired_trigger_id", times=1)
    said = await ana.slack.answer(await ana.slack.command("case 7"))
    await ana.slack.uninstall()
    ana.slack._web_api.installed = True

    clicked = await ana.slack.click(said, "Open the form again")

    answer = await ana.slack.answer(clicked)
    assert answer.text.startswith("I do not have the choices of this form any more.")


async def test_nobody_sends_the_form_of_another_person(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    form = await ana.slack.opened(await ana.slack.command("case 7"))
    other = await ana.slack.opened(await ana.slack.command("case 9", user="U0BEN"))
    other.content["private_metadata"] = form.content["private_metadata"]

    late = await ana.slack.opened(await ana.slack.submit(other, {"files": "12"}))

    assert "This form was open too long" in late.all_text()
    assert len(ana.portal.events_of(EntityRef(EntityType.CASE, 9))) == 0


async def test_what_stands_in_a_form_is_an_id_of_no_meaning(ana: World):
    form = await ana.slack.opened(await ana.slack.command("case 7"))

    assert re.fullmatch(r'{"draft":"[\w-]{22}"}', form.content["private_metadata"])


async def test_a_form_without_any_file_says_so_at_its_field(ana: World):
    form = await ana.slack.opened(await ana.slack.command("case 7"))

    sent = await ana.slack.submit(form)

    assert sent.errors == {"files": "Choose a file: add one from your device, or type its number."}


async def test_a_form_sent_twice_attaches_once(ana: World):
    form = await ana.slack.opened(await ana.slack.command("case 7"))
    sent = await ana.slack.submit(form, {"files": "12"})
    await ana.slack.shown("U0ANA", "C0SALES")

    await ana.slack.redeliver(sent)
    await ana.say("status")

    assert len(ana.portal.events_of(CASE_7)) == 2
