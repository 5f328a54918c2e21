"""Figure 5: a file on its way from Slack to the portal, against `curl A | curl -T - B`."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import shutil
import subprocess
import time
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.figures import table
from bench.pipe_ends import HOST, write_certificate
from bench.processes import PROJECT, PYTHON, server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

MIB = 1024 * 1024
CHUNK = 256 * 1024
"""What Slack's side reads at a time."""
RUNS = (("http", 100), ("http", 1024), ("https", 100), ("https", 512))
"""Scheme and MiB; above 100 MiB it goes in pieces, as on a portal."""
ROUNDS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Took:
    """What one transfer took; `more_mib` is its peak of memory above idle."""

    seconds: float
    cpu: float
    more_mib: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where bytes come from and go to; `pem` is empty without TLS."""

    source: str
    sink: str
    pem: str


async def measure() -> dict[str, float]:
    """Print the figures and return them by name."""
    shown: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    for scheme, mib in RUNS:
        async with ends(scheme) as both:
            took, others = await _rounds(both, mib)
        rate, cpu = mib * MIB / took.seconds / 1e6, took.cpu / (mib * MIB / 1e9)
        name = f"pipe_{scheme}_{mib}mib"
        shown |= {
            f"{name}_mb_s": round(rate, 1),
            f"{name}_cpu_s_gb": round(cpu, 2),
            f"{name}_more_mib": round(took.more_mib, 1),
        }
        said = ("no curl here", "-")
        if others is not None:
            speed, work = others.seconds / took.seconds, took.cpu / others.cpu
            shown |= {f"{name}_of_curl": round(speed, 2), f"{name}_cpu_of_curl": round(work, 2)}
            said = (f"{speed:.2f}", f"{work:.2f}")
        label = f"{scheme}, {mib} MiB"
        rows.append((label, f"{rate:.0f}", f"{cpu:.2f}", f"{took.more_mib:.1f}", *said))
    head = ("", "MB/s", "CPU s/GB", "memory + MiB", "speed of curl | curl", "CPU of it")
    print(table(f"5. A file from Slack to the portal (median of {ROUNDS})", head, rows))
    return shown


async def _rounds(both: Ends, mib: int) -> tuple[Took, Took | None]:
    """Let the bot and curl take turns, and return the medians of both."""
    bots: list[Took] = []
    curls: list[Took] = []
    for _ in range(ROUNDS):
        bots.append(await bot(both, mib * MIB))
        other = await curl(both, mib * MIB)
        curls += [other] if other is not None else []
    return _median(bots), _median(curls) if curls else None


def _median(took: Sequence[Took]) -> Took:
    return Took(
        median(one.seconds for one in took),
        median(one.cpu for one in took),
        max(one.more_mib for one in took),
    )


@asynccontextmanager
async def ends(scheme: str) -> AsyncIterator[Ends]:
    """Run a source and a sink."""
    with TemporaryDirectory(prefix="attachbot-pipe-") as folder:
        pem = ""
        if scheme == "https":
            pem = str(Path(folder, "end.pem"))
            write_certificate(Path(pem))
        command = (str(PYTHON), "-m", "bench.pipe_ends")
        async with (
            server((*command, "source", pem), os.environ, PROJECT) as source,
            server((*command, "sink", pem), os.environ, PROJECT) as sink,
        ):
            origin = f"{scheme}://{HOST}"
            yield Ends(source=f"{origin}:{source.port}", sink=f"{origin}:{sink.port}", pem=pem)


async def bot(both: Ends, size: int, chunk: int = CHUNK) -> Took:
    """Move a file through the bot's own code, in a process of its own."""
    command = (str(PYTHON), "-m", "bench.pipe_bot", both.source, both.sink)
    process = await asyncio.create_subprocess_exec(
        *command, str(size), both.pem, str(chunk), cwd=PROJECT, stdout=asyncio.subprocess.PIPE
    )
    written, _ = await process.communicate()
    return Took(**json.loads(written.splitlines()[-1]))


async def curl(both: Ends, size: int) -> Took | None:
    """Move the same with `curl | curl`; None where there is no curl."""
    found = shutil.which("curl")
    return await asyncio.to_thread(_curl, found, both, size) if found else None


def _curl(program: str, both: Ends, size: int) -> Took:
    trust = ("--cacert", both.pem) if both.pem else ()
    quiet = (program, "--silent", "--show-error", "--fail", *trust)
    began = time.perf_counter()
    with (
        subprocess.Popen(  # noqa: S603  (curl, with addresses of our own)
            (*quiet, f"{both.source}/{size}"), stdout=subprocess.PIPE
        ) as down,
        subprocess.Popen(  # noqa: S603  (the same)
            (*quiet, "--upload-file", "-", f"{both.sink}/put"),
            stdin=down.stdout,
            stdout=subprocess.DEVNULL,
        ) as up,
    ):
        assert down.stdout
        down.stdout.close()
        _, status, used_up = os.wait4(up.pid, 0)
        _, _, used_down = os.wait4(down.pid, 0)
        up.returncode = down.returncode = os.waitstatus_to_exitcode(status)
    assert up.returncode == 0, up.returncode
    cpu = sum(one.ru_utime + one.ru_stime for one in (used_up, used_down))
    return Took(time.perf_counter() - began, cpu)
