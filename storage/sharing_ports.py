"""What the bot asks of its store about conversations and the files that people share in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain import SlackUser
    from bot.sharing import Answered, Habit, HabitKind, Link, Prompt, Seen
    from storage.ports import Accounts


class Links(Protocol):
    """The record of each conversation that is linked to one."""

    async def of(self, team: str, channel: str, /) -> Link | None: ...

    async def put(self, link: Link, /) -> Link | None:
        """Link a conversation, and return the link that this one replaces."""
        ...

    async def remove(self, team: str, channel: str, /) -> Link | None:
        """Return the link that there was."""
        ...

    async def forget_team(self, team: str, /) -> None: ...


class Habits(Protocol):
    """What people have decided about prompts, once for each conversation and once for all."""

    async def of(self, user: SlackUser, /) -> Sequence[Habit]:
        """Return what this person has decided; what holds everywhere comes first."""
        ...

    async def put(self, habit: Habit, /) -> None: ...

    async def forget(self, user: SlackUser, /, *kinds: HabitKind) -> int:
        """Delete decisions of these kinds (of all, if none is named) and count them."""
        ...

    async def forget_team(self, team: str, /) -> None: ...


class Newest(Protocol):
    """What was shared last."""

    async def newest(self, user: SlackUser, channel: str, since: datetime, /) -> str | None:
        """Return the file that this person shared last in a conversation, at `since` or later."""
        ...


class Shares(Newest, Protocol):
    """Files that the bot was told of, for a day."""

    async def note(self, seen: Seen, /, *, wanted: bool) -> bool:
        """Remember a file; `wanted`: it is still to be looked at. False: it was known."""
        ...

    async def wanted(self) -> Sequence[tuple[SlackUser, str]]:
        """Return every person and conversation with files that are still to be looked at."""
        ...

    async def wanted_of(self, user: SlackUser, channel: str, /) -> Sequence[Seen]:
        """Return this person's files of one conversation that are still to be looked at."""
        ...

    async def drop(self, seen: Sequence[Seen], /) -> None:
        """Let these be looked at no more; they stay known."""
        ...

    async def sweep(self, before: datetime, /) -> int: ...

    async def forget_team(self, team: str, /) -> None: ...


class Prompts(Protocol):
    """Questions about shared files.

    Who tells of a prompt saves it; who clicks notes the answer. Neither changes what the other
    keeps.
    """

    async def open(self, prompt: Prompt, seen: Sequence[Seen], /) -> Prompt | None:
        """Store the prompt that these files are for, and let them be looked at no more.

        Of a message in a channel there is one: None, if it was there before. In a direct message
        the next one is another `part`.
        """
        ...

    async def get(self, id_: str, /) -> Prompt | None: ...

    async def save(self, prompt: Prompt, /) -> None:
        """Store how far telling has come."""
        ...

    async def answer(self, id_: str, answered: Answered, /) -> bool:
        """Note the answer; False: there was one before."""
        ...

    async def due(self) -> Sequence[Prompt]:
        """Return the prompts of which something is, or may be, still to be told, the next first."""
        ...

    async def unconnected(self, user: SlackUser, /) -> Sequence[Prompt]:
        """Return this person's prompts that wait for an account, oldest first."""
        ...

    async def asked_since(self, user: SlackUser, since: datetime, /) -> int:
        """Return how often this person was asked in channels at `since` or later."""
        ...

    async def sweep(self, before: datetime, /) -> int: ...

    async def forget_team(self, team: str, /) -> None: ...


class SharingStore(Protocol):
    """The part of an open database that shared files need."""

    @property
    def accounts(self) -> Accounts: ...

    @property
    def links(self) -> Links: ...

    @property
    def habits(self) -> Habits: ...

    @property
    def shares(self) -> Shares: ...

    @property
    def prompts(self) -> Prompts: ...
