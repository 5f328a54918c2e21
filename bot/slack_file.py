"""What a file is that lies in Slack and may go to CRM."""

from __future__ import annotations

import dataclasses

from bot.file_names import extension_of


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SlackFile:
    """A file in Slack; `size` in bytes, at least 1.

    `name` is what its person called it, perhaps "". `title` is what a portal can keep it under: it
    is never empty, and its extension is in lower case. The bytes lie at `url`, for those who bear
    the bot's token. `uploader` is the id of a person, of whatever workspace.
    """

    id: str
    name: str
    title: str
    size: int
    url: str = dataclasses.field(repr=False)
    mimetype: str = ""
    permalink: str = ""
    uploader: str = ""

    @property
    def extension(self) -> str:
        """What the title ends with, with its dot, or ""."""
        return extension_of(self.title)
