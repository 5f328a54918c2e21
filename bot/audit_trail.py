"""`attachbot audit`: whether the audit is whole, and all of it as lines of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.views import console_audit as words
from storage import audit_trail as trails

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.settings import Settings

    Say = Callable[[str], None]

BROKEN = 1
NO_HEAD = 2


def verify(settings: Settings, say: Say, heads: Collection[str] = ()) -> int:
    """Say whether the audit is whole, and where it ends.

    Raises:
        StoreError: the database cannot be read, or has no audit yet.

    """
    links = {head: trails.link_of(head) for head in heads}
    wrong = [head for head, link in links.items() if link is None]
    for head in wrong:
        say(words.no_head(head))
    if wrong:
        return NO_HEAD
    trail = trails.verify(settings.database_url, [link for link in links.values() if link])
    for link in trail.older:
        say(words.swept_since(str(link)))
    if trail.flaws:
        said = words.broken(trail.flaws)
    else:
        said = words.whole(trail.entries, trail.begins.seq + 1, str(trail.head))
    for line in said:
        say(line)
    return BROKEN if trail.flaws else 0


def export(settings: Settings, say: Say) -> int:
    """Say every entry as a line of JSON, oldest first.

    Raises:
        StoreError: the database cannot be read, or has no audit yet.

    """
    for line in trails.export(settings.database_url):
        say(line)
    return 0
