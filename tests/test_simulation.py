"""The real worker between a store, a portal and a Slack on virtual time: once, whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.prove_simulation import differing, listening, try_seeds
from bench.simulated_plan import Profile
from bench.simulated_world import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = range(80)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with listening():
        yield


def test_no_seed_loses_a_request_or_attaches_its_files_twice_or_leaves_its_person_untold():
    shown = try_seeds(SEEDS, Profile())

    assert shown.missed == []
    assert shown.counts["repeated"] > 0
    assert shown.counts["lives ended"] > len(SEEDS)


def test_without_the_quarantine_the_same_simulation_finds_doubles():
    assert try_seeds(SEEDS[:40], Profile(quarantine=0)).doubled > 0


def test_what_a_portal_doubles_after_the_quarantine_its_person_is_told():
    shown = try_seeds(SEEDS[:40], Profile(latest=600))

    assert shown.missed == []
    assert shown.counts["doubled by a late call"] > 0
    assert shown.counts["doubled and not reported"] == 0
    assert shown.counts["doubled and reported"] > 0


def test_a_seed_replays_identically():
    assert differing(SEEDS[:5], Profile()) == []


def test_two_seeds_do_not_tell_the_same_story():
    assert simulate(1, Profile()).books.noted != simulate(2, Profile()).books.noted
