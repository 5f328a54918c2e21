"""Why only the person who files is told, where a thread cannot be."""

from __future__ import annotations

from bot.draft import Threads

_WORDS = {
    Threads.SHARED: "Another company reads here, so only you see the answer.",
    Threads.UNHEARD: "Only you see the answer: as far as I know I am not in this conversation.",
}
_INVITE = " Invite me with `/invite` to reply in its threads."
_DIRECT = "D"
"""What the ids of direct messages begin with: nobody can be invited there."""


def who_is_told(threads: Threads, channel: str) -> str:
    """Return why no reply in the thread is offered, or nothing."""
    invited = threads is Threads.UNHEARD and not channel.startswith(_DIRECT)
    return _WORDS.get(threads, "") + (_INVITE if invited else "")
