"""The use case: everything that is stored of a person is deleted, and what was under way ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from bot.domain import SlackUser
    from bot.filing.transfers import Transfers
    from bot.worker import Worker
    from storage.ports import Forgotten, Store

log = structlog.get_logger()


class Forgetting:
    """Deletes in one commit; a step that was under way finds nothing to save to, and ends."""

    def __init__(self, *, store: Store, worker: Worker, transfers: Transfers) -> None:
        self._store = store
        self._worker = worker
        self._transfers = transfers

    async def forget(self, user: SlackUser) -> Forgotten:
        """Delete keys, settings and filings of a person, and return what there was.

        Raises:
            StoreError: nothing was deleted.

        """
        forgotten = await self._store.forget(user)
        for filing in forgotten.cut:
            self._transfers.stop(filing.id)
            self._worker.wake(filing.id)
        log.info("forgotten", keys=forgotten.keys, receipts=forgotten.receipts)
        return forgotten
