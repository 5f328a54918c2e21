"""Figure 6: how long the menu of records takes while somebody types, at a near and a far portal."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import TYPE_CHECKING

from bench.figures import ms, percentile, table
from bench.office import an_office
from bot.sandbox.portal_faults import Fault
from bot.sandbox.portal_sample import crowd, firm

if TYPE_CHECKING:
    from bench.office import Office
    from bot.sandbox.slack import OpenView

RECORDS = 10_000
RUNS = ((0.0, 15), (0.3, 15), (3.0, 8))
"""Seconds that the portal takes for each call, and how many forms are filled in."""
BETWEEN_KEYS = 0.15
READING = 1.0
"""Seconds that a person looks at what is offered before typing on."""
SOON, LATE = 0.8, 2.5


@dataclasses.dataclass(slots=True)
class Typed:
    """What forms showed: seconds of each answer, and where the wanted record was on offer."""

    waits: list[float] = dataclasses.field(default_factory=list)
    empty: list[float] = dataclasses.field(default_factory=list)
    """The waits before a letter was typed; they are among `waits`, too."""
    at_once: int = 0
    in_the_end: int = 0
    forms: int = 0

    @property
    def soon(self) -> float:
        return sum(wait < SOON for wait in self.waits) / len(self.waits)

    @property
    def late(self) -> int:
        return sum(wait > LATE for wait in self.waits)


async def measure() -> dict[str, float]:
    """Print the figures and return them by name."""
    shown: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    async with an_office() as office, office.bot() as bot:
        crowd(office.portal, RECORDS)
        await office.connect(bot)
        office.slack.deliver_to = bot.events_url
        for place, (seconds, forms) in enumerate(RUNS):
            typed = await fill_in(office, seconds, forms, first=place * 1_000)
            label = f"{ms(seconds).removesuffix('.0')} ms"
            p50, p99 = percentile(typed.waits, 0.5), percentile(typed.waits, 0.99)
            rows.append(
                (
                    label,
                    f"{len(typed.waits)}",
                    ms(p50),
                    ms(p99),
                    ms(max(typed.empty)),
                    f"{typed.soon:.0%}",
                    f"{typed.late}",
                    f"{typed.at_once} of {typed.forms}",
                    f"{typed.in_the_end} of {typed.forms}",
                )
            )
            name = f"typeahead_{seconds * 1000:.0f}ms"
            shown |= {
                f"{name}_p50_ms": round(p50 * 1000, 1),
                f"{name}_p99_ms": round(p99 * 1000, 1),
                f"{name}_under_800_ms": round(typed.soon, 3),
                f"{name}_over_2500_ms": typed.late,
                f"{name}_found": round(typed.in_the_end / typed.forms, 3),
            }
    head = (
        *("portal takes", "answers", "p50 ms", "p99 ms", "empty, most ms", "under 0.8 s"),
        *("over 2.5 s", "found at once", "with a letter more"),
    )
    print(table(f"6. Typing into the menu of records, {RECORDS:,} on the portal", head, rows))
    return shown


async def fill_in(office: Office, seconds: float, forms: int, *, first: int = 0) -> Typed:
    """Let Ana open forms, one after the other, and type the names of as many firms."""
    typed = Typed()
    slow = office.portal.faults.add(Fault(match=("GET", "crm/"), latency=seconds))
    try:
        for number in range(first, first + forms):
            await _one(office, firm(number), typed)
    finally:
        office.portal.faults.remove(slow)
    return typed


async def _one(office: Office, name: str, typed: Typed) -> None:
    """Type a name as fast as people do: no key waits for the answer to the one before."""
    slack = office.slack
    form = await slack.opened(await slack.command(""))
    keys = [asyncio.create_task(_press(office, form, "", typed))]
    for end in range(1, len(name) + 1):
        await asyncio.sleep(BETWEEN_KEYS)
        keys.append(asyncio.create_task(_press(office, form, name[:end], typed)))
    *_, last = await asyncio.gather(*keys)
    typed.forms += 1
    typed.at_once += _offers(last, name)
    if not _offers(last, name):
        await asyncio.sleep(READING)
        last = await _press(office, form, f"{name} ", typed)
    typed.in_the_end += _offers(last, name)
    await slack.close(form)


async def _press(office: Office, form: OpenView, text: str, typed: Typed) -> list[str]:
    """Return what is offered for a text."""
    began = time.perf_counter()
    options = await office.slack.suggest(form, "record", text)
    typed.waits.append(time.perf_counter() - began)
    if not text:
        typed.empty.append(typed.waits[-1])
    return [option["text"]["text"] for option in options]


def _offers(options: list[str], name: str) -> bool:
    return any(name in option for option in options)
