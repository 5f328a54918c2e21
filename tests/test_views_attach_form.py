"""The attach form: what it shows of a draft, and what it says at which field."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from bot import errors
from bot.draft import Around, Draft, FiledBefore, Offered, Origin, Threads, Wish
from bot.reply_to import ReplyTo
from bot.suggestions import Group, Offer, Suggestions, Why
from bot.views.attach_form import attach_form, form_errors, nothing_chosen
from bot.views.record_menu import record_menu
from tests.views_samples import ANA, CASE, MORNING, entity

if TYPE_CHECKING:
    from bot.domain import View

ORIGIN = Origin(channel="C1", ts="1795420440.000100", author="U0BEN", text="Signed by both.")
PDF = Offered(id="F1", name="contract.pdf", size=1_258_291, mimetype="application/pdf")
SHEET = Offered(id="F2", name="prices.xlsx", size=49_152)
DWG = Offered(
    id="F3",
    name="drawing.dwg",
    failure=errors.SlackFileTooLargeError("F3", "drawing.dwg", 137_363_456, 104_857_600).failure(),
)
BLANK = Draft(id="d", user=ANA, reply=ReplyTo())
ON_MESSAGE = dataclasses.replace(BLANK, origin=ORIGIN, files=(PDF, SHEET, DWG))


def block(form: View, name: str) -> dict[str, Any]:
    return next(one for one in form["blocks"] if one.get("block_id") == name)


def blocks_of(form: View) -> list[str]:
    return [one["block_id"] for one in form["blocks"] if "block_id" in one]


def texts(form: View) -> str:
    return json.dumps(form["blocks"], ensure_ascii=False)


def test_the_form_is_filled_in_with_what_is_known():
    draft = dataclasses.replace(
        BLANK, record=CASE, called="Case #7, Acme onboarding", numbers="12,13"
    )

    form = attach_form(draft, Around())

    record = block(form, "am.record")["element"]
    offered = Suggestions(groups=(Group(why=Why.LATEST, offers=(Offer(entity()),)),))
    assert record["initial_option"] == record_menu(offered)["option_groups"][0]["options"][0]
    assert record["initial_option"]["value"] == "case:7"
    assert record["initial_option"]["text"]["text"] == "Case #7, Acme onboarding"
    assert record["min_query_length"] == 0
    assert block(form, "am.files")["element"]["initial_value"] == "12,13"
    assert blocks_of(form) == ["am.record", "am.files", "am.more"]


def test_the_form_carries_nothing_but_the_id_of_its_draft():
    form = attach_form(ON_MESSAGE, Around())

    assert json.loads(form["private_metadata"]) == {"draft": "d"}


def test_the_empty_form_is_empty():
    form = attach_form(BLANK, Around())

    assert "initial_option" not in block(form, "am.record")["element"]
    assert "initial_value" not in block(form, "am.files")["element"]


def test_every_file_of_the_message_is_ticked_with_its_type_and_size():
    field = block(attach_form(ON_MESSAGE, Around()), "am.ticked.1")["element"]

    said = [(one["text"]["text"], one["description"]["text"]) for one in field["options"]]
    assert said == [("contract.pdf", "PDF, 1.2 MB"), ("prices.xlsx", "Spreadsheet, 48 KB")]
    assert field["initial_options"] == field["options"]


@pytest.mark.parametrize("name", ["plan. ", "plan.\x12", "plan.\u202e"])
@pytest.mark.parametrize(("size", "said"), [(0, "File"), (49_152, "48 KB")])
def test_of_an_ending_that_is_not_seen_nothing_is_said(name: str, size: int, said: str):
    odd = Offered(id="F3", name=name, size=size)

    form = attach_form(dataclasses.replace(ON_MESSAGE, files=(odd,)), Around())

    option = block(form, "am.ticked.1")["element"]["options"][0]
    assert option["description"]["text"] == said


def test_files_are_ticked_in_groups_of_ten():
    files = tuple(dataclasses.replace(PDF, id=f"F{n}") for n in range(25))

    form = attach_form(dataclasses.replace(ON_MESSAGE, files=files), Around())

    groups = [block(form, f"am.ticked.{number}") for number in (1, 2, 3)]
    assert [len(group["element"]["options"]) for group in groups] == [10, 10, 5]
    assert [group["label"]["text"] for group in groups] == [
        "Files in this message, 1 to 10",
        "Files in this message, 11 to 20",
        "Files in this message, 21 to 25",
    ]


def test_what_was_ticked_stays_ticked_when_the_form_is_opened_again():
    again = dataclasses.replace(ON_MESSAGE, ticked=frozenset({"F2"}))

    field = block(attach_form(again, Around()), "am.ticked.1")["element"]

    assert [one["value"] for one in field["initial_options"]] == ["F2"]


def test_a_file_that_cannot_go_is_shown_with_the_reason():
    form = attach_form(ON_MESSAGE, Around())

    assert "drawing.dwg is 131 MB. The limit is 100 MB." in texts(form)
    assert "Nothing was changed" not in texts(form)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            errors.SlackFileKindError("F3", "Plan", "canvas"),
            "“Plan” is a Slack canvas. I can attach files, not canvases. Export it as PDF first",
        ),
        (errors.SlackFileForeignError("F3"), "belongs to another company"),
        (errors.SlackFileHiddenError("F3", "old.pdf", "C1"), "old.pdf: I cannot read this file"),
        (errors.SlackFileTypeError("F3", "run.exe", ".exe"), "run.exe: Files of type .exe"),
    ],
)
def test_each_reason_has_its_words(error: errors.BotError, says: str):
    odd = Offered(id="F3", name=str(getattr(error, "name", "")), failure=error.failure())

    assert says in texts(attach_form(dataclasses.replace(ON_MESSAGE, files=(odd,)), Around()))


def test_a_message_without_files_offers_the_device_and_the_note():
    form = attach_form(dataclasses.replace(ON_MESSAGE, files=()), Around())

    assert "This message has no files" in texts(form)
    assert "am.more" in blocks_of(form)
    assert [one["value"] for one in block(form, "am.opts")["element"]["options"]] == [Wish.NOTE]


@pytest.mark.parametrize(
    ("threads", "offered", "says"),
    [
        (Threads.OPEN, True, ""),
        (Threads.SHARED, False, "Another company reads here"),
        (Threads.UNHEARD, False, "Invite me with `/invite`"),
    ],
)
def test_a_reply_in_the_thread_is_offered_only_where_it_is_safe(
    threads: Threads, offered: bool, says: str
):
    form = attach_form(ON_MESSAGE, Around(threads=threads))

    wishes = [one["value"] for one in block(form, "am.opts")["element"]["options"]]
    assert (Wish.THREAD in wishes) is offered
    assert says in texts(form)


def test_what_was_filed_before_is_said_without_titles():
    before = (
        FiledBefore("contract.pdf", CASE, "U0ANA", MORNING),
        FiledBefore("prices.xlsx", None, "U0BEN", MORNING),
    )

    said = texts(attach_form(ON_MESSAGE, Around(before=before)))

    assert "Filed before: contract.pdf on Case #7 by <@U0ANA>" in said
    assert "Filed before: prices.xlsx on a private record by <@U0BEN>" in said


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (BLANK, "am.files"),
        (ON_MESSAGE, "am.ticked.1"),
        (dataclasses.replace(ON_MESSAGE, files=()), "am.more"),
    ],
)
def test_without_any_file_the_first_field_for_files_says_so(draft: Draft, field: str):
    ((at, says),) = nothing_chosen(draft).items()

    assert at == field
    assert at in blocks_of(attach_form(draft, Around()))
    assert says.startswith("Choose a file")


@pytest.mark.parametrize(
    ("error", "block", "says"),
    [
        (errors.BadFilesError("<x>"), "am.files", '"\u2039x\u203a" is not a file number.'),
        (errors.TooManyFilesError(51), "am.files", "50 is the most"),
        (errors.RemarkChosenError(), "am.record", "This line is a remark, and no record."),
        (errors.BadRecordError("0"), "am.record", '"0" is not a record number.'),
        (errors.EntityNotFoundError(CASE), "am.record", "Case #7 was not found."),
    ],
)
def test_what_is_wrong_in_the_form_is_told_at_its_field(
    error: errors.BotError, block: str, says: str
):
    ((at, told),) = form_errors(error).items()

    assert at == block
    assert says in told
