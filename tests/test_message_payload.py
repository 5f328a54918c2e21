"""What is read from the payload of a message, however little or odd it says."""

from __future__ import annotations

from typing import Any

import pytest

from bot.draft import Origin
from handlers.message_payload import files_of, origin_of


def test_the_files_of_a_message_passed_on_are_files_of_the_message():
    message = {
        "files": [{"id": "F1"}],
        "attachments": [{"files": [{"id": "F2"}, {"id": "F1"}]}, {"text": "no files"}],
    }

    assert [file["id"] for file in files_of(message)] == ["F1", "F2"]


@pytest.mark.parametrize("message", [{}, {"files": None, "attachments": None}, {"files": [{}]}])
def test_a_message_may_have_no_files(message: dict[str, Any]):
    assert files_of(message) == []


def test_a_message_is_read_with_its_author_and_thread():
    message = {"ts": "1.2", "thread_ts": "1.1", "user": "U1", "text": "Hi", "team": "T1"}

    read = origin_of(message, "C1", "T1")

    assert read == Origin(channel="C1", ts="1.2", thread="1.1", author="U1", text="Hi")


def test_a_bot_has_a_name_in_place_of_a_person():
    message = {"ts": "1.2", "bot_profile": {"name": "Scanner"}, "text": None}

    read = origin_of(message, "C1", "T1")

    assert read == Origin(channel="C1", ts="1.2", author_name="Scanner")


@pytest.mark.parametrize(
    ("message", "foreign"),
    [
        ({"team": "T1"}, False),
        ({"team": ""}, False),
        ({"team": "T2"}, True),
        ({"user_team": "T2"}, True),
        ({"source_team": "T2"}, True),
        ({"team": "T1", "files": [{"id": "F1", "user_team": "T2"}]}, True),
    ],
)
def test_a_message_shows_that_another_company_takes_part(message: dict[str, Any], foreign: bool):
    assert origin_of(message, "C1", "T1").foreign is foreign
