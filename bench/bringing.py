"""Figure 7: a file from Slack to a record, from the command to the summary, by the real bot."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import time
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import table
from bench.office import ANA, Office, an_office
from bench.pipe import MIB, Took, curl, ends
from bench.pipe_front import PortalFront, SlackFront, opened
from bench.processes import memory_mib

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.pipe import Ends
    from bench.processes import Server

RUNS = (("http", 100), ("http", 1024), ("https", 100), ("https", 1024))
"""Scheme and MiB."""
ROUNDS = 3
LONGEST = 300.0
_TICKS = os.sysconf("SC_CLK_TCK")


async def measure() -> dict[str, float]:
    """Print the figures and return them by name."""
    shown: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    for scheme in dict.fromkeys(scheme for scheme, _ in RUNS):
        async with ends(scheme) as both, a_desk(both) as desk:
            for mib in (mib for wanted, mib in RUNS if wanted == scheme):
                row, figures = await _compared(desk, both, scheme, mib)
                rows.append(row)
                shown |= figures
    head = ("", "MB/s", "of curl", "CPU s/GB", "of curl", "peak + MiB")
    print(table(f"7. From the command to the summary (median of {ROUNDS})", head, rows))
    return shown


async def _compared(
    desk: Desk, both: Ends, scheme: str, mib: int
) -> tuple[tuple[str, ...], dict[str, float]]:
    """Let the bot and `curl A | curl -T - B` take turns."""
    bots: list[Took] = []
    curls: list[Took] = []
    for _ in range(ROUNDS):
        bots.append(await desk.bring(mib * MIB))
        other = await curl(both, mib * MIB)
        curls += [other] if other is not None else []
    seconds, cpu = median(one.seconds for one in bots), median(one.cpu for one in bots)
    more = max(one.more_mib for one in bots)
    rate, work = mib * MIB / seconds / 1e6, cpu / (mib * MIB / 1e9)
    name = f"bring_{scheme}_{mib}mib"
    figures = {
        f"{name}_mb_s": round(rate, 1),
        f"{name}_cpu_s_gb": round(work, 2),
        f"{name}_more_mib": round(more, 1),
    }
    said = ("-", "-")
    if curls:
        speed = median(one.seconds for one in curls) / seconds
        effort = cpu / median(one.cpu for one in curls)
        figures |= {f"{name}_of_curl": round(speed, 2), f"{name}_cpu_of_curl": round(effort, 2)}
        said = (f"{speed:.2f}", f"{effort:.2f}")
    row = (f"{scheme}, {mib} MiB", f"{rate:.0f}", said[0], f"{work:.2f}", said[1], f"{more:.1f}")
    return row, figures


@dataclasses.dataclass(frozen=True, slots=True)
class Desk:
    """Ana, who types commands, and the process of the bot."""

    office: Office
    bot: Server
    numbers: count[int] = dataclasses.field(default_factory=count)

    async def bring(self, size: int) -> Took:
        """Have a file of so many bytes brought from Slack, and say what it took."""
        slack, portal = self.office.slack, self.office.portal
        film = slack.put_file("film.mp4", b"-", user=ANA)
        film.size = size
        case = portal.case(f"Film {next(self.numbers)}")
        _forget_peak(self.bot.pid)
        idle, cpu = memory_mib(self.bot.pid, "VmRSS"), _cpu(self.bot.pid)
        began = time.perf_counter()
        await slack.command(
            f"case {case.id} https://acme.slack.com/files/{ANA}/{film.id}/film.mp4", user=ANA
        )
        summary = f"Attached 1 file to Case #{case.id}"
        history = slack.workspace.history
        await slack.workspace.news.until(
            lambda: bool(history) and history[-1].text.startswith(summary), summary, LONGEST
        )
        took = Took(
            time.perf_counter() - began,
            _cpu(self.bot.pid) - cpu,
            memory_mib(self.bot.pid, "VmHWM") - idle,
        )
        [event] = portal.events_of(case)
        assert [portal.data.files[id_].size for id_ in event.tagged] == [size]
        return took


@asynccontextmanager
async def a_desk(both: Ends) -> AsyncIterator[Desk]:
    """Run the bot between the front doors of a Slack and a portal."""
    async with an_office() as office, AsyncExitStack() as stack:
        loop = asyncio.get_running_loop()
        api = office.slack.api_url
        behind = api.removesuffix("/api/").removesuffix("/api")
        slack = stack.enter_context(opened(SlackFront(behind, office.slack.workspace), both.pem))
        portal = stack.enter_context(
            opened(PortalFront(office.portal.url, office.portal, loop), both.pem)
        )
        office.env.update(
            {
                "SLACK_API_URL": api.replace(behind, slack.origin),
                "ATTACHBOT_PORTAL_URL": portal.origin,
                **({"SSL_CERT_FILE": both.pem} if both.pem else {}),
            }
        )
        async with office.bot() as bot:
            await office.connect(bot)
            office.slack.deliver_to = bot.events_url
            desk = Desk(office, bot)
            await desk.bring(MIB)
            yield desk


def _forget_peak(pid: int) -> None:
    """Let the kernel count the peak anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def _cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
