"""What can go wrong with files that lie in Slack: for good, or just now."""

from __future__ import annotations

from bot.errors.root import BotError


class SlackFileRefusedError(BotError):
    """A file in Slack cannot go to CRM. `file` is Slack's id, `name` as far as it is known."""

    file: str
    name: str = ""


class SlackFileHiddenError(SlackFileRefusedError):
    """`channel` is where the person sees the file, or "": the bot may be invited there."""

    channel: str = ""


class SlackFileElsewhereError(SlackFileRefusedError):
    """The bot may read it, and the person is not known to: `name` stays empty."""


class SlackFileForeignError(SlackFileRefusedError):
    pass


class SlackFileGoneError(SlackFileRefusedError):
    """`limited`: it is still there, behind the limit of Slack's free plan."""

    limited: bool = False


class SlackFileKindError(SlackFileRefusedError):
    """`kind` is canvas, list, post or link."""

    kind: str = ""


class SlackFileEmptyError(SlackFileRefusedError):
    pass


class SlackFileTooLargeError(SlackFileRefusedError):
    """`size` and `limit` in bytes."""

    size: int = 0
    limit: int = 0


class SlackFileTypeError(SlackFileRefusedError):
    """`extension` with its dot."""

    extension: str = ""


class SlackFileWithheldError(SlackFileRefusedError):
    """Slack answered with its sign-in page, or led away from where files are."""


class SlackFileScopeError(SlackFileRefusedError):
    scope: str = "files:read"


class SlackFileDeniedError(SlackFileRefusedError):
    """`code` is Slack's own word."""

    code: str = ""


class SlackFileTroubleError(BotError):
    """A file in Slack cannot be had just now; nobody has taken a part of it for the whole."""

    file: str
    name: str = ""


class SlackFileUnreadyError(SlackFileTroubleError):
    pass


class SlackFileBrokenError(SlackFileTroubleError):
    """Too few bytes came, or too many: start the file again with a new look at it."""


class SlackFileAwayError(SlackFileTroubleError):
    """`after` is Slack's own wish, in seconds, or 0."""

    after: float = 0
