"""What is taken for Slack's word: a word, and nothing that may be a token."""

from __future__ import annotations

import pytest

from bot.slack_word import NO_WORD, word_of


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"ok": False, "error": "channel_not_found"}, "channel_not_found"),
        ({"ok": False, "error": ""}, "none"),
        ({"ok": False}, "none"),
        (None, "none"),
        ("<html>", "none"),
        ({"error": "xoxb-12-34-aBcDeF"}, NO_WORD),
        ({"error": "0a1b2c3d" * 4}, NO_WORD),
        ({"error": "an_error\n"}, NO_WORD),
        ({"error": "a" * 81}, NO_WORD),
        ({"error": ["invalid_auth"]}, NO_WORD),
    ],
)
def test_i1_only_words_are_taken_for_slacks(answer: object, word: str):
    assert word_of(answer, none="none") == word


def test_scopes_are_words_too():
    assert word_of({"needed": "files:read,chat:write"}, name="needed") == "files:read,chat:write"
