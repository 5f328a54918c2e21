"""The proof of texts in short: the corpus is varied, commands are answered, harm is noticed."""

from __future__ import annotations

from bench.hostile import PIECES, commands, texts
from bench.prove_text import Shown, told, try_commands
from bot.views.blocks import message, section
from tests.view_rules import broken


def test_t3_bent_commands_are_understood_or_answered():
    shown = Shown()

    try_commands(shown, commands(3_000))

    assert shown.wrong == [], told(shown, 0)
    assert len(shown.answers) > 12
    assert shown.answers["Attach"] < 2_000


def test_the_corpus_is_varied_and_the_same_each_time():
    made = texts(500)

    assert len(set(made)) == len(made) == 500
    assert made == texts(500)
    assert set(made) >= {piece for group in PIECES.values() for piece in group}


def test_the_proof_notices_what_it_is_against():
    alive = message("<!channel> did it", [section("<http://evil.test|CRM> and <@U1>")])
    unseen = message("a\u202eb", [section("a\u200bb")])

    assert [str(one).split(":")[0] for one in broken(alive)] == ["alive", "alive"]
    assert len(broken(unseen)) == 2
