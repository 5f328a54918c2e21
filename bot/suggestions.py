"""What the menu of records is asked and what it answers, as types. Pure."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain import Entity

if TYPE_CHECKING:
    from bot.domain import EntityRef, EntityType, PortalUrl

MOST_OFFERED = 99
"""Slack takes a hundred options in all; one is left for a remark."""


@dataclasses.dataclass(frozen=True, slots=True)
class Hints:
    """What a form is about.

    `channel` is where it was opened, or empty. `words` are the texts around: names of its files,
    the message, the name of the channel, whole as they are.
    """

    channel: str = ""
    words: tuple[str, ...] = ()


class Why(StrEnum):
    """Why records are offered."""

    FOUND = "found"  # they have what was typed
    LINKED = "linked"  # the channel is linked to it
    LATEST = "latest"  # the person used them before
    FITTING = "fitting"  # their titles share words with what the form is about
    NEWEST = "newest"


class Remark(StrEnum):
    """What is to be said beside the records, or instead of them."""

    SEARCHING = "searching"  # something has not come in time
    LETTERS = "letters"  # too little was typed to search for
    AWAY = "away"  # the portal does not answer, or refuses
    CONNECT = "connect"  # no key
    KEY = "key"  # a key that is not accepted any more
    CLOSED = "closed"  # no CRM for this account
    FOREIGN = "foreign"  # a link to somewhere else
    NO_RECORD = "no_record"  # a link to something that takes no files
    TYPED_KEY = "typed_key"  # what was typed looks like a key


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """One record to choose; a bare number where its title has not come in time.

    `shared` are the words that its title shares with what the form is about. `portal` is where it
    is, unless that is the person's usual one.
    """

    record: Entity | EntityRef
    shared: tuple[str, ...] = ()
    portal: PortalUrl | None = None

    @property
    def ref(self) -> EntityRef:
        return self.record.ref if isinstance(self.record, Entity) else self.record


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Records that are offered for the same reason; `type` is None where they are mixed.

    `cut`: the portal has more of them than it gives.
    """

    why: Why
    type: EntityType | None = None
    offers: tuple[Offer, ...]
    cut: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """The whole menu."""

    groups: tuple[Group, ...] = ()
    remark: Remark | None = None
