"""What every check is given: settings, ways out, clock and patience."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from bot.views import checkup

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Sequence

    import aiohttp

    from bot.domain import Clock
    from bot.portal.network import Network
    from bot.settings import Settings
    from bot.views.checkup import Finding


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One run of the doctor; no check may take longer than `patience` seconds."""

    settings: Settings
    session: aiohttp.ClientSession
    network: Network
    tls: ssl.SSLContext
    clock: Clock
    patience: float

    async def within(self, check: str, looking: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
        """Return what one check finds; being too slow, or failing itself, is a finding too."""
        try:
            async with asyncio.timeout(self.patience):
                return await looking
        except TimeoutError:
            return [checkup.too_slow(check, self.patience)]
        except Exception as error:  # noqa: BLE001 - a check that breaks must not stop the others
            return [checkup.broke(check, error)]
