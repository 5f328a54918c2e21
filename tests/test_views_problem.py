"""Every error has words: what happened, whether anything changed, what to do next."""

from __future__ import annotations

import dataclasses

import pytest

from bot import errors
from bot.domain import EntityRef, EntityType, FilingState, ItemState, Purpose
from bot.views.problem import problem
from tests.gallery import every_error
from tests.views_samples import CASE, OFFICE, attempt, buttons, entity, filing, item, shown

FAILED = filing(
    state=FilingState.FAILED,
    entity=entity(),
    items=(item(12, ItemState.READY, "contract.pdf"), item(13, ItemState.READY, "prices.xlsx")),
)
UNEXPECTED = problem(RuntimeError()).text


def one_cause_each() -> set[type[errors.BotError]]:
    """Return the classes of the tree that stand for one cause each."""
    leaves = {kind for kind in errors.BotError.leaves() if not kind.__subclasses__()}
    return {*leaves, errors.StoreError}


def test_the_gallery_has_every_error_of_the_tree():
    assert one_cause_each() <= {type(error) for error in every_error()}


@pytest.mark.parametrize("kind", sorted(one_cause_each(), key=str))
def test_no_error_is_without_words_of_its_own(kind: type[errors.BotError]):
    error = next(error for error in every_error() if type(error) is kind)

    said = problem(error)

    assert said.text != UNEXPECTED
    assert kind.__name__ not in said.text


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_an_error_says_whether_anything_changed_or_where_that_is_shown(error: BaseException):
    said = problem(error).text.lower()

    assert any(
        words in said
        for words in (
            "nothing was",
            "click changed nothing",
            "/attach status",
            "i do not know whether",
        )
    )


