"""What a form says of a file in Slack, from what a payload or a look says. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bot import errors
from bot.draft import Offered
from bot.slack_files.wire import Rules, WireFile, slack_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.slack_file import SlackFile

_LOOK_AGAIN = (
    errors.SlackFileTroubleError,
    errors.SlackFileForeignError,
    errors.SlackFileHiddenError,
)
"""What a payload says in these words may be a stub only; `files.info` knows."""


def offered(described: Mapping[str, Any], rules: Rules, channel: str = "") -> Offered:
    """Return a file as a payload describes it: it can go, it cannot, or Slack has to be asked."""
    wire = WireFile.model_validate(described)
    try:
        return seen(slack_file(described, rules, channel))
    except _LOOK_AGAIN:
        return Offered(id=wire.id, name=wire.called, size=wire.size or 0, unseen=True)
    except errors.SlackFileRefusedError as error:
        return refused(Offered(id=wire.id, name=wire.called, size=wire.size or 0), error)


def seen(file: SlackFile) -> Offered:
    """Return a file that can go."""
    return Offered(id=file.id, name=file.title, size=file.size, mimetype=file.mimetype)


def refused(file: Offered, error: errors.SlackFileRefusedError) -> Offered:
    """Return a file that cannot go, with the reason."""
    return dataclasses.replace(file, unseen=False, failure=error.failure())


def within(file: Offered, largest: int | None) -> Offered:
    """Return the same file, refused if it has more than `largest` bytes."""
    if largest is None or file.failure is not None or file.size <= largest:
        return file
    return refused(file, errors.SlackFileTooLargeError(file.id, file.name, file.size, largest))
