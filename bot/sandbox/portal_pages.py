"""Addresses of the portal outside its API: uploading in pieces, and downloading."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.portal_envelope import CREATED, OK, PLAIN, JsonObject, Refusal, dumps
from bot.sandbox.portal_reading import read_files
from bot.sandbox.portal_uploads import CHUNK_PAGE, Pieces, add_piece, location
from bot.sandbox.portal_wire import FILE_HANDLER

if TYPE_CHECKING:
    from bot.sandbox.portal_model import Person, StoredFile
    from bot.sandbox.portal_state import PortalData

Page = Callable[["PortalData", web.Request, "Person | None"], Awaitable[web.StreamResponse]]


async def chunk(data: PortalData, request: web.Request, caller: Person | None) -> web.Response:
    """Take a piece of an upload; every error is an HTTP 200 that says `success: false`."""
    del caller  # the secret in the address is all that is asked
    try:
        pieces = _pieces(data, request.query.get("uid", ""))
        if request.query.get("abort") == "true":
            del data.pieces[pieces.uid]
            return _plain({"success": True, "data": None, "message": ""})
        return await _piece(data, request, pieces)
    except Refusal as refusal:
        return _plain({"success": False, "data": None, "message": refusal.message})


def _pieces(data: PortalData, uid: str) -> Pieces:
    pieces = data.pieces.get(uid)
    if pieces is None or pieces.expires <= data.clock():
        raise Refusal(PLAIN, "The upload session has expired")
    return pieces


async def _piece(data: PortalData, request: web.Request, pieces: Pieces) -> web.Response:
    files, _ = await read_files(request, data.keep_bytes, pieces.digest)
    if request.content_type != "multipart/form-data" or not files:
        raise Refusal(PLAIN, "No input files")
    made = add_piece(data, pieces, files[0])
    if made is not None:
        return _plain({"success": True, "data": _stored(made), "message": ""}, status=CREATED)
    where = location(f"{request.scheme}://{request.host}", pieces)
    return _plain({"success": True, "data": pieces.data(where), "message": ""})


def _stored(file: StoredFile) -> JsonObject:
    return {
        "id": file.id,
        "folderId": file.folder.id,
        "version": file.version,
        "title": file.title,
        "provider_key": None,
        "uploaded": True,
    }


def _plain(body: JsonObject, *, status: int = OK) -> web.Response:
    return web.Response(status=status, body=dumps(body), content_type="application/json")


async def download(
    data: PortalData, request: web.Request, caller: Person | None
) -> web.StreamResponse:
    """Send a file; missing and not readable have empty bodies."""
    number = request.query.get("fileid", "")
    file = data.files.get(int(number)) if number.isdecimal() else None
    if request.query.get("action") != "download" or file is None:
        return web.Response(status=404)
    if caller is None or not data.crm.may_read(file, caller):
        return web.Response(status=403)
    name = quote(file.title)
    response = web.StreamResponse(
        headers={
            "Content-Length": str(file.size),
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        }
    )
    await response.prepare(request)
    for piece in file.pieces():
        await response.write(piece)
    await response.write_eof()
    return response


PAGES: dict[str, Page] = {CHUNK_PAGE: chunk, FILE_HANDLER: download}
