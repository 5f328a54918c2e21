"""The words for people, portals, and the records of the CRM."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import NewType

Clock = Callable[[], datetime]
"""Returns the present time, in UTC and aware of it."""


PortalUrl = NewType("PortalUrl", str)
"""Origin of a portal, such as `https://office.example.com`: no path, no final slash."""


HIGHEST_ID = 2_147_483_647
"""The portal keeps ids as 32-bit integers and refuses larger numbers."""


class EntityType(StrEnum):
    """What files can be attached to; the value is the word in the portal's address."""

    CASE = "case"
    OPPORTUNITY = "opportunity"
    CONTACT = "contact"


@dataclasses.dataclass(frozen=True, slots=True)
class EntityRef:
    """A record of the CRM by type and number."""

    type: EntityType
    id: int

    def __str__(self) -> str:
        return f"{self.type.capitalize()} #{self.id}"


@dataclasses.dataclass(frozen=True, slots=True)
class EntityName:
    """A record by words of its name; `company` narrows contacts to companies or to persons."""

    type: EntityType
    words: str
    company: bool | None = None

    def __str__(self) -> str:
        return f"{self.type} {self.words}"


@dataclasses.dataclass(frozen=True, slots=True)
class UntypedNumber:
    """A record number without its type: three records may have it."""

    id: int

    def __str__(self) -> str:
        return f"record {self.id}"


Record = EntityRef | EntityName | UntypedNumber


@dataclasses.dataclass(frozen=True, slots=True)
class SlackUser:
    """A person in a workspace; `enterprise` is empty outside Enterprise Grid."""

    team: str
    id: str
    enterprise: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What the portal says of a record to the person who asks.

    `closed` is None where the type knows no closing (contacts); `company` is None for others than
    contacts.
    """

    ref: EntityRef
    title: str
    closed: bool | None = None
    private: bool = False
    company: bool | None = None
