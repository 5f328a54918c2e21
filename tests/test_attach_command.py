"""`/attach`: from what a person types to the summary they read."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from bot.domain import EntityRef, EntityType, FileId, Place
from bot.sandbox.portal_faults import Fault

if TYPE_CHECKING:
    from bot.sandbox.slack import Shown
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)
CASE_8 = EntityRef(EntityType.CASE, 8)
CASE_9 = EntityRef(EntityType.CASE, 9)
DEAL_31 = EntityRef(EntityType.OPPORTUNITY, 31)
ATTACH = ("POST", r"/crm/case/7/files$")


async def answer_to(world: World, shown: Shown, button: str) -> Shown:
    """Click a button and return what takes the message's place."""
    exchange = await world.slack.click(shown, button)
    return await world.slack.answer(exchange)


async def test_files_are_attached_and_the_summary_names_entity_and_files(ana: World):
    answer = await ana.say("case 7 12,13")

    assert answer.text == (
        "Attached 2 files to Case #7, Acme onboarding: contract-signed.pdf and price-list.xlsx."
    )
    assert answer.ephemeral
    head, entity, files = answer.blocks[:3]
    assert head["text"]["text"] == "Attached 2 files to Case #7"
    assert entity["text"]["text"] == (
        f"*<{ana.portal.url}/Products/CRM/Cases.aspx?id=7|Acme onboarding>*\n"
        "Open case. 5 files in total."
    )
    assert files["text"]["text"] == (
        f"1. <{ana.portal.url}/Products/Files/DocEditor.aspx?fileid=12|contract-signed.pdf>, "
        "PDF, 1.2 MB\n"
        f"2. <{ana.portal.url}/Products/Files/DocEditor.aspx?fileid=13|price-list.xlsx>, "
        "spreadsheet, 48 KB"
    )
    assert answer.buttons == ["Open in CRM", "Attach more", "Share in channel", "Undo"]
    assert set(ana.portal.attached(CASE_7)) == {9, 10, 11, 12, 13}


async def test_one_call_carries_the_persons_own_key_and_every_file(ana: World):
    await ana.say("case 7 13,12")

    posts = [seen for seen in ana.portal.requests if seen.method == "POST"]
    assert [(seen.path, seen.status) for seen in posts] == [("/api/2.0/crm/case/7/files", 201)]
    assert posts[0].person == "Ana Reyes"
    assert len(ana.portal.events_of(CASE_7)) == 2


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("12,13 to case 7", CASE_7),
        ("CASE  #7   12 \N{FULLWIDTH COMMA}13", CASE_7),
        ("case Acme 12-13", CASE_7),
        ("deal 31 9", DEAL_31),
        ("person Jo 12", EntityRef(EntityType.CONTACT, 5)),
        ("company Acme 12", EntityRef(EntityType.CONTACT, 4)),
        ("contact 4 12", EntityRef(EntityType.CONTACT, 4)),
    ],
)
async def test_records_and_files_may_be_typed_in_many_ways(ana: World, text: str, ref: EntityRef):
    before = len(ana.portal.events_of(ref))

    answer = await ana.say(text)

    assert answer.text.startswith("Attached")
    assert len(ana.portal.events_of(ref)) == before + 1


@pytest.mark.parametrize("links", ["", "bare", "labelled"])
async def test_links_of_record_and_file_are_understood_as_slack_escapes_them(
    ana: World, links: str
):
    url = ana.portal.url
    exchange = await ana.slack.command(
        f"{url}/Products/CRM/Cases.aspx?id=7&x=1 {url}/Products/Files/DocEditor.aspx?fileid=12",
        links=links,
    )

    answer = await ana.slack.answer(exchange)

    assert answer.text.startswith("Attached 1 file to Case #7")


async def test_several_records_that_fit_are_asked_about(ana: World):
    ana.portal.case("Acme audit", id=70)

    asked = await ana.say("case Acme 12")
    assert asked.text.startswith("2 records match “Acme”.")
    assert asked.buttons[:2] == ["Case #70, Acme audit", "Case #7, Acme onboarding"]
    assert ana.portal.attached(CASE_7) == [9, 10, 11]

    answer = await answer_to(ana, asked, "Case #7, Acme onboarding")
    assert answer.text == "Attached 1 file to Case #7, Acme onboarding: contract-signed.pdf."
    assert [one.text for one in ana.slack.messages_of("U0ANA", "C0SALES")] == [answer.text]


