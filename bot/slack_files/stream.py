"""The bytes of one file as they come in: counted, hashed, and never too few or too many."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import aiohttp

from bot.errors import SlackFileBrokenError, SlackFileWithheldError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.slack_file import SlackFile

CHUNK = 256 * 1024
"""Bytes of a chunk at most."""

_ENOUGH = 512
_PAGE_STARTS = (b"<!doctype html", b"<html")
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_PAGE_ENDINGS = frozenset({".htm", ".html", ".xhtml"})


class SlackBytes:
    """The bytes of one file. They can be read once, from the beginning to the end.

    `length` is how many come, or the reading raises. `sha256` is their digest in hex; it is empty
    until all of them came.
    """

    def __init__(self, file: SlackFile, head: bytes, body: aiohttp.StreamReader) -> None:
        self.length = file.size
        self.sha256 = ""
        self._file = file
        self._head = head
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield chunks of the file.

        Raises:
            SlackFileBrokenError: what came is not the whole file.

        """
        digest, count, chunk = hashlib.sha256(), 0, self._head
        while chunk:
            count += len(chunk)
            if count > self.length:
                break
            digest.update(chunk)
            yield chunk
            chunk = await _read(self._body, self._file)
        if count != self.length:
            raise SlackFileBrokenError(self._file.id, self._file.name)
        self.sha256 = digest.hexdigest()


async def opened(file: SlackFile, answer: aiohttp.ClientResponse) -> SlackBytes:
    """Return the bytes of an answer with status 200, after a look at the first of them.

    Raises:
        SlackFileWithheldError: a page came in place of the file.
        SlackFileBrokenError: another number of bytes was announced, or they are compressed.

    """
    if answer.content_type in _PAGE_TYPES and not _is_page(file):
        raise SlackFileWithheldError(file.id, file.name)
    encoded = answer.headers.get("Content-Encoding", "identity") != "identity"
    if encoded or answer.content_length not in (None, file.size):
        raise SlackFileBrokenError(file.id, file.name)
    head = await _first(answer.content, file)
    if head.lstrip()[:_ENOUGH].lower().startswith(_PAGE_STARTS) and not _may_hold_markup(file):
        raise SlackFileWithheldError(file.id, file.name)
    return SlackBytes(file, head, answer.content)


def _is_page(file: SlackFile) -> bool:
    return file.mimetype in _PAGE_TYPES or file.extension in _PAGE_ENDINGS


def _may_hold_markup(file: SlackFile) -> bool:
    """Say whether the file may begin like a page: a snippet of HTML, say, which is plain text."""
    return _is_page(file) or file.mimetype.startswith("text/")


async def _first(body: aiohttp.StreamReader, file: SlackFile) -> bytes:
    """Return enough bytes to tell a page from a file, and perhaps some more."""
    head = b""
    while len(head) < _ENOUGH and (chunk := await _read(body, file)):
        head += chunk
    return head


async def _read(body: aiohttp.StreamReader, file: SlackFile) -> bytes:
    try:
        return await body.read(CHUNK)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SlackFileBrokenError(file.id, file.name) from error
