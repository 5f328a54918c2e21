"""What is said of the link between a conversation and a record, and of what people agreed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sharing import HabitKind
from bot.views import buttons, commands, words
from bot.views.blocks import MOST_SHOWN, button, channel_link, names
from bot.views.notes import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain import Block, EntityRef, Filing, Message
    from bot.sharing import Habit, Link


def linked(filing: Filing, *, several_portals: bool = False) -> Message:
    """Confirm a link, with the title that the person's own key has shown."""
    where = f" at {words.host(filing.portal)}" if several_portals else ""
    return Note(
        headline=f"This channel is now linked to {words.record_of(filing)}{where}",
        body=(
            "I suggest it first here, and `/attach here 12` means it. When somebody who is "
            "connected shares a file here, I ask them whether to attach it. Nothing is attached "
            "without them."
        ),
        buttons=(
            *(buttons.open_in_crm(filing.portal, ref, filing.entity) for ref in _ref(filing)),
            *buttons.run("Unlink", "unlink", says="Unlink this channel from its record"),
        ),
        small="Everybody here can see the number of the record in `/attach status`, not its title.",
    ).message()


def _ref(filing: Filing) -> Iterator[EntityRef]:
    ref = words.target(filing)
    if ref is not None:
        yield ref


def unlinked(before: Link | None) -> Message:
    """Confirm that a conversation is linked to nothing."""
    if before is None:
        return Note(
            headline="This channel was not linked to a record",
            body="Nothing was changed. Type `/attach link case 7` to link it.",
        ).message()
    return Note(
        headline=f"This channel is no longer linked to {before.ref}",
        body="I ask nobody here about shared files any more. Nothing was changed in CRM.",
        buttons=buttons.run(
            "Link it again",
            commands.linking(before.ref, portal=before.portal),
            says=f"Link this channel to {words.spoken_record(before.ref)} again",
        ),
    ).message()


def standing(link: Link | None, habits: Sequence[Habit], *, several_portals: bool) -> list[str]:
    """Return lines for the status: the link of the conversation, and a person's decisions."""
    return [*_link_line(link, several_portals), *_habit_lines(habits)]


def _link_line(link: Link | None, several_portals: bool) -> list[str]:  # noqa: FBT001  (handed on)
    if link is None:
        return []
    where = f" at {words.host(link.portal)}" if several_portals else ""
    return [f"This channel is linked to {link.ref}{where}."]


def _habit_lines(habits: Sequence[Habit]) -> Iterator[str]:
    muted = [habit.channel for habit in habits if habit.kind is HabitKind.MUTE]
    if "" in muted:
        yield "I ask you about shared files nowhere, as you wished."
    elif muted:
        where = names([channel_link(channel) for channel in muted], MOST_SHOWN)
        yield f"I do not ask you about files that you share in {where}, as you wished."
    for habit in [habit for habit in habits if habit.kind is HabitKind.ALWAYS][:MOST_SHOWN]:
        yield (
            f"Files that you share in {channel_link(habit.channel)} go to {habit.ref} without "
            "asking, as you wished."
        )


def ask_again() -> Block:
    """Return the button that takes back what a person has decided about prompts."""
    return button("Ask me again", "share.again", says="Ask me again about files that I share")
