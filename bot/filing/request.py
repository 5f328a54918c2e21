"""What a person may ask for beside what the grammar knows, and the items that follow. Pure."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bot.domain import Item, SharedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain import FileId, Source, WrittenFile
    from bot.reply_to import ReplyTo

_FILE_PATH = re.compile(r"/files(?:-pri)?/(?:[^/]+/)?(?:T\w+-)?(F[A-Z0-9]+)(?:/(?:.*/)?([^/]*))?$")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Files of Slack, a text to be kept as a file (title and text), and who else is to be told.

    `openly` is where everybody reads the summary once something is attached. `linking` is the
    conversation that is linked to the record once the person's own key has shown it.
    """

    shared: tuple[SharedFile, ...] = ()
    note_file: tuple[str, str] | None = dataclasses.field(default=None, repr=False)
    openly: ReplyTo | None = None
    linking: str = ""


def items_of(
    numbers: Iterable[FileId],
    links: Iterable[str],
    shared: Iterable[SharedFile],
    written: WrittenFile | None,
    *,
    channel: str,
) -> Sequence[Item]:
    """Return one item for each thing that was asked for, in this order, and for none twice.

    `links` lead to files in Slack, as the grammar has read them; `channel` is where they stand.
    """
    linked = [linked_file(link, channel) for link in links]
    files = {file.id: file for file in [*linked, *shared] if file.id}
    sources: list[Source] = [
        *dict.fromkeys(numbers),
        *files.values(),
        *([written] if written else []),
    ]
    return [Item(source=source) for source in sources]


def linked_file(link: str, channel: str = "") -> SharedFile:
    """Return what a link leads to (`https://acme.slack.com/files/U1/F0AB/a.pdf`), or no id.

    The name is Slack's spelling of it in addresses: better than none until the file is looked at.
    """
    found = _FILE_PATH.search(urlsplit(link).path)
    id_, name = (found[1], unquote(found[2] or "")) if found else ("", "")
    return SharedFile(id=id_, name=name, channel=channel)
