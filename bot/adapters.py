"""How a type of ours is written down and read again: one adapter each, built at its first use."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Hashable

_T = TypeVar("_T")


def adapter(kind: type[_T]) -> TypeAdapter[_T]:
    """Return the adapter of a type. To build one takes up to 20 ms of CPU, to find it nothing."""
    built: TypeAdapter[_T] = _built(cast("Hashable", kind))
    return built


@functools.cache
def _built(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - the function above knows what comes out
    return TypeAdapter(kind)
