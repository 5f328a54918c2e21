"""What a person is asked about records and files, and what the answers are."""

from __future__ import annotations

import dataclasses

import pytest

from bot import errors
from bot.domain import (
    Entity,
    EntityName,
    EntityRef,
    EntityType,
    ItemState,
    Place,
    Purpose,
    UntypedNumber,
    WaitingFor,
)
from bot.views.question import question
from tests.views_samples import (
    CASE,
    DEAL,
    FIRM,
    buttons,
    entity,
    item,
    shown,
    waits,
)


def choices(*refs: EntityRef) -> tuple[Entity, ...]:
    return tuple(entity(ref) for ref in refs)


def test_a_bare_number_asks_for_its_type():
    seventh = [EntityRef(type_, 7) for type_ in EntityType]
    drawn = question(waits(WaitingFor.RECORD, record=UntypedNumber(7), choices=choices(*seventh)))

    assert drawn.text.startswith(
        "Is 7 a case, an opportunity or a contact? Nothing was changed yet."
    )
    assert buttons(drawn) == {
        "Case #7, Acme onboarding": "filing.record.1 f1|case:7",
        "Opportunity #7, Acme onboarding": "filing.record.2 f1|opportunity:7",
        "Contact #7, Acme onboarding": "filing.record.3 f1|contact:7",
        "None of these": "filing.elsewhere f1",
        "Cancel": "filing.cancel f1",
    }


def test_a_bare_number_with_one_record_asks_whether_it_is_meant():
    drawn = question(waits(WaitingFor.RECORD, record=UntypedNumber(7), choices=choices(CASE)))

    assert drawn.text.startswith("Do you mean Case #7, Acme onboarding?")


def test_a_name_with_several_records_asks_which():
    firm = dataclasses.replace(entity(FIRM, "Acme Ltd"), company=True)
    drawn = question(
        waits(
            WaitingFor.RECORD,
            record=EntityName(EntityType.CASE, "Acme"),
            choices=(*choices(CASE), entity(DEAL, closed=True), firm),
        )
    )

    assert drawn.text == (
        "3 records match “Acme”. Choose one to attach files 12 and 13. Nothing was attached yet."
    )
    assert list(buttons(drawn))[:3] == [
        "Case #7, Acme onboarding",
        "Opportunity #31, Acme onboarding (closed)",
        "Company #4, Acme Ltd",
    ]


def test_five_records_are_offered_at_most_and_a_list_offers_no_form():
    many = tuple(entity(EntityRef(EntityType.CASE, number)) for number in range(1, 9))
    named = EntityName(EntityType.CASE, "Acme")
    drawn = question(
        waits(WaitingFor.RECORD, record=named, choices=many, purpose=Purpose.LIST, items=())
    )

    assert drawn.text.startswith("8 records match “Acme”. Choose one to list its files.")
    assert "These are the first 5 of 8." in shown(drawn)
    assert list(buttons(drawn))[4:] == ["Case #5, Acme onboarding", "Cancel"]


def test_a_misplaced_file_can_be_copied():
    drawn = question(
        waits(
            WaitingFor.FILES,
            items=(item(13, ItemState.MISPLACED, "price-list.xlsx", place=Place.MY),),
        )
    )

    assert drawn.text == (
        "price-list.xlsx (file 13) is in My documents. CRM can only link files that are kept in "
        "CRM. I can put a copy into CRM and attach the copy. The original stays where it is. "
        "Nothing was attached yet."
    )
    assert buttons(drawn) == {"Copy and attach": "filing.copy f1", "Cancel": "filing.cancel f1"}
    assert "I keep this request until <!date^1795421340^" in shown(drawn)


def test_a_missing_file_leaves_the_others_ready():
    drawn = question(
        waits(
            WaitingFor.FILES,
            items=(
                item(12, ItemState.READY, "a"),
                item(13, ItemState.READY, "b"),
                item(14, ItemState.PRESENT, "c"),
                item(99, ItemState.MISSING),
            ),
        )
    )

    assert drawn.text == (
        "File 99 was not found, or you may not read it. Files 12 and 13 are ready. "
        "File 14 is on Case #7 already. Nothing was attached yet."
    )
    assert buttons(drawn) == {
        "Attach files 12 and 13": "filing.ready f1",
        "Cancel": "filing.cancel f1",
    }


def test_a_hidden_file_is_attached_only_if_insisted():
    drawn = question(waits(WaitingFor.FILES, items=(item(40, ItemState.HIDDEN),)))

    assert "File 40 is on no record yet, or on one that you may not see." in drawn.text
    assert "everybody who sees Case #7 can open it" in drawn.text
    assert buttons(drawn)["Attach anyway"] == "filing.insist f1"


def test_several_odd_files_are_asked_about_at_once():
    drawn = question(
        waits(
            WaitingFor.FILES,
            items=(
                item(12, ItemState.READY, "a.pdf"),
                item(13, ItemState.MISPLACED, "b.pdf", place=Place.COMMON),
                item(14, ItemState.TRASHED, "c.pdf"),
                item(15, ItemState.BLOCKED, "d.exe"),
            ),
        )
    )

    assert drawn.text.startswith(
        "3 files cannot be attached as they are. They are b.pdf (file 13), c.pdf (file 14) and "
        "d.exe (file 15). File 12 is ready. Nothing was attached yet."
    )
    assert (
        "1. b.pdf (file 13) is in Common documents.\n"
        "2. c.pdf (file 14) is in the trash. Restore it in Documents, then use its number again.\n"
        "3. d.exe (file 15) cannot be attached. Files of type .exe are not allowed here."
    ) in shown(drawn)
    assert list(buttons(drawn)) == ["Copy and attach", "Attach file 12", "Cancel"]


@pytest.mark.parametrize(
    ("stand", "seconds", "says"),
    [
        ("under way", 40, "40 seconds ago. Receipt B8M3 is still being worked on."),
        ("under way", 0, "just now. Receipt B8M3 is still being worked on."),
        ("attached", 1, "1 second ago. Receipt B8M3 put them on Case #7."),
        ("answered", 90, "90 seconds ago. Receipt B8M3 has its answer already."),
        ("account", 40, "40 seconds ago. Receipt B8M3 waits until you connect your account."),
        ("files", 40, "40 seconds ago. Receipt B8M3 waits for your answer about some files."),
    ],
)
def test_the_same_again_is_asked_with_what_became_of_the_first(stand, seconds, says):
    before = errors.AskedBeforeError("B8M3", seconds, stand).failure()

    drawn = question(waits(WaitingFor.REPEAT, failure=before))

    assert drawn.text == (
        f"You asked for the same {says} Nothing more was done. "
        "The request is to attach files 12 and 13 to Case #7."
    )
    assert buttons(drawn)["Do it anyway"] == "filing.repeat f1"
    assert buttons(drawn)["Cancel request"] == "filing.cancel f1"
    assert ("Connect account" in buttons(drawn)) is (stand == "account")
    assert "Receipt A7K2." in shown(drawn)
