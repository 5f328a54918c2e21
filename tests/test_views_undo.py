"""What people read of an undo: what was removed, what stays, and what they are asked."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bot.domain import Doubt, FilingState, Item, ItemState, Message, Place, Stand, WaitingFor
from bot.views.question import question
from bot.views.summary import shared, summary
from bot.views.tell import tell
from bot.views.undo_button import undo as undo_button
from tests.gallery_undo import taken, undo
from tests.views_samples import MORNING, buttons, done, file, item, shown

OFFER, PRICES = "offer.pdf", "price-list.xlsx"
ENDED: dict[str, Any] = {"state": FilingState.DONE, "finished_at": MORNING}


def told(*items: Item) -> Message:
    return tell(undo(*items, **ENDED))


def test_an_undo_of_all_says_what_is_gone_and_what_is_not():
    drawn = told(taken(12, OFFER, Stand.REMOVED), taken(13, PRICES, Stand.REMOVED))

    assert drawn.text == (
        "Receipt A7K2 is undone. 2 files were removed from Case #7: offer.pdf and "
        "price-list.xlsx. What was shared in Slack stays there."
    )
    assert "The history of Case #7 keeps its entry, without what was removed." in shown(drawn)
    assert "B3Q9" not in shown(drawn)
    assert set(buttons(drawn)) == {"Open in CRM"}


def test_copies_that_were_kept_are_linked():
    drawn = told(taken(12, OFFER, Stand.REMOVED, brought=False, copy=True))

    assert "In My documents you have now: offer.pdf." in drawn.text
    assert "DocEditor.aspx?fileid=62|offer.pdf" in shown(drawn)


@pytest.mark.parametrize("doubt", Doubt)
def test_every_reason_to_leave_a_file_is_said(doubt: Doubt):
    drawn = told(taken(12, OFFER, Stand.LEFT, doubt))

    line = next(one for one in shown(drawn).split("\n") if one.startswith("1. "))
    assert drawn.text.startswith("Receipt A7K2 is not undone. Nothing was changed.")
    assert line.count(".") >= 3
    assert "{" not in line
    passing = {Doubt.BUSY, Doubt.UNKEPT, Doubt.DENIED}
    assert ("Undo again" in buttons(drawn)) == (doubt in passing)


def test_an_undo_in_part_lists_what_is_left():
    drawn = told(
        taken(12, OFFER, Stand.REMOVED),
        taken(13, PRICES, Stand.LEFT, Doubt.ELSEWHERE),
        taken(14, "gone.pdf", Stand.GONE),
    )

    assert drawn.text.startswith("Receipt A7K2 is undone in part.")
    assert "gone.pdf was not on Case #7 any more." in shown(drawn)
    assert "*Left on Case #7*\n1. <https" in shown(drawn)


def test_the_question_says_what_detaching_does_and_what_was_done():
    asks = undo(
        taken(12, OFFER, Stand.ASKED, Doubt.OLDER, brought=False),
        taken(13, PRICES, Stand.REMOVED),
        state=FilingState.WAITING,
        waiting_for=WaitingFor.UNDO,
    )

    drawn = question(asks)

    assert drawn.text.startswith("This undo would delete a file that was there before.")
    said = shown(drawn)
    assert "offer.pdf" in said
    assert "offer.pdf (file 12) existed before receipt A7K2, and other people" in said
    assert "In CRM, detaching deletes the file itself." in said
    assert "1 file was removed from Case #7: price-list.xlsx." in said
    assert buttons(drawn) == {
        "Keep a copy, then detach": "filing.detach f1",
        "Open in CRM": "crm.open https://office.example.com/Products/CRM/Cases.aspx?id=7",
        "Leave it": "filing.leave f1",
    }


def made(number: int, *, brought: bool = False, copied_from: Place | None = None) -> Item:
    base = item(number, ItemState.ATTACHED, f"{number}.pdf")
    return dataclasses.replace(base, sha256="ab" if brought else "", copied_from=copied_from)


@pytest.mark.parametrize(
    ("items", "text", "yes"),
    [
        (
            [made(1, brought=True), made(2, brought=True)],
            (
                "The 2 copies I made will be deleted from Case #7, unless others changed or used "
                "them. The originals stay in Slack."
            ),
            "Remove 2 files",
        ),
        (
            [made(1, copied_from=Place.MY)],
            (
                "The copy I made will be deleted from Case #7, unless others changed or used it. "
                "The original stays in My documents."
            ),
            "Remove 1 file",
        ),
        (
            [made(1)],
            "1 file was in CRM before: I ask you again before I delete it.",
            "Look, then ask me",
        ),
        (
            [made(1, brought=True), made(2, copied_from=Place.COMMON), made(3), made(4)],
            (
                "The 2 copies I made will be deleted from Case #7, unless others changed or used "
                "them. The original stays in Slack. The original stays in Common documents. "
                "2 files were in CRM before: I ask you again before I delete them."
            ),
            "Remove 2 files",
        ),
    ],
)
def test_the_dialog_says_truly_what_goes_and_what_stays(items, text, yes):
    [button] = undo_button(done(*items))

    assert button["confirm"]["text"]["text"] == text
    assert button["confirm"]["confirm"]["text"] == yes
    assert button["confirm"]["deny"]["text"].startswith("Keep")


def test_no_undo_is_offered_where_nothing_was_attached_or_all_is_undone():
    present = done(item(12, ItemState.PRESENT, OFFER))
    undone = dataclasses.replace(done(), undone_at=MORNING)

    assert not undo_button(present)
    assert not undo_button(undone)
    assert "Undo" in buttons(summary(done()))


def test_a_summary_that_was_undone_says_so_to_everybody():
    origin = dataclasses.replace(done(), undone_at=MORNING)

    assert tell(origin).text.startswith("Undone: what was attached to Case #7 was removed again.")
    assert shared(origin).text == ("<@U0ANA> attached files to Case #7, and took them back.")
    assert file(12).title not in shared(origin).text


def test_while_a_deletion_is_looked_for_the_wait_is_explained():
    drawn = tell(undo(taken(12, OFFER, Stand.REMOVING)))

    assert drawn.text.startswith("The portal stopped answering while I deleted offer.pdf.")
    assert "up to 11 minutes" in drawn.text
    assert set(buttons(drawn)) == {"Check now"}
