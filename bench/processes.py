"""The processes that are measured: started, heard, weighed, and ended by their own id."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.bare import PATH
from bench.load import Run, job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

PROJECT = Path(__file__).parents[1]
PYTHON = Path(sys.executable)
ATTACHBOT = (str(PYTHON.with_name("attachbot")), "run")
BARE = (str(PYTHON), str(PROJECT / "bench" / "bare.py"))
LOAD = (str(PYTHON), "-m", "bench.load")
LONGEST_START = 20.0
LONGEST_STOP = 20.0
LONGEST_RUN = 60.0
LONGEST_LINE = 16 * 1024 * 1024
_ADDRESS = re.compile(rb"HTTP at http://127\.0\.0\.1:(\d+)/")


class EndedError(Exception):
    """A process ended before it listened; the text is what it said."""


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """A process that listens on `port`; `began` is the time before its start (`perf_counter`)."""

    pid: int
    port: int
    began: float

    @property
    def events_url(self) -> str:
        """Where Slack posts to."""
        return f"http://127.0.0.1:{self.port}{PATH}"

    def peak_mib(self) -> float:
        """Return the most memory that it has held so far, as the kernel counts (Linux)."""
        return memory_mib(self.pid, "VmHWM")


def memory_mib(pid: int, what: str) -> float:
    """Return a figure of a process's memory, as the kernel counts (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, f"the kernel tells no {what}"
    return int(found[1]) / 1024


@asynccontextmanager
async def server(
    command: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    heard: Callable[[bytes], None] | None = None,
) -> AsyncIterator[Server]:
    """Start a process, wait until it says where it listens, and end it after the block.

    `heard` is given each line that it says from then on.
    """
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LONGEST_LINE,
    )
    assert process.stdout is not None
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(LONGEST_START):
            port = await _port(process.stdout)
        # Who writes into a full pipe waits: what is said has to be taken away.
        reading = asyncio.create_task(_drained(process.stdout, heard))
        yield Server(process.pid, port, began)
    finally:
        await _ended(process)
        if reading is not None:
            await reading


async def _port(output: asyncio.StreamReader) -> int:
    said = b""
    while line := await output.readline():
        said += line
        if found := _ADDRESS.search(line):
            return int(found[1])
    raise EndedError(said.decode(errors="replace"))


async def _drained(output: asyncio.StreamReader, heard: Callable[[bytes], None] | None) -> None:
    if heard is None:
        while await output.read(65536):
            pass
        return
    async for line in output:
        heard(line)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(LONGEST_STOP):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def load(port: int, lanes: int, requests: list[bytes]) -> Run:
    """Let a process of its own send the requests, as fast as they are answered."""
    return await _loaded(job(port, lanes, requests))


async def paced_load(port: int, lanes: int, rate: float, requests: list[bytes]) -> Run:
    """Let a process of its own send `rate` requests a second, whether they are answered or not."""
    return await _loaded(job(port, lanes, requests, rate=rate))


async def _loaded(given: bytes) -> Run:
    process = await asyncio.create_subprocess_exec(
        *LOAD, cwd=PROJECT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(LONGEST_RUN):
            written, _ = await process.communicate(given)
    finally:
        await _ended(process)
    return Run.of(written.decode())
