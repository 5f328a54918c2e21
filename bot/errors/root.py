"""The root of the tree of errors: facts without words, which can be stored and read again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, dataclass_transform

from bot.domain import EntityRef, EntityType, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass_transform(eq_default=False)
class BotError(Exception):
    """Root of the tree: each class is a dataclass, and its fields are the facts, without words."""

    def __init_subclass__(cls) -> None:
        dataclasses.dataclass(eq=False)(cls)

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self._facts().items())

    def _facts(self) -> dict[str, object]:
        names = getattr(self, "__dataclass_fields__", ())
        return {name: getattr(self, name) for name in names}

    def failure(self) -> Failure:
        """Return this error in storable form."""
        facts = {name: _plain(value) for name, value in self._facts().items()}
        return Failure(type(self).__name__, facts)

    @classmethod
    def of(cls, failure: Failure) -> BotError:
        """Return the error that `failure` was made of."""
        found = next(leaf for leaf in cls.leaves() if leaf.__name__ == failure.error)
        return found(**{name: _fact(value) for name, value in failure.facts.items()})

    @classmethod
    def leaves(cls) -> Iterator[type[BotError]]:
        """Yield every class of the tree below this one."""
        for child in cls.__subclasses__():
            yield child
            yield from child.leaves()


def _plain(value: object) -> object:
    """Return a fact as JSON keeps it."""
    return dataclasses.asdict(value) if isinstance(value, EntityRef) else value


def _fact(value: object) -> object:
    """Return a fact as its error keeps it; JSON has neither tuples nor entities."""
    if isinstance(value, dict):
        return EntityRef(EntityType(value["type"]), value["id"])
    return tuple(value) if isinstance(value, list) else value
