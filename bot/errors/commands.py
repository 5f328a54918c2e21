"""What can be wrong with the words typed."""

from __future__ import annotations

from bot.errors.root import BotError


class TypingError(BotError):
    """The words typed were not understood; nothing was changed."""


class UnknownWordError(TypingError):
    """`fixed` is the whole command with the nearest known word, or empty."""

    word: str
    nearest: str = ""
    fixed: str = ""


class UnsupportedTypeError(TypingError):
    word: str


class BadRecordError(TypingError):
    text: str


class BadFilesError(TypingError):
    """`good` were read, `bad` was not; `record` is the record as it may be typed again."""

    bad: str
    good: tuple[int, ...] = ()
    record: str = ""


class TooManyFilesError(TypingError):
    """`files` are the ones that fit."""

    count: int
    files: tuple[int, ...] = ()
    record: str = ""


class ForeignLinkError(TypingError):
    host: str


class MixedPortalsError(TypingError):
    first: str
    second: str


class KeyInCommandError(TypingError):
    pass


class NoLastRecordError(TypingError):
    pass


class NoLastFileError(TypingError):
    pass


class NoLinkedRecordError(TypingError):
    pass


class RemarkChosenError(TypingError):
    """What was chosen in the menu of records is a remark, and no record."""


class NotAVerbYetError(TypingError):
    word: str
