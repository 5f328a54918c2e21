"""Bodies that are made while they are sent: their length is known before, their bytes are not."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.errors import FileChangedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

FIELD = "file"
_UNSAFE = frozenset('\0\r\n"\\')


class BrokenBodyError(Exception):
    """The source of a body raised; `Body.broke` has what it was."""


class Body:
    """The body of one request; it is sent once."""

    def __init__(self, content_type: str, length: int, chunks: AsyncIterable[bytes]) -> None:
        self.content_type = content_type
        self.length = length
        self.whole = False
        """Whether the last byte was handed over. Before, the portal cannot have all of it."""
        self.broke: Exception | None = None
        """What the source raised."""
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self.length
        try:
            async for chunk in self._chunks:
                left -= len(chunk)
                self.whole = left <= 0
                yield chunk
        except Exception as error:
            # Raised on as one kind of its own: a source may speak HTTP as well, and its timeout
            # would pass for one of the portal.
            self.broke = error
            raise BrokenBodyError from error


def multipart(name: str, length: int, chunks: AsyncIterable[bytes]) -> Body:
    """Return a form of exactly one file.

    The name goes in as bare UTF-8, since the portal's server knows neither `filename*` nor escapes
    (System.Web/HttpMultipartContentTemplateParser.cs).

    Raises:
        ValueError: the name is not clean.

    """
    if _UNSAFE & set(name):
        raise ValueError("a name with quotes, backslashes or line ends never goes into a header")
    boundary = secrets.token_hex(16)
    before = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{FIELD}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    after = f"\r\n--{boundary}--\r\n".encode()

    async def framed() -> AsyncIterator[bytes]:
        yield before
        async for chunk in chunks:
            yield chunk
        yield after

    whole = len(before) + length + len(after)
    return Body(f"multipart/form-data; boundary={boundary}", whole, framed())


async def exactly(
    length: int, chunks: AsyncIterable[bytes], *, name: str = ""
) -> AsyncIterator[bytes]:
    """Yield the chunks, as long as they may come to `length` bytes.

    Raises:
        FileChangedError: they come to more, or ended before.

    """
    left = length
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            break
        if chunk:
            yield chunk
    if left:
        raise FileChangedError(name)


class Portions:
    """Cuts a stream into portions that are streams again; they are taken one after the other."""

    def __init__(self, length: int, chunks: AsyncIterable[bytes]) -> None:
        self._left = length
        self._chunks = aiter(chunks)
        self._rest = b""

    async def take(self, size: int) -> AsyncIterator[bytes]:
        """Yield the next `size` bytes; the last portion sees to it that nothing follows."""
        left = size
        while left and (chunk := self._rest or await anext(self._chunks, b"")):
            now, self._rest = chunk[:left], chunk[left:]
            left -= len(now)
            self._left -= len(now)
            if not self._left:
                await anext(self._chunks, b"")
            yield now