async def test_a_number_without_a_type_is_asked_about(ana: World):
    asked = await ana.say("7 12,13")
    assert asked.text.startswith("Is 7 a case or an opportunity? Nothing was changed yet.")

    answer = await answer_to(ana, asked, "Opportunity #7, Beta pilot")

    assert answer.text.startswith("Attached 2 files to Opportunity #7, Beta pilot")


async def test_a_name_that_nothing_has_says_so(ana: World):
    answer = await ana.say("deal Zebra 12")

    assert answer.text.startswith("No opportunity matches “Zebra”. Nothing was attached.")
    assert answer.buttons == ["Choose a record"]


async def test_a_missing_record_and_a_hidden_one_get_the_same_words(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")

    hidden = await ana.say("case 8 12", user="U0BEN")
    missing = await ana.say("case 80 12", user="U0BEN")

    assert "was not found. It may have been deleted, or your CRM account may not" in hidden.text
    assert hidden.text.replace("#8", "#80") == missing.text
    assert ana.portal.attached(CASE_8) == []


async def test_a_record_of_another_type_with_that_number_is_offered(ana: World):
    answer = await ana.say("case 31 12")
    assert "Case #31 was not found." in answer.text
    assert "Attach to opportunity 31" in answer.buttons

    attached = await answer_to(ana, answer, "Attach to opportunity 31")

    assert "Already on Opportunity #31" in attached.text


async def test_files_that_do_not_exist_are_never_sent(ana: World):
    asked = await ana.say("case 7 12,99,13")
    assert "File 99 was not found" in asked.text
    assert "Files 12 and 13 are ready." in asked.text

    answer = await answer_to(ana, asked, "Attach files 12 and 13")

    assert answer.text.startswith("Attached 2 of 3 files to Case #7")
    later = ana.portal.file("much later.pdf", id=99)
    assert later not in ana.portal.attached(CASE_7)


async def test_when_nothing_can_be_attached_nothing_is_called(ana: World):
    answer = await ana.say("case 7 99")

    assert answer.text.startswith("File 99 cannot be attached. Nothing was attached.")
    assert len(ana.portal.events_of(CASE_7)) == 1


async def test_a_file_in_my_documents_is_copied_in_and_the_original_stays(ana: World):
    asked = await ana.say("case 7 14")
    assert "meeting-notes.docx (file 14) is in My documents." in asked.text
    assert "CRM can only link files that are kept in CRM." in asked.text

    answer = await answer_to(ana, asked, "Copy and attach")

    assert "Attached 1 file to Case #7, Acme onboarding: meeting-notes.docx." in answer.text
    assert "was copied from My documents first. The original was not changed." in answer.all_text()
    files = ana.portal.data.store.files
    assert files[FileId(14)].title == "meeting-notes.docx"
    (copy,) = set(ana.portal.attached(CASE_7)) - {9, 10, 11}
    assert copy != 14


async def test_a_question_may_be_answered_with_no(ana: World):
    asked = await ana.say("case 7 14")

    answer = await answer_to(ana, asked, "Cancel")

    assert answer.text.startswith("Request cancelled. Nothing was attached.")
    assert len(ana.portal.events_of(CASE_7)) == 1


async def test_a_copy_that_lands_elsewhere_is_not_attached(ana: World):
    ana.portal.data.store.closed_folders.add(34)
    asked = await ana.say("case 7 14")

    answer = await answer_to(ana, asked, "Copy and attach")

    assert "Nothing was attached" in answer.text
    assert "My documents" in answer.text
    assert len(ana.portal.events_of(CASE_7)) == 1


async def test_a_full_storage_is_named(ana: World):
    ana.portal.storage_full = True
    asked = await ana.say("case 7 14")

    answer = await answer_to(ana, asked, "Copy and attach")

    assert "has no storage left for meeting-notes.docx (18 KB)" in answer.text


async def test_a_file_nobody_was_shown_is_asked_about_and_attached_only_if_insisted(ana: World):
    ana.portal.file("new.pdf", id=40, size=10)

    asked = await ana.say("case 7 40")
    assert "File 40 is on no record yet, or on one that you may not see." in asked.text
    assert "everybody who sees Case #7 can open it" in asked.all_text()
    assert len(ana.portal.events_of(CASE_7)) == 1
    answer = await answer_to(ana, asked, "Attach anyway")

    assert answer.text == "Attached 1 file to Case #7, Acme onboarding: new.pdf."


async def test_a_hidden_file_outside_crm_is_refused_after_all(ana: World):
    ben = ana.person("Ben Ito")
    ana.portal.file("diary.docx", id=41, size=10, owner=ben, folder=Place.MY)
    asked = await ana.say("case 7 41")

    answer = await answer_to(ana, asked, "Attach anyway")

    assert "File 41 cannot be attached. Nothing was attached." in answer.text
    assert len(ana.portal.events_of(CASE_7)) == 1


async def test_a_file_in_the_trash_is_told_apart(ana: World):
    ana.portal.file("old.pdf", id=42, size=10, folder=Place.TRASH, owner=ana.person("Ana Reyes"))

    answer = await ana.say("case 7 42")

    assert "trash" in answer.all_text()
    assert len(ana.portal.events_of(CASE_7)) == 1


async def test_blocked_types_are_not_attached(unstarted: World):
    await unstarted.start(ATTACHBOT_BLOCKED_FILE_TYPES="xlsx")
    await unstarted.connect()

    asked = await unstarted.say("case 7 12,13")
    answer = await answer_to(unstarted, asked, "Attach file 12")

    assert "Files of type .xlsx are not allowed here." in asked.all_text()
    assert answer.text.startswith("Attached 1 of 2 files to Case #7")


async def test_files_that_are_there_already_are_not_attached_again(ana: World):
    answer = await ana.say("case 7 9,10")
    assert answer.text.startswith("Already on Case #7")
    assert "Nothing was changed." in answer.text

    partly = await ana.say("case 7 9,12")

    assert partly.text.startswith("Attached 1 file to Case #7")
    assert [len(event.tagged) for event in ana.portal.events_of(CASE_7)] == [3, 1]


async def test_a_closed_case_takes_files_and_says_that_it_is_closed(ana: World):
    answer = await ana.say("case 9 12")

    assert "Closed case. 1 file in total." in answer.all_text()


async def test_a_note_is_kept_with_the_files_as_one_event(ana: World):
    await ana.say("case 7 12 -- signed copy")

    event = ana.portal.events_of(CASE_7)[-1]
    assert (event.content, event.tagged) == ("signed copy", [12])


async def test_hostile_titles_stay_inert(ana: World):
    title = "<!channel> <@U0BEN> <http://evil.example|x> *b* & \u202egnp.exe"
    ana.portal.case(title, id=90)
    file = ana.portal.file("<!here>|.pdf", id=91, size=5)
    ana.portal.attach(DEAL_31, (file,), by=ana.person("Ana Reyes"))

    answer = await ana.say("case 90 91")

    everything = answer.text + json.dumps(answer.blocks, ensure_ascii=False)
    for live in ("<!channel", "<@U0BEN", "<http://evil", "<!here", "\u202e"):
        assert live not in everything


async def test_the_list_shows_ten_and_then_all(ana: World):
    ids = [ana.portal.file(f"f{n}.pdf", id=n, size=1) for n in range(100, 112)]
    ana.portal.attach(CASE_9, ids, by=ana.person("Ana Reyes"))

    ten = await ana.say("list case 9")
    assert ten.text.startswith("Case #9, Trade fair 2024, has 12 files.")
    assert "and 2 more" in ten.all_text()
    everything = await answer_to(ana, ten, "Show all")

    assert all(f"f{n}.pdf" in everything.all_text() for n in range(100, 112))


async def test_sharing_posts_the_summary_for_everybody_once_a_click(ana: World):
    answer = await ana.say("case 7 12")

    await ana.slack.click(answer, "Share in channel")

    shared = await ana.slack.shown("U0BEN", "C0SALES")
    assert shared[-1].text == (
        "<@U0ANA> attached 1 file to Case #7, Acme onboarding: contract-signed.pdf."
    )
    assert not shared[-1].ephemeral


async def test_a_private_record_cannot_be_shared(ana: World):
    answer = await ana.say("case 8 12")

    assert "Share in channel" not in answer.buttons


async def test_a_lost_answer_is_settled_by_looking_and_nothing_is_attached_twice(ana: World):
    ana.portal.faults.add(Fault(match=ATTACH, drop="after", times=1))

    answer = await ana.say("case 7 12,13")

    assert answer.text.startswith("Attached 2 files to Case #7")
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_an_attach_that_the_server_failed_after_acting_is_not_repeated(ana: World):
    ana.portal.faults.add(Fault(match=ATTACH, status=502, body="<html>", acts=True, times=1))

    answer = await ana.say("case 7 12")

    assert answer.text.startswith("Attached 1 file to Case #7")
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_while_the_outcome_is_unknown_the_person_hears_so(ana: World):
    ana.portal.faults.add(Fault(match=ATTACH, drop="before", times=1))

    answer = await ana.say("case 7 12")

    assert answer.text.startswith("The portal stopped answering while I attached the files.")
    assert "I am checking Case #7 now; I will not send them twice." in answer.text


async def test_a_portal_that_is_away_for_a_moment_only_costs_time(ana: World):
    ana.portal.faults.add(Fault(match=("GET", r"/crm/case/7$"), drop="before", times=1))

    answer = await ana.say("case 7 12")

    assert answer.text.startswith("Attached 1 file to Case #7")


async def test_while_the_portal_is_away_the_person_hears_within_seconds(ana: World):
    ana.portal.faults.add(Fault(match=("GET", r"/crm/"), drop="before"))

    exchange = await ana.slack.command("case 7 12")
    progress = await ana.slack.answer(exchange)

    assert progress.text.startswith("Attaching 1 file to Case #7.")


async def test_after_two_seconds_of_silence_one_progress_message_says_that_work_goes_on(
    ana: World,
):
    ana.portal.faults.add(Fault(match=("GET", r"/crm/case/7$"), latency=2.6, times=1))
    exchange = await ana.slack.command("case 7 12")

    progress = await ana.slack.answer(exchange)
    answer = await ana.slack.answer(exchange, "Attached 1 file")

    assert progress.text.startswith("Attaching 1 file to Case #7.")
    seen = ana.slack.messages_of("U0ANA", "C0SALES")
    assert [one.ts for one in seen] == [progress.ts, answer.ts]


async def test_after_a_click_the_answer_takes_the_place_of_progress_and_question(ana: World):
    asked = await ana.say("case 7 14")
    ana.portal.faults.add(Fault(match=("GET", r"/crm/case/7$"), latency=2.6, times=1))
    exchange = await ana.slack.click(asked, "Copy and attach")

    await ana.slack.answer(exchange, "Attaching 1 file to Case #7")
    await ana.slack.answer(exchange, "Attached 1 file to Case #7")

    assert len(ana.slack.messages_of("U0ANA", "C0SALES")) == 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(status=402, body=""), "is not paid, so it takes no changes."),
        (Fault(status=404, body=""), "Nothing was attached."),
        (Fault(status=200, body="<html>hello</html>"), "Nothing was attached."),
        (Fault(status=403, body=""), "Nothing was attached."),
        (Fault(status=301, body=""), "Nothing was attached."),
    ],
    ids=["unpaid", "removed", "html", "address-refused", "redirect"],
)
async def test_a_portal_that_refuses_is_told_in_words(ana: World, fault: Fault, says: str):
    fault.match = ("*", r"/crm/")
    ana.portal.faults.add(fault)

    answer = await ana.say("case 7 12")

    assert says in answer.text
    assert "html" not in answer.all_text()


