"""Figure 3: the bot's own part of the time from a command to its summary."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from bench.figures import covered, ms, percentile, table
from bench.load import connection
from bench.office import an_office
from bot.sandbox.portal_faults import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.load import Connection
    from bench.office import Office
    from bot.sandbox.portal_line import Seen

WARM_UP = 5
COMMANDS = {0: 100, 50: 30, 300: 10}
"""How many commands for each latency of the portal, in milliseconds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """The seconds of one command; `portal` is while at least one request was under way there."""

    total: float
    portal: float

    @property
    def own(self) -> float:
        return self.total - self.portal


async def measure() -> dict[str, float]:
    """Print the figures and return them by name."""
    async with an_office() as office, office.bot() as bot:
        await office.connect(bot)
        async with connection(bot.port) as to:
            await _parts(office, to, 0, WARM_UP)
            parts = {
                latency: await _parts(office, to, latency, count)
                for latency, count in COMMANDS.items()
            }
        sync = office.sync_seconds()
    print(
        table(
            "3. From command to summary, one at a time, ms "
            f"(p50 / p99; each commit in it syncs the disk: {ms(sync)} ms)",
            ("portal's latency", "commands", "total", "portal's part", "bot's own part"),
            [_row(latency, of) for latency, of in parts.items()],
        )
    )
    return {"share_disk_sync_ms": round(sync * 1000, 2)} | {
        f"own_{latency}ms_{name}_ms": round(percentile([it.own for it in of], share) * 1000, 2)
        for latency, of in parts.items()
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }


async def _parts(office: Office, to: Connection, latency: int, count: int) -> list[Part]:
    fault = office.portal.faults.add(Fault(latency=latency / 1000))
    parts = [await _part(office, to) for _ in range(count)]
    office.portal.faults.remove(fault)
    return parts


async def _part(office: Office, to: Connection) -> Part:
    """Attach two files to a new record, as it is each time for a person."""
    record = office.portal.case("Acme onboarding")
    exchange = await office.typed(f"case {record.id} 12,13")
    request = office.signed(exchange)
    before = len(office.portal.requests)
    began = time.time()
    status = await to.ask(request)
    answer = await office.slack.answer(exchange, "Attached 2 files")
    ended = time.time()
    assert status == 200, status
    assert not answer.text.startswith("Attaching"), answer.text
    calls = office.portal.requests[before:]
    return Part(ended - began, covered([_interval(call) for call in calls], (began, ended)))


def _interval(call: Seen) -> tuple[float, float]:
    began = call.at.timestamp()
    return began, began + call.seconds


def _row(latency: int, parts: Sequence[Part]) -> tuple[str, ...]:
    def both(seconds: Sequence[float]) -> str:
        return f"{ms(percentile(seconds, 0.5))} / {ms(percentile(seconds, 0.99))}"

    return (
        f"{latency} ms",
        str(len(parts)),
        both([part.total for part in parts]),
        both([part.portal for part in parts]),
        both([part.own for part in parts]),
    )
