"""Which titles have the words of a search, as the portal compares them. Pure."""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING, Final

from bot.domain import EntityName, EntityRef, EntityType, UntypedNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain import Entity
    from bot.grammar import Sought

Question = EntityRef | EntityName | EntityType
"""What the portal can be asked for: one record, those with words, or the newest of a type."""

FEWEST_LETTERS: Final = 2
"""One letter is in nearly every title; one sign of a script without letters may be a word."""

_WILD: Final = frozenset("%_\\")
"""What the portal's database reads as "anything"."""


def names_of(sought: Sought) -> Sequence[EntityName]:
    """Return the names by which titles are compared."""
    named = [sought.record] if isinstance(sought.record, EntityName) else []
    anywhere = [EntityName(type_, sought.words) for type_ in EntityType if sought.words]
    return [*named, *anywhere]


def questions_of(sought: Sought) -> Sequence[Question]:
    """Return what to ask the portal."""
    names = [name for name in names_of(sought) if _searchable(name.words)]
    match sought.record:
        case UntypedNumber(id=id_):
            return [*(EntityRef(type_, id_) for type_ in EntityType), *names]
        case EntityRef() as ref:
            return [ref, *names]
        case _:
            return names


def _searchable(words: str) -> bool:
    return len(words) >= FEWEST_LETTERS or any(unicodedata.category(one) == "Lo" for one in words)


@functools.lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return a text without case and accents, as databases compare titles."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if unicodedata.category(one) != "Mn")


def has_every(words: str, title: str) -> bool:
    """Say whether a title contains every one of the words, in any order."""
    text = folded(title)
    return all(word in text for word in folded(words).split())


def covers(wider: EntityName, narrower: EntityName) -> bool:
    """Say whether whatever fits `narrower` fits `wider`, too, and can be picked from there.

    So it is for "acme" and "acme onb": each word of the wider is in one of the narrower.
    """
    if wider.type is not narrower.type or wider.company not in {None, narrower.company}:
        return False
    if _WILD.intersection(narrower.words):
        return False
    into = folded(narrower.words).split()
    return all(any(word in other for other in into) for word in folded(wider.words).split())


def fits(name: EntityName, entity: Entity) -> bool:
    """Say whether an entity is one that the portal would find by this name."""
    right = entity.ref.type is name.type and name.company in {None, entity.company}
    return right and has_every(name.words, entity.title)


def in_order(entities: Iterable[Entity], words: str) -> list[Entity]:
    """Return entities with the likeliest first: by where the words stand, open ones first."""
    text = folded(words)
    parts = text.split()

    def key(entity: Entity) -> tuple[int, bool, str, int]:
        title = folded(entity.title)
        begins = all(any(one.startswith(part) for one in title.split()) for part in parts)
        place = 0 if title.startswith(text) else 1 if begins else 2
        return place, bool(entity.closed), title, entity.ref.id

    return sorted(entities, key=key)
