"""`pytest --planted`: every test is watched, and fails when a secret is where it must not be."""

from __future__ import annotations

import io
import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import logs
from tests.planted import disk
from tests.planted.books import Books, Tally
from tests.planted.kinds import SEARCHED, Kind, Place
from tests.planted.taps import Taps

if TYPE_CHECKING:
    from collections.abc import Generator

_CLIENTS = "test_sandbox_"
"""Tests of the sandboxes speak with them in place of a bot, and send keys where it never does."""


class Planted:
    """Watches one test after the other, and counts."""

    def __init__(self) -> None:
        self.books = Books()
        self.taps = Taps(self.books)
        self._watching = ExitStack()
        self._tally = self.books.total

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None]:
        self.taps = Taps(self.books)
        self._watching.enter_context(self.taps.open())
        logs.configure("debug", "json", io.StringIO())
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        self.books.see(Place.OUTPUT, report.capstdout)
        self.books.see(Place.OUTPUT, report.capstderr)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None]:
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        if isinstance(folder, Path):
            disk.look(self.books, folder, copies=True)
        self.taps.look()
        try:
            return (yield)
        finally:
            self.taps.look()
            if isinstance(folder, Path):
                disk.look(self.books, folder, copies=False)
            self._watching.close()
            self._settle(item)

    def _settle(self, item: pytest.Item) -> None:
        hits, _ = self.books.search()
        if item.path.name.startswith(_CLIENTS):
            hits = [hit for hit in hits if hit.place not in (Place.PORTAL, Place.SLACK)]
        self._tally.tests += 1
        self._tally.hits += [f"{item.nodeid}: {hit}" for hit in hits]
        if hits:
            pytest.fail("\n".join(map(str, hits)), pytrace=False)

    # the end

    @pytest.hookimpl(tryfirst=True)  # before a worker of xdist sends what it has counted
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["planted"] = json.dumps(_plain(self._tally))
        elif self._not_searched():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        counted = getattr(node, "workeroutput", {}).get("planted")
        if counted:
            self._tally.add(Tally(**json.loads(counted)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        say = terminalreporter.write_line
        terminalreporter.section("planted secrets")
        tally = self._tally
        say(f"{tally.tests:,} tests, {tally.secrets.total():,} secrets, {tally.needles:,} needles")
        for kind in Kind:
            say(f"  {tally.secrets[kind]:>9,}  {kind}")
        say("searched:")
        for place in Place:
            size = tally.sizes[place] / 1e6
            say(f"  {tally.pieces[place]:>9,} pieces, {size:>9,.2f} MB  {place}")
        for hit in tally.hits:
            say(hit, red=True)
        for what in self._not_searched():
            say(f"never searched or planted: {what}", red=True)
        say(f"{len(tally.hits)} hits")

    def _not_searched(self) -> list[str]:
        """Return the places where nothing was searched, and the kinds that were not planted."""
        places = [place for place in SEARCHED if not self._tally.sizes[place]]
        return [*places, *(kind for kind in Kind if not self._tally.secrets[kind])]


def _plain(tally: Tally) -> dict[str, Any]:
    return {
        "tests": tally.tests,
        "secrets": dict(tally.secrets),
        "needles": tally.needles,
        "pieces": dict(tally.pieces),
        "sizes": dict(tally.sizes),
        "hits": tally.hits,
    }
