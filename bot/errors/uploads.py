"""Why a file did not get into the portal."""

from __future__ import annotations

from bot.errors.root import BotError


class UploadError(BotError):
    """A file cannot be put into the portal."""


class EmptyFileError(UploadError):
    """The portal stores no file without bytes."""

    name: str


class FileTooLargeError(UploadError):
    """`limit` is in bytes, or 0 when the portal does not tell."""

    portal: str
    name: str
    size: int = 0
    limit: int = 0


class FileTypeError(UploadError):
    """The portal's filter of extensions (off by default) refused the name."""

    portal: str
    name: str


class FileChangedError(UploadError):
    """Its bytes are not as many as was said before; nothing was stored."""

    name: str


class MayNotUploadError(UploadError):
    portal: str


class OverwroteError(UploadError):
    """A person's setting lets uploads of a known name become versions of the file that has it.

    That file may hang on another record. `id` is its number.
    """

    portal: str
    name: str
    id: int = 0


class SameContentError(UploadError):
    """The record has the same bytes already, and nothing was stored.

    `user` is Slack's id of who filed them, `at` when (ISO 8601), `file` and `name` as what; `own`
    is how this file is called.
    """

    user: str
    at: str
    file: int
    name: str = ""
    own: str = ""


class StoredWrongError(UploadError):
    """The answer names another folder, or another size. What was stored is on no record."""

    portal: str
    name: str
