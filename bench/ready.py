"""Figure 4: from the start of a process to its readiness, with 10,000 unfinished filings."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import socket
import time
from datetime import UTC, datetime, timedelta
from operator import truediv
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import table
from bench.load import HOST, connection
from bench.office import ANA, an_office
from bench.processes import ATTACHBOT, server
from bot.domain import (
    EntityRef,
    EntityType,
    FileId,
    Filing,
    FilingState,
    Item,
    PortalUrl,
    SlackUser,
    WaitingFor,
)
from bot.reply_to import ReplyTo
from storage.sqlite import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from bench.office import Office

MANY = 10_000
ROUNDS = 5
_PROBE = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
TITLES = {
    "bare": "bare handler",
    "none": "bot, nothing unfinished",
    "waiting": f"bot, {MANY:,} filings wait for their people",
    "due": f"bot, {MANY:,} filings are due",
}


async def measure() -> dict[str, float]:
    """Print the figures and return them by name."""
    async with an_office() as office:
        async with office.bot() as bot:
            await office.connect(bot)
        stored = {
            "none": _put_by(office, "none"),
            "waiting": await _stored(office, FilingState.WAITING),
            "due": await _stored(office, FilingState.READY),
        }
        bare: list[float] = []
        ready: dict[str, list[float]] = {name: [] for name in stored}
        for _ in range(ROUNDS):
            bare.append(await _bare(office))
            for name, database in stored.items():
                ready[name].append(await _ready(office, database))
    rows = [
        (name, median(took), median(map(truediv, took, bare)))
        for name, took in {"bare": bare, **ready}.items()
    ]
    print(
        table(
            f"4. From process start to /readyz 200 (bare handler: to its 200), median of {ROUNDS}",
            ("", "seconds", "ratio"),
            [(TITLES[name], f"{took:.2f}", f"{ratio:.2f}") for name, took, ratio in rows],
        )
    )
    return {f"ready_{name}_seconds": round(took, 3) for name, took, _ in rows}


async def _bare(office: Office) -> float:
    exchange = await office.typed()
    async with office.bare() as running, connection(running.port) as to:
        status = await to.ask(office.signed(exchange))
        took = time.perf_counter() - running.began
    assert status == 200, status
    return took


async def _ready(office: Office, database: Path) -> float:
    """Start a bot with a copy of this database, and return when it says that it is ready."""
    _replace(office, database)
    port = _free_port()
    env = {**office.env, "ATTACHBOT_ADMIN_PORT": str(port)}
    async with server(ATTACHBOT, env, office.folder) as running, connection(port) as to:
        status = await to.ask(_PROBE)
        took = time.perf_counter() - running.began
    assert status == 200, status
    return took


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


# databases


async def _stored(office: Office, state: FilingState) -> Path:
    """Store very many filings of Ana in that state, and put the database by."""
    database = office.folder / "attachbot.db"
    _replace(office, office.folder / "none")
    async with open_store(f"sqlite:///{database}") as store:
        filings = (_filing(office, number, state) for number in range(MANY))
        await asyncio.gather(*(store.filings.accept(filing) for filing in filings))
    return _put_by(office, state)


def _filing(office: Office, number: int, state: FilingState) -> Filing:
    now = datetime.now(UTC)
    filing = Filing(
        id=f"filing-{number}",
        receipt=f"R{number:05}",
        dedupe_key=f"command:{number}",
        user=SlackUser(office.slack.team, ANA),
        portal=PortalUrl(office.portal.url),
        record=EntityRef(EntityType.CASE, number + 1),
        reply=ReplyTo(channel="C0SALES"),
        accepted_at=now,
        asked_at=now,
        wake_at=now,
        items=(Item(source=FileId(12)), Item(source=FileId(13))),
    )
    if state is FilingState.READY:
        return filing
    return dataclasses.replace(
        filing,
        state=state,
        waiting_for=WaitingFor.FILES,
        expires_at=now + timedelta(hours=1),
    )


def _put_by(office: Office, name: str) -> Path:
    kept = office.folder / name
    shutil.copy(office.folder / "attachbot.db", kept)
    return kept


def _replace(office: Office, database: Path) -> None:
    for left in ("-wal", "-shm"):
        (office.folder / f"attachbot.db{left}").unlink(missing_ok=True)
    shutil.copy(database, office.folder / "attachbot.db")
