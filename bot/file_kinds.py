"""What kinds of files the portal knows."""

from __future__ import annotations

from enum import IntEnum


class FileKind(IntEnum):
    """The portal's `fileType` (web/core/ASC.Web.Core/Files/FileType.cs)."""

    UNKNOWN = 0
    ARCHIVE = 1
    VIDEO = 2
    AUDIO = 3
    IMAGE = 4
    SPREADSHEET = 5
    PRESENTATION = 6
    DOCUMENT = 7
