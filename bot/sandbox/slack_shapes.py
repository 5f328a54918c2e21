"""Small building blocks to say what JSON Slack takes: strings, numbers, lists, records."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where (a JSON pointer)."""

    at: str
    says: str

    def __str__(self) -> str:
        return f"{self.says} [json-pointer:{self.at}]"


class Shape(Protocol):
    """Says what is wrong with a value that stands at a place."""

    def problems(self, value: object, at: str, /) -> Iterator[Problem]: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Anything:
    """Takes what comes."""

    def problems(self, _value: object, _at: str, /) -> Iterator[Problem]:
        return iter(())


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """A string with a length, and perhaps a form."""

    most: int = 255
    least: int = 1
    form: str = ""

    def problems(self, value: object, at: str, /) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(at, "must be a string")
        elif len(value) > self.most:
            yield Problem(at, f"must be less than {self.most + 1} characters")
        elif len(value) < self.least:
            yield Problem(at, f"must be more than {self.least - 1} characters")
        elif self.form and not re.fullmatch(self.form, value):
            yield Problem(at, f"must look like {self.form}")


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def problems(self, value: object, at: str, /) -> Iterator[Problem]:
        if value not in self.words:
            yield Problem(at, f"must be a valid enum value: {', '.join(self.words)}")


@dataclasses.dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def problems(self, value: object, at: str, /) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield Problem(at, "must be a boolean")


@dataclasses.dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two others."""

    least: int = 0
    most: int = 2**53

    def problems(self, value: object, at: str, /) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem(at, "must be an integer")
        elif not self.least <= value <= self.most:
            yield Problem(at, f"must be between {self.least} and {self.most}")


@dataclasses.dataclass(frozen=True, slots=True)
class ListOf:
    """A list, its length, and what stands in it."""

    item: Shape
    most: int = 10_000
    least: int = 1

    def problems(self, value: object, at: str, /) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(at, "must be an array")
            return
        if len(value) > self.most:
            yield Problem(at, f"no more than {self.most} items allowed")
        if len(value) < self.least:
            yield Problem(at, f"no fewer than {self.least} items allowed")
        for index, item in enumerate(value):
            yield from self.item.problems(item, f"{at}/{index}")


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """An object: fields it must have, fields it may have, no others.

    Of `either`, exactly one must be there. `type` was looked at by whoever chose this record.
    """

    must: Mapping[str, Shape] = dataclasses.field(default_factory=dict)
    may: Mapping[str, Shape] = dataclasses.field(default_factory=dict)
    either: tuple[str, ...] = ()

    def problems(self, value: object, at: str, /) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(at, "must be an object")
            return
        for name in self.must:
            if name not in value:
                yield Problem(at, f"missing required field: {name}")
        if self.either and sum(name in value for name in self.either) != 1:
            yield Problem(at, f"must have exactly one of: {', '.join(self.either)}")
        for name, inner in value.items():
            shape = self.must.get(name) or self.may.get(name)
            if shape:
                yield from shape.problems(inner, f"{at}/{name}")
            elif name != "type":
                yield Problem(at, f"invalid additional property: {name}")


@dataclasses.dataclass(frozen=True, slots=True)
class Typed:
    """An object whose `type` decides its shape."""

    shapes: Mapping[str, Shape]
    what: str

    def problems(self, value: object, at: str, /) -> Iterator[Problem]:
        kind = value.get("type") if isinstance(value, dict) else None
        shape = self.shapes.get(kind) if isinstance(kind, str) else None
        if shape is None:
            yield Problem(at, f"unsupported type: {kind} is no {self.what}")
        else:
            yield from shape.problems(value, at)
