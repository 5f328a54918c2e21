"""What goes wrong with a form on somebody's screen."""

from __future__ import annotations

from bot.errors.root import BotError


class FormError(BotError):
    """A form cannot go on as it is."""


class FormLateError(FormError):
    """Slack did not `open`, `fill` or `send` it in time; `draft` takes its choices up again."""

    draft: str
    when: str = "open"


class DraftGoneError(FormError):
    pass
