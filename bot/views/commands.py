"""How commands are spelled in the values of buttons, which run them as if they were typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.views import links

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain import EntityRef, PortalUrl

NOTHING = "-"
"""The value of a form button that fills in nothing."""


def attach(ref: EntityRef, files: Iterable[int], *, portal: PortalUrl | None = None) -> str:
    """Return `case 7 12,13`; a portal that is not the only one makes the record a link."""
    return f"{record(ref, portal=portal)} {numbers(files)}".rstrip()


def listing(ref: EntityRef, *, everything: bool = False, portal: PortalUrl | None = None) -> str:
    return f"list {record(ref, portal=portal)}" + (" all" if everything else "")


def linking(ref: EntityRef, *, portal: PortalUrl | None = None) -> str:
    return f"link {record(ref, portal=portal)}"


def record(ref: EntityRef, *, portal: PortalUrl | None = None) -> str:
    return links.entity_url(portal, ref) if portal else f"{ref.type} {ref.id}"


def numbers(files: Iterable[int]) -> str:
    return ",".join(map(str, files))
