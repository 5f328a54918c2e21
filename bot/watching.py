"""What an operator may watch: whether the bot is ready, and its figures for Prometheus."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.domain import PortalUrl
    from bot.intake import Intake
    from bot.portal.network import Network
    from bot.vault import Purpose
    from bot.worker import Worker
    from storage.ports import Store

    Unready = Callable[[], Awaitable[Sequence[str]]]

log = structlog.get_logger()


class Metrics:
    """The figures of this process; names of portals are in them, and no names of people."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._doubles = Counter(
            "attachbot_attach_doubles",
            "Attaches found in a history twice",
            registry=self.registry,
        )

        self._unopened = Counter(
            "attachbot_decrypt_errors",
            "Sealed values that did not open",
            ["purpose"],
            registry=self.registry,
        )

    def doubled(self) -> None:
        """Count an attach that a portal has applied twice."""
        self._doubles.inc()

    def unopened(self, purpose: Purpose) -> None:
        """Tell the operator that something sealed was moved or changed, or lost its key."""
        self._unopened.labels(purpose).inc()
        log.error("sealed_does_not_open", purpose=purpose)

    def watch_worker(self, worker: Worker) -> None:
        running = Gauge("attachbot_filings_running", "Filings under way", registry=self.registry)
        running.set_function(lambda: worker.running)
        waiting = Gauge(
            "attachbot_filings_waiting", "Filings that wait in line", registry=self.registry
        )
        waiting.set_function(lambda: worker.waiting)

    def watch_intake(self, intake: Intake) -> None:
        sockets = Gauge(
            "attachbot_socket_connections", "Open Socket Mode connections", registry=self.registry
        )
        sockets.set_function(lambda: intake.connections)

    def watch_portals(self, network: Network, portals: Sequence[PortalUrl]) -> None:
        circuits = Gauge(
            "attachbot_circuit_open",
            "Whether a portal is left alone",
            ["host"],
            registry=self.registry,
        )
        for portal in portals:
            circuit = circuits.labels(urlsplit(portal).netloc)
            circuit.set_function(partial(network.is_away, portal))


def readiness(store: Store, worker: Worker, intake: Intake) -> Unready:
    """Return what names the reasons why the bot is not ready, or none."""

    async def unready() -> Sequence[str]:
        try:
            await store.check()
        except StoreError:
            return ["the database cannot be written"]
        if intake.trouble:
            return [intake.trouble]
        return ["stopping"] if worker.stopping else []

    return unready