async def test_a_closed_crm_says_whom_to_ask(ana: World):
    ana.person("Ana Reyes").crm = False

    answer = await ana.say("case 7 12")

    assert "Your account cannot use CRM" in answer.text


async def test_closed_documents_say_whom_to_ask(ana: World):
    ana.person("Ana Reyes").documents = False

    answer = await ana.say("case 7 12")

    assert "Documents" in answer.text
    assert "Nothing was attached" in answer.text


@pytest.mark.parametrize(
    ("text", "says", "button"),
    [
        ("fliles case 7", 'I do not know "fliles". Did you mean list?', "List files of case 7"),
        ("task 7 12", "not to tasks", "Help"),
        ("case 0 12", '"0" is not a record number.', "Search"),
        ("case 7 12,x", 'I read file 12, but not "x".', "Attach file 12 only"),
        ("case 7 1-51", "That is 51 files; 50 is the most for one command.", "Attach the first 50"),
        ("here 12", "No record is linked to this channel.", "Choose a record"),
        ("last 12", "Nothing was changed.", "Choose a record"),
        ("case 7 last", "Nothing was", "Help"),
        ("history", "keep for later", "Help"),
        ("undo", "You have attached nothing that can be undone.", "Show status"),
        ("https://evil.example/Products/CRM/Cases.aspx?id=7 12", "evil.example", ""),
    ],
)
async def test_typing_errors_are_the_acknowledgement_itself(
    ana: World, text: str, says: str, button: str
):
    asked_before = len(ana.portal.requests)

    exchange = await ana.slack.command(text)

    assert exchange.said is not None
    assert says in exchange.said["text"]
    answer = await ana.slack.answer(exchange)
    assert not button or button in answer.buttons
    assert len(ana.portal.requests) == asked_before