@pytest.mark.parametrize(
    "error",
    [
        errors.TypingError(),
        errors.AccountError(),
        errors.RecordError(),
        errors.FilesError(),
        errors.SlackFileRefusedError("F1"),
        errors.SlackFileTroubleError("F1"),
        errors.UploadError(),
        errors.PortalError(),
        errors.BotError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_that_is_new_to_the_views_is_told_calmly(error: errors.BotError):
    said = problem(error, filing=FAILED)

    assert "Nothing was" in said.text


@pytest.mark.parametrize(
    ("error", "text", "does"),
    [
        (
            errors.UnknownWordError("fliles", "list", "list case 7"),
            'I do not know "fliles". Did you mean list? Nothing was changed.',
            {
                "List files of case 7": "command.run.1 list case 7",
                "Help": "command.run.2 help",
            },
        ),
        (
            errors.UnknownWordError("csae", "case", "case 7 12"),
            'I do not know "csae". Did you mean case? Nothing was changed.',
            {"Run case 7 12": "command.run.1 case 7 12", "Help": "command.run.2 help"},
        ),
        (
            errors.UnsupportedTypeError("task"),
            (
                "Files can be attached to cases, opportunities and contacts, not to tasks. "
                "Nothing was attached."
            ),
            {"Help": "command.run.1 help"},
        ),
        (
            errors.BadRecordError("0"),
            (
                '"0" is not a record number. Use a number from 1, a name, or a CRM link. '
                "Nothing was attached."
            ),
            {"Search": "attach.open -"},
        ),
        (
            errors.BadFilesError("x", (12,), "case 7"),
            (
                'I read file 12, but not "x". Separate file numbers with commas, for example 12,13 '
                "or 12-15. Nothing was attached."
            ),
            {
                "Attach file 12 only": "command.run.1 case 7 12",
                "Choose files": "attach.open case 7",
            },
        ),
        (
            errors.TooManyFilesError(51, (1, 2), "case 7"),
            "That is 51 files; 50 is the most for one command. Nothing was attached.",
            {"Attach the first 2": "command.run.1 case 7 1,2"},
        ),
        (
            errors.TooManyFilesError(51, (1, 2)),
            "That is 51 files; 50 is the most for one command. Nothing was attached.",
            {"Choose a record": "attach.open 1,2"},
        ),
    ],
)
def test_typing_errors_offer_what_was_probably_meant(
    error: errors.BotError, text: str, does: dict[str, str]
):
    drawn = problem(error)

    assert drawn.text == text
    assert buttons(drawn) == does


@pytest.mark.parametrize("word", ["activity", "news"])
def test_unsupported_types_are_said_in_the_plural(word: str):
    plural = {"activity": "activities", "news": "news"}[word]

    assert f"not to {plural}." in problem(errors.UnsupportedTypeError(word)).text


def test_a_command_that_no_button_can_hold_is_not_offered():
    drawn = problem(errors.UnknownWordError("x", "case", f"case {'a' * 2000} 12"))

    assert list(buttons(drawn)) == ["Help"]


def test_a_key_in_a_command_leads_to_the_form():
    drawn = problem(errors.KeyInCommandError())

    assert "I did not keep it" in drawn.text
    assert buttons(drawn)["Connect account"] == "connect.open -"


def test_a_record_that_is_not_found_offers_those_with_its_number():
    similar = EntityRef(EntityType.OPPORTUNITY, 7)
    lost = dataclasses.replace(FAILED, entity=None, choices=(entity(similar, "Acme renewal"),))

    drawn = problem(errors.EntityNotFoundError(CASE), filing=lost)

    assert drawn.text.startswith(
        "Case #7 was not found. It may have been deleted, or your CRM account may not be allowed "
        "to see it. Nothing was attached."
    )
    assert (
        "There is an *opportunity #7*, “Acme renewal”, that you can see. "
        "Did you mean that one?" in shown(drawn)
    )
    assert buttons(drawn) == {
        "Attach to opportunity 7": "command.run.1 opportunity 7 12,13",
        "Choose a record": "attach.open 12,13",
    }


def test_a_list_of_a_record_that_is_not_found_offers_lists():
    similar = entity(EntityRef(EntityType.CONTACT, 7))
    lost = dataclasses.replace(FAILED, purpose=Purpose.LIST, items=(), choices=(similar,))

    drawn = problem(errors.EntityNotFoundError(CASE), filing=lost, several_portals=True)

    assert buttons(drawn) == {
        "List files of contact 7": (
            "command.run.1 list https://office.example.com/Products/CRM/Default.aspx?id=7"
        )
    }
    assert "Nothing was changed." in drawn.text


def test_files_that_cannot_be_attached_each_have_their_reason():
    none = dataclasses.replace(
        FAILED,
        items=(
            item(9, ItemState.PRESENT, "old.pdf"),
            item(98, ItemState.MISSING),
            item(99, ItemState.TRASHED, "bin.pdf"),
        ),
    )

    drawn = problem(errors.NoFilesLeftError(), filing=none)

    assert drawn.text.startswith(
        "None of the files can be attached. Nothing was attached. old.pdf was there before."
    )
    assert "1. file 98. It was not found, or you may not read it.\n2. bin.pdf (file 99). It is" in (
        shown(drawn)
    )


def test_the_only_file_that_cannot_be_attached_is_named_at_once():
    alone = dataclasses.replace(FAILED, items=(item(99, ItemState.MISSING),))

    drawn = problem(errors.NoFilesLeftError(), filing=alone)

    assert drawn.text.startswith(
        "File 99 cannot be attached. Nothing was attached. It was not found, or you may not"
    )


@pytest.mark.parametrize(
    ("error", "text", "offers"),
    [
        (
            errors.SlackFileHiddenError("F1", "a.pdf", "C1"),
            (
                "I cannot read this file, because I am not in this conversation. Nothing was "
                "changed. Invite me with /invite, or add the file in the form."
            ),
            ["Add from device"],
        ),
        (
            errors.SlackFileForeignError("F1"),
            (
                "This file belongs to another company, and Slack does not let me read it. Nothing "
                "was changed. Download it and add it in the form."
            ),
            ["Add from device"],
        ),
        (
            errors.SlackFileGoneError("F1", "contract.pdf"),
            (
                "contract.pdf is no longer in Slack. Nothing was changed. Share the file again to "
                "attach it."
            ),
            [],
        ),
        (
            errors.SlackFileKindError("F1", "Plan", "canvas"),
            (
                "“Plan” is a Slack canvas. Nothing was changed. I can attach files, not canvases. "
                "Export it as PDF first, and attach that."
            ),
            [],
        ),
        (
            errors.SlackFileTooLargeError("F1", "drawing.dwg", 137_363_456, 104_857_600),
            (
                "drawing.dwg is 131 MB. The limit is 100 MB. Nothing was changed. Attach a smaller "
                "file, or put this one on the record in CRM."
            ),
            [],
        ),
        (
            errors.SlackFileTypeError("F1", "run.exe", ".exe"),
            (
                "Files of type .exe are not allowed here. Nothing was changed. Your Slack admin "
                "sets this rule. Attach the other files."
            ),
            [],
        ),
        (
            errors.SlackFileScopeError("F1"),
            (
                "I have no permission to read files in this workspace. Nothing was changed. Ask "
                "your Slack admin to install this app again with the permission files:read."
            ),
            [],
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_a_file_in_slack_that_cannot_be_taken_leads_on(
    error: errors.BotError, text: str, offers: list[str]
):
    drawn = problem(error)

    assert drawn.text == text
    assert list(buttons(drawn)) == offers


def test_trouble_with_a_file_in_slack_offers_another_try():
    drawn = problem(errors.SlackFileBrokenError("F1", "film.mov"), filing=FAILED)

    assert drawn.text.startswith(
        "film.mov did not arrive whole from Slack. Nothing was attached. Try again in a minute."
    )
    assert list(buttons(drawn)) == ["Try again"]


def test_a_closed_crm_has_words_to_send_to_the_administrator():
    drawn = problem(errors.CrmClosedError(OFFICE), filing=FAILED)

    assert drawn.text.startswith(
        "Your account cannot use CRM at office.example.com. A portal administrator can turn it on "
        "for you. Nothing was attached."
    )
    assert "“Please turn on CRM for my account at office.example.com." in shown(drawn)
    assert "Receipt A7K2." in shown(drawn)


@pytest.mark.parametrize(
    "error",
    [
        errors.StorageFullError(OFFICE, "contract.pdf", 1_258_291),
        errors.PortalAwayError(OFFICE),
        errors.PortalRefusedError(OFFICE, 418),
        errors.InvalidFolderError(),
        RuntimeError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failed_request_can_be_taken_up_again(error: BaseException):
    drawn = problem(error, filing=FAILED)

    assert buttons(drawn)["Try again"] == "filing.again f1"
    assert "contract.pdf" in drawn.text


def test_a_file_that_is_too_large_is_named_with_the_limit():
    drawn = problem(errors.FileTooLargeError(OFFICE, "drawing.dwg", 137_363_456, 104_857_600))

    assert drawn.text.startswith(
        "drawing.dwg is 131 MB. The limit of office.example.com is 100 MB."
    )


def test_a_file_written_over_is_told_with_its_number_and_is_no_harmless_failure():
    drawn = problem(errors.OverwroteError(OFFICE, "film.mp4", 12), filing=FAILED)

    assert "a new version of a file that was there before (#12)" in drawn.text
    assert "version history" in shown(drawn)


def test_a_full_storage_names_file_and_size():
    drawn = problem(errors.StorageFullError(OFFICE, "contract.pdf", 1_258_291))

    assert drawn.text.startswith(
        "office.example.com has no storage left for contract.pdf (1.2 MB)."
    )


def test_an_outcome_that_stays_unknown_is_not_called_a_failure():
    sent = dataclasses.replace(FAILED, attempt=attempt())

    drawn = problem(errors.OutcomeUnknownError(OFFICE), filing=sent)

    assert "I do not know whether the files are on Case #7. Look at the record." in drawn.text
    assert "Nothing was" not in drawn.text
    assert list(buttons(drawn)) == ["Open in CRM", "Try again"]


def test_a_copy_without_an_answer_is_told_apart_from_an_attach():
    drawn = problem(errors.OutcomeUnknownError(OFFICE), filing=FAILED)

    assert "while I copied files into CRM. Nothing was attached." in drawn.text


@pytest.mark.parametrize(
    "error",
    [
        errors.OutcomeUnknownError(OFFICE),
        errors.CopyMisplacedError("contract.pdf"),
        errors.StoredWrongError(OFFICE, "contract.pdf"),
        errors.OverwroteError(OFFICE, "contract.pdf", 12),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_was_attached_before_a_request_was_taken_up_again_is_not_denied(
    error: errors.BotError,
):
    again = dataclasses.replace(
        FAILED,
        items=(
            item(12, ItemState.COPYING, "contract.pdf"),
            item(13, ItemState.PRESENT, "prices.xlsx"),
        ),
    )

    drawn = problem(error, filing=again)

    assert "Nothing was attached. prices.xlsx was there before." in drawn.text
    assert "prices.xlsx was there before." in shown(drawn)


def test_the_unexpected_has_a_reference_and_no_details():
    drawn = problem(RuntimeError("password=hunter2"), reference="9F3C")

    assert drawn.text == (
        "Something failed that I did not expect, and I stopped. If you asked for something, its "
        "state is shown by /attach status. Reference 9F3C."
    )
    assert "hunter2" not in shown(drawn)


def test_settings_and_store_errors_do_not_show_their_details():
    for error in (errors.SettingsError(("SECRET",)), errors.StoreError("SECRET")):
        drawn = problem(error)

        assert "SECRET" not in drawn.text + shown(drawn)
