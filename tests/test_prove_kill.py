"""The kill proof in short, and that its books would notice what it is against."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bench.kill_books import Books, Fate, Shared, Wish, unannounced
from bench.kill_world import WISHES, Trial
from bench.prove_kill import prove, told
from bot.domain import FileId, Place
from bot.sandbox.slack_workspace import BOT, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import EntityRef
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack

KILLS = 4
QUARANTINE = timedelta(seconds=10)
SUCCESS = "Attached 2 files to Case #7: wish-1-a.pdf and wish-1-b.pdf."


async def test_what_was_accepted_is_done_once_however_often_the_bot_is_killed():
    figures = await prove(Trial(kills=KILLS, worlds=2, longest=0.6, late=False))

    assert not figures.wrong, told(figures, 0)
    assert figures.counts["kills"] == KILLS
    assert figures.counts["accepted"] == KILLS * WISHES


class Office:
    """A wish of Ana for two files, and what comes of it without any bot."""

    def __init__(self, slack: SandboxSlack, portal: SandboxPortal) -> None:
        self.portal = portal
        self.slack = slack
        self.books = Books(portal, slack.workspace)
        self.ana = portal.who("Ana Reyes")
        self.ref = portal.case("Wished")
        files = {portal.file(title): title for title in ("wish-1-a.pdf", "wish-1-b.pdf")}
        self.files = list(files)
        self.wish = Wish(
            number=1, user="U0ANA", ref=self.ref, titles=files, to_copy=(), accepted=True
        )
        self.books.wishes[1] = self.wish

    def attach(self, files: Sequence[FileId], ref: EntityRef | None = None) -> None:
        self.portal.attach(ref or self.ref, files, by=self.ana)

    def tell(self, text: str, *, user: str = "U0ANA") -> None:
        workspace = self.slack.workspace
        ts = workspace.new_ts()
        workspace.post(Message(ts=ts, channel="C0SALES", author=BOT, text=text, only_for=user))

    @property
    def fate(self) -> Fate:
        return self.books.fates(QUARANTINE)[1]


@pytest.fixture
def office(slack: SandboxSlack, portal: SandboxPortal) -> Office:
    return Office(slack, portal)


def test_one_event_and_its_summary_are_what_is_wanted(office: Office):
    office.attach(office.files)
    office.tell(SUCCESS)

    assert office.fate is Fate.DONE


def test_a_second_event_is_noticed(office: Office):
    office.attach(office.files)
    office.attach(office.files[:1])
    office.tell(SUCCESS)

    assert office.fate is Fate.DOUBLED


@pytest.mark.parametrize("words", ["", SUCCESS])
def test_no_event_is_noticed(office: Office, words: str):
    if words:
        office.tell(words)

    assert office.fate is (Fate.UNTOLD if words else Fate.LOST)


@pytest.mark.parametrize(("content", "fate"), [(b"film", Fate.DONE), (b"fil", Fate.WRONG)])
def test_other_bytes_than_slack_has_are_noticed(office: Office, content: bytes, fate: Fate):
    film = office.slack.put_file("wish-1-x.mp4", b"film")
    office.wish.shared = {film.id: Shared("wish-1-x.mp4", hashlib.sha256(b"film").hexdigest())}
    brought = office.portal.file("wish-1-x (1).mp4", content=content)
    office.attach([*office.files, brought])
    office.tell("Attached 3 files to Case #7: wish-1-a.pdf, wish-1-b.pdf and wish-1-x (1).mp4.")

    assert office.fate is fate


def test_a_command_that_was_not_accepted_may_be_left_undone(office: Office):
    office.wish.accepted = False

    assert office.fate is Fate.NOTHING


def test_a_file_that_is_left_out_is_noticed(office: Office):
    office.attach(office.files[:1])
    office.tell(SUCCESS)

    assert office.fate is Fate.WRONG


@pytest.mark.parametrize(
    ("text", "user"),
    [(SUCCESS, "U0BEN"), ("Attached 2 files to Case #7: wish-1-a.pdf.", "U0ANA")],
    ids=["to-another", "not-all"],
)
def test_words_to_another_person_or_of_fewer_files_are_no_answer(
    office: Office, text: str, user: str
):
    office.attach(office.files)
    office.tell(text, user=user)

    assert office.fate is Fate.UNTOLD


def test_a_copy_on_no_record_is_counted(office: Office):
    office.attach(office.files)
    office.portal.file("wish-1-b.pdf", folder=Place.CRM)

    assert office.books.orphans() == {1: 1}


@pytest.mark.parametrize("lines", [0, 1, 2])
def test_a_copy_that_the_log_does_not_tell_of_is_noticed(lines: int):
    assert len(unannounced(Counter({7: 2}), Counter({7: lines}))) == (lines < 2)
