"""The command line as people run it: in a process and a folder of its own."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

PATIENCE = 20


@dataclasses.dataclass(frozen=True)
class Ended:
    """What a process left behind."""

    code: int
    out: str
    err: str


@asynccontextmanager
async def started(
    *args: str, env: Mapping[str, str], folder: Path, stdin: int = DEVNULL, stderr: int = PIPE
) -> AsyncIterator[Process]:
    """Start `attachbot` with nothing of the outer settings, and end it after the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *args),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **env},
        stdin=stdin,
        stdout=PIPE,
        stderr=stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def finished(process: Process) -> Ended:
    """Wait for the end of a process."""
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), (err or b"").decode())


async def ran(*args: str, env: Mapping[str, str], folder: Path) -> Ended:
    """Run `attachbot` to its end."""
    async with started(*args, env=env, folder=folder) as process:
        return await finished(process)


async def line_of(process: Process) -> str:
    """Return the next line that a process writes to standard error."""
    assert process.stderr
    async with asyncio.timeout(PATIENCE):
        return (await process.stderr.readline()).decode().rstrip()


async def stopped(process: Process) -> Ended:
    """Ask a process to stop, as service managers do, and wait until it has."""
    process.send_signal(signal.SIGTERM)
    return await finished(process)
