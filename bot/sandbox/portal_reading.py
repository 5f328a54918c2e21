"""How the portal takes bodies in: JSON, forms, multipart with its quirks, and raw files."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import aiohttp
from aiohttp import web

from bot.sandbox.portal_binding import json_pairs
from bot.sandbox.portal_envelope import NULL, NULL_REFERENCE, Refusal
from bot.sandbox.portal_line import NO_PACE, PACE
from bot.sandbox.portal_model import PIECE, Received

if TYPE_CHECKING:
    from bot.sandbox.portal_binding import Pair
    from bot.sandbox.portal_model import Digest

DISPOSITION = re.compile(r';\s*(name|filename)=(?:"([^"]*)"|([^;\s]+))', re.IGNORECASE)


class Sink:
    """Takes bytes in; keeps them while they are few, counts and digests them all."""

    def __init__(self, keep: int, before: Digest | None = None) -> None:
        """`before` has the digest of what came before these bytes."""
        self._keep = keep
        self._kept = bytearray()
        self._digest = before.copy() if before else hashlib.sha256()
        self.size = 0

    def take(self, piece: bytes) -> None:
        self.size += len(piece)
        self._digest.update(piece)
        if self.size <= self._keep:
            self._kept += piece
        else:
            self._kept.clear()

    def received(self, name: str, field: str = "") -> Received:
        content = bytes(self._kept) if self.size <= self._keep else None
        return Received(
            name, self.size, content, self._digest.hexdigest(), field, digested=self._digest
        )


def content_type(request: web.BaseRequest) -> str:
    """Return the bare content type; a malformed one fells the portal."""
    raw = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if raw and "/" not in raw:
        raise Refusal(NULL, NULL_REFERENCE)
    return raw


async def read_pairs(request: web.Request) -> list[Pair]:
    """Return the parameters of an ordinary body."""
    kind = content_type(request)
    if kind.endswith("json"):
        return json_pairs((await request.read()).decode("utf-8-sig", "replace"))
    form = await request.post()
    return [(name, value) for name, value in form.items() if isinstance(value, str)]


async def read_files(
    request: web.Request, keep: int, before: Digest | None = None
) -> tuple[tuple[Received, ...], list[Pair]]:
    """Return the files of an upload and the parameters that came beside them.

    Their digests go on from `before`.
    """
    kind = content_type(request)
    if kind == "multipart/form-data":
        return await _multipart(request, keep, before)
    if kind.endswith("json"):
        # The body is taken for parameters, so nothing is left for the file.
        return (Received(_header_name(request), 0, b""),), await read_pairs(request)
    sink, pace = Sink(keep), request.get(PACE, NO_PACE)
    async for piece in request.content.iter_chunked(PIECE):
        await pace.read(len(piece))
        sink.take(piece)
    return (sink.received(_header_name(request)),), []


def _header_name(request: web.BaseRequest) -> str:
    return unquote_plus(
        disposition(request.headers.get("Content-Disposition", "")).get("filename", "")
    )


def disposition(header: str) -> dict[str, str]:
    """Return `name` and `filename`; the portal knows no `filename*`."""
    found = DISPOSITION.findall(header)
    return {name.lower(): quoted or bare for name, quoted, bare in found}


async def _multipart(
    request: web.Request, keep: int, before: Digest | None
) -> tuple[tuple[Received, ...], list[Pair]]:
    pace = request.get(PACE, NO_PACE)
    files: list[Received] = []
    pairs: list[Pair] = []
    async for part in await request.multipart():
        if not isinstance(part, aiohttp.BodyPartReader):
            continue
        named = disposition(part.headers.get("Content-Disposition", ""))
        if "filename" not in named:
            pairs.append((named.get("name", ""), await part.text()))
            continue
        sink = Sink(keep, before)
        while piece := await part.read_chunk(PIECE):
            await pace.read(len(piece))
            sink.take(piece)
        files.append(sink.received(named["filename"], named.get("name", "")))
    return _by_field(files), pairs


def _by_field(files: list[Received]) -> tuple[Received, ...]:
    """Look each part up by the name of its field, as the portal does: the first one wins."""
    first: dict[str, Received] = {}
    for file in files:
        first.setdefault(file.field, file)
    return tuple(first[file.field] for file in files)
