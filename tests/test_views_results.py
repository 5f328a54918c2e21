"""What finished requests say, and what their buttons do."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from bot.domain import ItemState, Place
from bot.reply_to import ReplyTo
from bot.views.listing import listing
from bot.views.summary import shared, summary
from tests.views_samples import (
    CONTRACT,
    MORNING,
    PRICES,
    buttons,
    done,
    entity,
    file,
    item,
    listed,
    shown,
)

CASE_PAGE = "https://office.example.com/Products/CRM/Cases.aspx?id=7"


# Summaries


def test_a_success_says_result_record_files_facts_and_next_steps():
    drawn = summary(done())

    assert drawn.text == (
        "Attached 2 files to Case #7, Acme onboarding: contract-signed.pdf and price-list.xlsx."
    )
    assert shown(drawn) == (
        "Attached 2 files to Case #7\n"
        f"*<{CASE_PAGE}|Acme onboarding>*\n"
        "Open case. 5 files in total.\n"
        "1. <https://office.example.com/Products/Files/DocEditor.aspx?fileid=12"
        "|contract-signed.pdf>, PDF, 1.2 MB\n"
        "2. <https://office.example.com/Products/Files/DocEditor.aspx?fileid=13"
        "|price-list.xlsx>, spreadsheet, 48 KB\n"
        "Attached by <@U0ANA>, <!date^1795420440^{date_short_pretty} at {time}"
        "|23 Nov 2026, 07:54 UTC>. Receipt A7K2."
    )
    assert buttons(drawn) == {
        "Open in CRM": f"crm.open {CASE_PAGE}",
        "Attach more": "attach.open case 7",
        "Share in channel": "receipt.share f1",
        "Undo": "receipt.undo f1",
    }


def test_a_partial_success_says_which_file_is_missing_and_why():
    drawn = summary(done(CONTRACT, item(99, ItemState.MISSING), item(14, ItemState.LEFT_OUT, "x")))

    assert drawn.text == (
        "Attached 1 of 3 files to Case #7, Acme onboarding. Not attached: file 99 and x. "
        "Attached: contract-signed.pdf."
    )
    assert "*Attached*\n1. " in shown(drawn)
    assert (
        "*Not attached*\n"
        "2. file 99. It was not found, or you may not read it.\n"
        "3. x. The portal accepted the request, but left this file out."
    ) in shown(drawn)
    assert buttons(drawn)["Try 1 file again"] == "command.run.1 case 7 14"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (ItemState.MISSING, "It was not found, or you may not read it."),
        (ItemState.HIDDEN, "It is on no record yet, or on one that you may not see."),
        (ItemState.MISPLACED, "It is in My documents, and CRM can only link files"),
        (ItemState.TRASHED, "It is in the trash."),
        (ItemState.BLOCKED, "Files of type .exe are not allowed here."),
        (ItemState.LEFT_OUT, "The portal accepted the request, but left this file out."),
        (ItemState.COPYING, "I asked for a copy in CRM and do not know whether it was made."),
        (ItemState.COPIED, "Its copy is in CRM now, but it was not attached."),
        (ItemState.NAMED, "It was not attached."),
    ],
)
def test_every_file_that_is_not_attached_has_its_reason(state: ItemState, says: str):
    drawn = summary(done(CONTRACT, item(13, state, "setup.exe", place=Place.MY)))

    assert f"2. setup.exe. {says}" in shown(drawn)
    assert "Not attached: setup.exe." in drawn.text
    assert says in drawn.text


def test_files_that_were_there_before_are_told_apart_from_new_ones():
    there = item(12, ItemState.PRESENT, "contract.pdf")

    nothing_new = summary(done(there))
    one_new = summary(done(there, PRICES))

    assert nothing_new.text == (
        "Already on Case #7, Acme onboarding: contract.pdf. Nothing was changed."
    )
    assert "Share in channel" not in buttons(nothing_new)
    assert "Attached 1 file to Case #7" in one_new.text
    assert "contract.pdf was there before." in one_new.text
    assert "2. <" in shown(one_new)


def test_a_copy_is_told_with_its_source():
    copied = dataclasses.replace(PRICES, copied_from=Place.MY)
    second = dataclasses.replace(CONTRACT, copied_from=Place.COMMON)

    assert (
        "price-list.xlsx was copied from My documents first. The original was not changed."
        in summary(done(CONTRACT, copied)).text
    )
    assert (
        "contract-signed.pdf and price-list.xlsx were copied from other folders first. "
        "The originals were not changed." in shown(summary(done(second, copied)))
    )


def test_at_most_ten_files_are_shown_and_a_button_leads_to_the_others():
    drawn = summary(done(*(item(number, ItemState.ATTACHED, "a.pdf") for number in range(1, 13))))

    assert "10. <" in shown(drawn)
    assert "11. <" not in shown(drawn)
    assert "and 2 more" in shown(drawn)
    assert buttons(drawn)["Show all"] == "command.run.1 list case 7 all"


def test_failures_are_shown_beside_many_successes():
    good = [item(number, ItemState.ATTACHED, "a.pdf") for number in range(1, 30)]
    bad = [item(number, ItemState.LEFT_OUT, "b.pdf") for number in range(30, 50)]

    drawn = shown(summary(done(*good, *bad)))

    assert "and 24 more\n*Not attached*\n30. b.pdf" in drawn
    assert "34. b.pdf" in drawn
    assert "and 15 more" in drawn


@pytest.mark.parametrize(
    ("closed", "says"),
    [
        (True, "Closed case. 5 files in total."),
        (False, "Open case. 5 files in total."),
        (None, "*\n5 files in total."),
    ],
)
def test_the_state_of_the_record_is_said(closed: bool | None, says: str):
    drawn = summary(dataclasses.replace(done(), entity=entity(closed=closed)))

    assert says in shown(drawn)


@pytest.mark.parametrize(
    ("facts", "offered"),
    [
        ({}, True),
        ({"entity": entity(private=True)}, False),
        ({"reply": ReplyTo(channel="D0ANA")}, False),
        ({"reply": ReplyTo()}, False),
        ({"reply": ReplyTo(channel="C0SALES", direct=True)}, False),
    ],
)
def test_only_an_open_record_can_be_shared_and_only_in_a_channel(
    facts: dict[str, object], *, offered: bool
):
    drawn = summary(dataclasses.replace(done(), **facts))  # type: ignore[arg-type] # table

    assert ("Share in channel" in buttons(drawn)) is offered


def test_with_several_portals_the_portal_is_named_and_commands_are_links():
    drawn = summary(done(CONTRACT, item(13, ItemState.LEFT_OUT, "b")), several_portals=True)

    assert "at office.example.com" in shown(drawn)
    assert buttons(drawn)["Attach more"] == f"attach.open {CASE_PAGE}"
    assert buttons(drawn)["Try 1 file again"] == f"command.run.1 {CASE_PAGE} 13"


def test_what_everyone_sees_names_person_record_and_files():
    drawn = shared(done())

    assert drawn.text == (
        "<@U0ANA> attached 2 files to Case #7, Acme onboarding: contract-signed.pdf and "
        "price-list.xlsx."
    )
    assert list(buttons(drawn)) == ["Open in CRM"]


# Lists


def test_a_list_is_newest_first_with_its_facts():
    old = file(12, created=MORNING)
    new = file(13, "price-list.xlsx", size=49_152, created=MORNING + timedelta(hours=1))

    drawn = listing(listed(old, new))

    assert drawn.text == (
        "Case #7, Acme onboarding, has 2 files. Newest: price-list.xlsx and contract-signed.pdf."
    )
    assert (
        "fileid=13|price-list.xlsx>, 48 KB, file 13, Ana, "
        "<!date^1795424040^{date_short}|23 Nov 2026>\n2. <"
    ) in shown(drawn)
    assert buttons(drawn) == {
        "Open in CRM": f"crm.open {CASE_PAGE}",
        "Attach files": "attach.open case 7",
    }


def test_an_empty_record_offers_to_attach():
    drawn = listing(listed())

    assert drawn.text.startswith("Case #7, Acme onboarding, has no files.")
    assert buttons(drawn)["Attach files"] == "attach.open case 7"


def test_a_long_list_is_shown_whole_on_request():
    many = listed(*(file(number) for number in range(1, 251)))

    short, whole = listing(many), listing(dataclasses.replace(many, everything=True))

    assert "and 240 more" in shown(short)
    assert buttons(short)["Show all"] == "command.run.1 list case 7 all"
    assert "200. <" in shown(whole)
    assert "and 50 more. Open the record in CRM to see them." in shown(whole)
    assert "Show all" not in buttons(whole)