async def test_the_button_of_a_typing_error_does_what_it_says(ana: World):
    wrong = await ana.say("case 7 12,x")

    answer = await answer_to(ana, wrong, "Attach file 12 only")

    assert answer.text == "Attached 1 file to Case #7, Acme onboarding: contract-signed.pdf."


async def test_last_is_the_record_of_the_latest_receipt(ana: World):
    await ana.say("case 9 12")

    answer = await ana.say("last 13")

    assert answer.text.startswith("Attached 1 file to Case #9")


async def test_help_fits_one_screen_and_names_the_person(ana: World):
    exchange = await ana.slack.command("help")

    assert exchange.said is not None
    answer = await ana.slack.answer(exchange)
    assert len(answer.all_text().splitlines()) <= 14
    assert "You are connected as Ana Reyes" in answer.all_text()


async def test_the_same_request_at_once_attaches_once_and_asks_who_asks_twice(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    people = ["U0ANA", "U0BEN"] * 3

    exchanges = await asyncio.gather(
        *(ana.slack.command("case 7 12,13", user=user) for user in people)
    )
    answers = [await ana.slack.answer(exchange) for exchange in exchanges]

    assert sum(answer.text.startswith("Attached 2 files") for answer in answers) == 1
    assert sum(answer.text.startswith("Already on Case #7") for answer in answers) == 1
    assert sum(answer.text.startswith("You asked for the same") for answer in answers) == 4
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_fifty_files_go_in_one_command(ana: World):
    ids = [ana.portal.file(f"f{n}.pdf", id=n, size=1) for n in range(200, 250)]
    ana.portal.attach(DEAL_31, ids, by=ana.person("Ana Reyes"))

    answer = await ana.say("case 7 200-249")

    assert answer.text.startswith("Attached 50 files to Case #7")
    assert "and 40 more" in answer.all_text()


async def test_a_note_cannot_carry_a_file_that_nobody_was_shown(ana: World):
    diary = ana.portal.file(
        "diary.docx", id=41, size=10, owner=ana.person("Ben Ito"), folder=Place.MY
    )

    asked = await ana.say(f"case 7 12,{diary} -- look at this")

    assert "Leave out the note" in asked.all_text()
    assert asked.buttons == ["Attach file 12", "Cancel"]


async def test_who_changes_the_language_still_has_missing_files_told_apart(ana: World):
    await ana.say("case 7 99")
    ana.person("Ana Reyes").language = "de"

    answer = await ana.say("case 7 98")

    assert answer.text.startswith("File 98 cannot be attached.")
    assert "Attach anyway" not in answer.buttons
