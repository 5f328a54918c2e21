"""Hostile texts through every field of every view, and bent commands: all inert, all answered."""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections import Counter
from typing import TYPE_CHECKING

from bench.hostile import commands, texts
from bot.domain import PortalUrl
from bot.errors import TypingError
from bot.file_names import LONGEST_NAME, clean_name
from bot.grammar import parse
from bot.views.problem import problem
from tests.gallery import gallery
from tests.view_rules import broken, unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PORTALS = (PortalUrl("https://office.example.com"), PortalUrl("https://second.example.com"))
EACH = 100
"""Of each kind of error the first ones are drawn, and then one in so many."""


@dataclasses.dataclass
class Shown:
    """What came of the texts; `wrong` is empty if all promises were kept."""

    drawn: int = 0
    texts: int = 0
    answers: Counter[str] = dataclasses.field(default_factory=Counter)
    helps: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)

    def rows(self) -> dict[str, int]:
        return {
            "texts": self.texts,
            "views drawn with them": self.drawn,
            "commands": self.answers.total(),
            "of these understood": sum(
                count for name, count in self.answers.items() if not name.endswith("Error")
            ),
            "answers to the others drawn": self.helps,
            "wrong": len(self.wrong),
        }


def try_texts(shown: Shown, hostile: Iterable[str]) -> None:
    """Draw everything with each text, and call a file by it."""
    for text in hostile:
        shown.texts += 1
        for name, drawn in gallery(text):
            shown.drawn += 1
            shown.wrong += [f"{name} with {text[:60]!r}: {found}" for found in broken(drawn)]
        kept = clean_name(text)
        units = len(kept.encode("utf-16-le", "surrogatepass")) // 2
        if unseen(kept) or set(kept) & set('/\\\n\r*:"<>?|') or units > LONGEST_NAME:
            shown.wrong.append(f"a file would be called {kept!r}")


def try_commands(shown: Shown, typed: Iterable[str]) -> None:
    """Read each command; what is not understood is answered with words and a way on."""
    for text in typed:
        try:
            answer = type(parse(text, PORTALS)).__name__
        except TypingError as error:
            answer = type(error).__name__
            if shown.answers[answer] < EACH or shown.answers[answer] % EACH == 0:
                _help(shown, text, error)
        except Exception as error:  # noqa: BLE001  (the very thing that must not be)
            answer = type(error).__name__
            shown.wrong.append(f"{text!r}: {error!r}")
        shown.answers[answer] += 1


def _help(shown: Shown, text: str, error: TypingError) -> None:
    said = problem(error)
    shown.helps += 1
    shown.wrong += [f"the answer to {text!r}: {found}" for found in broken(said)]
    if not said.text or not said.blocks:
        shown.wrong.append(f"no answer to {text!r}")


def told(shown: Shown, seconds: float) -> str:
    """Return the figures as lines to read."""
    rows = {**shown.rows(), **dict(shown.answers.most_common()), "seconds": round(seconds)}
    lines = [f"{name:<40}{value:>10,}" for name, value in rows.items()]
    return "\n".join([*lines, *shown.wrong[:20], json.dumps(rows)])


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a text did anything but stand there."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove text", description=__doc__)
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--commands", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    trial = parser.parse_args(argv)
    began = time.monotonic()
    shown = Shown()
    try_texts(shown, texts(trial.texts, trial.seed))
    try_commands(shown, commands(trial.commands, trial.seed))
    print(told(shown, time.monotonic() - began))
    return 1 if shown.wrong else 0
