"""What portals have answered a moment ago, for each person apart: bounded, and soon forgotten."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from bot.domain import EntityName, EntityRef, EntityType
from bot.suggesting.matching import covers, fits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.account import Account
    from bot.domain import Entity
    from bot.suggesting.matching import Question

SECONDS: Final = 45.0
"""How long an answer is taken for true."""
MOST_ENTITIES: Final = 20_000
"""In all; each takes some hundred bytes."""
MOST_QUESTIONS: Final = 40
"""Of one person."""
MOST_ROWS: Final = 30
"""What the portal gives at most to a search: with so many there may be more."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Answer:
    entities: tuple[Entity, ...]
    until: float


class Known:
    """Answers by account, so that a new key begins with nothing.

    `clock` counts seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float], *, most: int = MOST_ENTITIES) -> None:
        self._clock = clock
        self._most = most
        self._size = 0
        # Whoever was served last stands last.
        self._of: OrderedDict[Account, dict[Question, _Answer]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many entities are kept."""
        return self._size

    def put(self, who: Account, question: Question, entities: Sequence[Entity]) -> None:
        answers = self._fresh(who)
        self._of[who] = answers
        self._of.move_to_end(who)
        if question in answers:
            self._drop(answers, question)
        while len(answers) >= MOST_QUESTIONS:
            self._drop(answers, next(iter(answers)))
        answers[question] = _Answer(tuple(entities), self._clock() + SECONDS)
        self._size += len(entities)
        while self._size > self._most and len(self._of) > 1:
            self._forget(next(iter(self._of)))
        self._forget_old()

    def answer(self, who: Account, question: Question) -> tuple[Entity, ...] | None:
        """Return the answer to a question, as far as the answers that are there give it.

        A search is picked from a wider one, if the portal gave all of that; `is_sure` says
        whether this is certain.
        """
        answers = self._fresh(who)
        if question in answers:
            return answers[question].entities
        match question:
            case EntityRef():
                seen = (one for answer in answers.values() for one in answer.entities)
                found = tuple(one for one in seen if one.ref == question)[-1:]
                return found or None
            case EntityName():
                return self._picked(answers, question)
            case EntityType():
                return None

    def is_sure(self, who: Account, question: Question) -> bool:
        """Say whether the answer that there is must be the portal's own.

        Of cases and opportunities the portal picks its thirty before it looks at rights, so fewer
        rows do not prove that these were all.
        """
        if not isinstance(question, EntityName) or question.type is EntityType.CONTACT:
            return True
        return question in self._fresh(who)

    def _picked(
        self, answers: dict[Question, _Answer], name: EntityName
    ) -> tuple[Entity, ...] | None:
        for wider, answer in reversed(answers.items()):
            if not isinstance(wider, EntityName) or is_cut(answer.entities):
                continue
            if covers(wider, name):
                found = tuple(entity for entity in answer.entities if fits(name, entity))
                if found or name.type is EntityType.CONTACT:
                    return found
        return None

    def entities(self, who: Account) -> list[Entity]:
        """Return every entity of a person's answers once, as it was seen last."""
        answers = self._fresh(who).values()
        return list({one.ref: one for answer in answers for one in answer.entities}.values())

    def forget(self, belongs: Callable[[Account], bool]) -> None:
        """Drop what was answered to these accounts."""
        for who in [one for one in self._of if belongs(one)]:
            self._forget(who)

    def _fresh(self, who: Account) -> dict[Question, _Answer]:
        """Return what is not too old, and drop the rest."""
        answers = self._of.get(who, {})
        now = self._clock()
        for question in [one for one, answer in answers.items() if answer.until <= now]:
            self._drop(answers, question)
        return answers

    def _drop(self, answers: dict[Question, _Answer], question: Question) -> None:
        self._size -= len(answers.pop(question).entities)

    def _forget(self, who: Account) -> None:
        self._size -= sum(len(answer.entities) for answer in self._of.pop(who).values())

    def _forget_old(self) -> None:
        """Let nobody's answers lie about who asks for nothing any more."""
        now = self._clock()
        while self._of:
            who, answers = next(iter(self._of.items()))
            if any(answer.until > now for answer in answers.values()):
                return
            self._forget(who)


def is_cut(entities: Sequence[Entity]) -> bool:
    """Say whether the portal may have more than it gave."""
    return len(entities) >= MOST_ROWS
