"""The words for one file that cannot be attached, wherever it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.views.problem_crm import files_words
from bot.views.problem_slack_file import slack_file_words
from bot.views.problem_upload import upload_words

if TYPE_CHECKING:
    from bot.views.asked import Asked
    from bot.views.notes import Note

FileError = (
    errors.FilesError
    | errors.SlackFileRefusedError
    | errors.SlackFileTroubleError
    | errors.UploadError
)


def file_words(error: FileError, asked: Asked) -> Note:
    match error:
        case errors.FilesError():
            return files_words(error, asked)
        case errors.UploadError():
            return upload_words(error, asked)
        case _:
            return slack_file_words(error, asked)
