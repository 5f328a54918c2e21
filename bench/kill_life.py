"""One life of the bot: a process that ends by SIGKILL, and what its log told meanwhile."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections import Counter
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from bench.processes import ATTACHBOT, EndedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

LONGEST_START = 30.0
_READY = re.compile(rb"by (?:HTTP at (http://127\.0\.0\.1:\d+/\S+)|Socket Mode);")


@dataclasses.dataclass(slots=True)
class Log:
    """What the lines of all lives told: how often each event, and every line about a bug."""

    events: Counter[str] = dataclasses.field(default_factory=Counter)
    orphans: Counter[str] = dataclasses.field(default_factory=Counter)
    bugs: list[str] = dataclasses.field(default_factory=list)

    def read(self, line: bytes) -> None:
        """Count a line; what is no record was printed by something that broke."""
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:
            self.bugs.append(line.decode(errors="replace").rstrip())
            return
        self.events[told["event"]] += 1
        if told["event"] == "orphan_possible":
            self.orphans[told["filing"]] += 1
        # what was set aside had three processes killed in its step: that is no bug here
        if told["level"] in ("error", "critical") and told["event"] != "filing_set_aside":
            self.bugs.append(line.decode().rstrip())


class Life:
    """A process between its start and its SIGKILL."""

    def __init__(self, process: asyncio.subprocess.Process, log: Log) -> None:
        self._process = process
        self._log = log
        self._address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())

    async def listens(self) -> str:
        """Return where deliveries go, once the bot says that it is ready; "": through sockets."""
        async with asyncio.timeout(LONGEST_START):
            return await asyncio.shield(self._address)

    async def end(self) -> None:
        """Kill the process as nothing but SIGKILL kills, and read what it had written."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading
        if not self._address.done():
            self._address.cancel()

    async def _read(self) -> None:
        assert self._process.stderr
        while line := await self._process.stderr.readline():
            found = _READY.search(line)
            if found is None and line.endswith(b"\n"):  # the last line may have been cut off
                self._log.read(line)
            elif found and not self._address.done():
                self._address.set_result((found[1] or b"").decode())
        if not self._address.done():
            self._address.set_exception(EndedError(" ".join(self._log.bugs) or "killed"))
            self._address.exception()  # seen: a kill before that is what is wanted


@asynccontextmanager
async def a_life(env: Mapping[str, str], folder: Path, log: Log) -> AsyncIterator[Life]:
    """Start `attachbot run`, and kill it at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *ATTACHBOT,
        cwd=folder,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    life = Life(process, log)
    try:
        yield life
    finally:
        await life.end()
