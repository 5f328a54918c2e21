"""The bot's side of the pipe, in a process of its own: from a source through its own uploads."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import ssl
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from pydantic import SecretStr

from bot.domain import EntityRef, EntityType, PortalUrl
from bot.portal.client import PortalClient
from bot.portal.model import Credentials
from bot.portal.network import open_network
from bot.portal.upload import Uploads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WARM_UP = 1024 * 1024


def memory_mib(what: str) -> float:
    """Return a figure of this process's memory, as the kernel counts (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def forget_peak() -> None:
    """Let the kernel count the peak anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


async def main(source: str, portal: str, size: int, pem: str, chunk: int) -> None:
    """Move `size` bytes and print what it took."""
    tls = ssl.create_default_context(cafile=pem or None)
    local = [ipaddress.ip_network("127.0.0.1/32")]
    by = Credentials(PortalUrl(portal), SecretStr("key"), "owner")
    case = EntityRef(EntityType.CASE, 7)
    connector = aiohttp.TCPConnector(ssl=tls)
    async with (
        aiohttp.ClientSession(connector=connector, read_bufsize=chunk) as slack,
        open_network(local, tls) as network,
    ):
        uploads = Uploads(network, PortalClient(network))

        async def bytes_of(length: int) -> AsyncIterator[bytes]:
            async with slack.get(f"{source}/{length}") as response:
                async for piece in response.content.iter_chunked(chunk):
                    yield piece

        await uploads.put("film.mp4", WARM_UP, bytes_of(WARM_UP), to=case, by=by)
        forget_peak()
        idle, began, cpu = memory_mib("VmRSS"), time.perf_counter(), time.process_time()
        await uploads.put("film.mp4", size, bytes_of(size), to=case, by=by)
        shown = {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "more_mib": memory_mib("VmHWM") - idle,
        }
    print(json.dumps(shown))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])))
