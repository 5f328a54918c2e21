"""Bringing bytes into the portal: from Slack, or out of a text, without a file in between."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from typing import TYPE_CHECKING

import structlog

from bot.domain import SharedFile, WrittenFile
from bot.filing import orphans
from bot.filing.brought import brought, twin
from bot.vault import Purpose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from bot.domain import EntityRef, FileId, Filing, PortalFile
    from bot.errors import SameContentError
    from bot.filing.policy import Policy
    from bot.filing.transfers import Transfer, Transfers
    from bot.portal.model import Credentials
    from bot.portal.upload import Uploads
    from bot.slack_files.client import SlackFiles
    from bot.slack_files.stream import SlackBytes
    from bot.vault import Vault
    from storage.ports import Filings

log = structlog.get_logger()


class Bringing:
    """Puts one item at a time into the CRM folder; the record is not touched yet."""

    def __init__(  # noqa: PLR0913  (one for each thing it talks to)
        self,
        *,
        slack_files: SlackFiles,
        uploads: Uploads,
        filings: Filings,
        vault: Vault,
        policy: Policy,
        transfers: Transfers,
    ) -> None:
        self._slack_files = slack_files
        self._uploads = uploads
        self._filings = filings
        self._vault = vault
        self._policy = policy
        self._transfers = transfers

    async def bring(self, filing: Filing, position: int, by: Credentials) -> Filing:
        """Return the filing with one item more in the CRM folder; as it is, if that was stopped.

        Raises:
            SlackFileRefusedError, SlackFileTroubleError: Slack does not hand it over.
            UploadError, StorageFullError: the portal does not take it, or has it already.
            AccountError, PortalError: see `Uploads.put`.

        """
        ref = filing.ref
        if ref is None:
            return filing
        stored = None
        async with self._transfers.begun(filing, position) as transfer:
            try:
                stored = await self._put(filing, position, ref, by, transfer)
            except asyncio.CancelledError:
                if transfer.whole:
                    orphans.note(filing, position)
                raise
        if stored is None or transfer.stopped:
            log.info("bringing_stopped", filing=filing.id, bytes=transfer.done)
            if stored:
                orphans.note(filing, position, file=stored[0].id)
            return filing
        file, sha256 = stored
        log.info("brought", filing=filing.id, position=position, bytes=file.size)
        return brought(filing, position, file, sha256)

    async def _put(
        self, filing: Filing, position: int, ref: EntityRef, by: Credentials, transfer: Transfer
    ) -> tuple[PortalFile, str] | None:
        """Return the file in the portal, with the digest of its bytes."""
        match filing.items[position].source:
            case SharedFile() as source:
                return await self._from_slack(filing, source, ref, by, transfer)
            case WrittenFile() as source:
                return await self._from_text(filing, source, ref, by, transfer)
            case _:  # a number lies there already
                return None

    async def _from_slack(
        self,
        filing: Filing,
        source: SharedFile,
        ref: EntityRef,
        by: Credentials,
        transfer: Transfer,
    ) -> tuple[PortalFile, str]:
        file = await self._slack_files.look(
            source.id,
            channel=source.channel,
            largest=self._policy.largest,
            asker=filing.user.id,
        )
        transfer.expect(file.title, file.size)
        async with self._slack_files.open(file) as stream:
            watched = transfer.watched(self._until_known(filing, file.title, stream))
            stored = await self._uploads.put(file.title, stream.length, watched, to=ref, by=by)
            return stored, stream.sha256

    async def _until_known(
        self, filing: Filing, name: str, stream: SlackBytes
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of a file, the last of them only if the record has not all of them.

        What the portal got of a file that ends before is not kept by it.
        """
        held = b""
        async for chunk in stream:
            if held:
                yield held
            held = chunk
        if (same := await self.same(filing, stream.sha256, _on_record(filing))) is not None:
            raise dataclasses.replace(same, own=name)
        yield held

    async def _from_text(
        self,
        filing: Filing,
        source: WrittenFile,
        ref: EntityRef,
        by: Credentials,
        transfer: Transfer,
    ) -> tuple[PortalFile, str]:
        user = filing.user
        text = self._vault.open(Purpose.MESSAGE_TEXT, source.sealed, user.team, user.id)
        content = text.get_secret_value().encode("utf-8", "replace")
        sha256 = hashlib.sha256(content).hexdigest()
        if (same := await self.same(filing, sha256, _on_record(filing))) is not None:
            raise same
        transfer.expect(source.title, len(content))
        whole = transfer.watched(_once(content))
        return await self._uploads.put(source.title, len(content), whole, to=ref, by=by), sha256

    async def same(
        self, filing: Filing, sha256: str, there: Collection[FileId]
    ) -> SameContentError | None:
        """Return who filed these bytes on the record, if they still are `there`; else None."""
        if filing.anyway or filing.ref is None:
            return None
        filings = await self._filings.alike(filing.user.team, filing.portal, sha256)
        return twin(sha256, filing.ref, there, filings, but=filing.id)


def _on_record(filing: Filing) -> frozenset[FileId]:
    return frozenset(file.id for file in filing.on_record or ())


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
