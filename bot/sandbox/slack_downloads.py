"""How Slack hands out the bytes of a file, and the page that it sends to those without rights."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from bot.sandbox.slack_workspace import StoredFile

HALF_WAY = ("cut", "stall")
"""Faults that a download meets in its middle."""

_PIECE = 256 * 1024
_SIGN_IN = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in</body></html>"


def sign_in_page() -> web.Response:
    """Return what whoever may not read files gets, with status 200."""
    return web.Response(text=_SIGN_IN, content_type="text/html")


async def send(request: web.Request, file: StoredFile) -> web.StreamResponse:
    """Send the whole file, piece by piece, unless the reader goes away."""
    answer = await _begun(request, file)
    with contextlib.suppress(ConnectionResetError):
        await _write(answer, file, len(file.content))
        await answer.write_eof()
    return answer


async def send_half(request: web.Request, file: StoredFile) -> None:
    """Send a half of the file, as if more were to come."""
    await _write(await _begun(request, file), file, len(file.content) // 2)


async def _begun(request: web.Request, file: StoredFile) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": file.mimetype})
    if not file.chunked:
        answer.content_length = len(file.content)
    await answer.prepare(request)
    return answer


async def _write(answer: web.StreamResponse, file: StoredFile, end: int) -> None:
    whole = memoryview(file.content)
    for start in range(0, end, _PIECE):
        await answer.write(bytes(whole[start : min(start + _PIECE, end)]))
