"""When a portal is left alone: after five failures in a row, for half a minute, until a probe."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.portal.circuit import (
    FAILURES,
    LONGEST_OPEN,
    OPEN_SECONDS,
    PROBE_SECONDS,
    WITHIN_SECONDS,
    Circuit,
)


def after(*ends: float, took: float = 0.0, circuit: Circuit | None = None) -> Circuit:
    """Return a circuit after calls that failed at these times, each after so long."""
    circuit = circuit or Circuit()
    for end in ends:
        circuit = circuit.failed(end, began=end - took, probe=False)
    return circuit


OPENED = after(1, 2, 3, 4, 5)


def test_a_new_circuit_lets_everybody_go():
    assert (Circuit().is_open, Circuit().wait(0)) == (False, 0)


@pytest.mark.parametrize(
    ("ends", "took", "opens"),
    [
        ((1, 2, 3, 4), 0, False),
        ((1, 2, 3, 4, 5), 0, True),
        ((1, 1, 1, 1, 1), 0, True),
        ((1, 2, 3, 4, 4 + WITHIN_SECONDS), 0, True),
        ((1, 2, 3, 4, 5 + WITHIN_SECONDS), 0, False),
        # Four calls at a time that hang until their deadline are four failures in half a minute.
        ((30, 30, 30, 30, 60), 30, True),
        ((30, 60, 90, 120, 150), 30, True),
        ((30, 91, 152, 213, 274), 30, False),
    ],
)
def test_failures_in_a_row_open_it(ends: tuple[float, ...], took: float, opens: bool):
    assert after(*ends, took=took).is_open is opens


def test_an_answer_in_between_begins_the_count_anew():
    circuit = after(1, 2, 3, 4).answered(probe=False)

    assert not after(5, 6, 7, 8, circuit=circuit).is_open


@pytest.mark.parametrize(
    ("wish", "seconds"), [(0, OPEN_SECONDS), (7, 7), (120, 120), (1e9, LONGEST_OPEN)]
)
def test_it_stays_open_for_half_a_minute_or_as_long_as_the_portal_wishes(wish, seconds):
    circuit = after(1, 2, 3, 4).failed(5, began=5, probe=False, after=wish)

    assert [circuit.wait(now) for now in (5, 6, 5 + seconds)] == [seconds, seconds - 1, 0]


def test_then_one_probe_goes_and_all_others_come_back_later():
    probing = OPENED.entered()

    assert (OPENED.wait(35), probing.wait(35), probing.wait(90)) == (0, PROBE_SECONDS, 5)
    assert probing.is_open


def test_a_probe_that_is_answered_closes_it():
    assert OPENED.entered().answered(probe=True) == Circuit()


def test_a_probe_that_fails_opens_it_again():
    assert OPENED.entered().failed(40, began=35, probe=True).wait(41) == OPEN_SECONDS - 1


def test_after_a_probe_that_shows_nothing_the_next_call_is_the_probe():
    assert OPENED.entered().undecided(probe=True) == OPENED


def test_calls_sent_before_it_opened_decide_nothing():
    probing = OPENED.entered()

    assert probing.answered(probe=False) == probing
    assert probing.failed(50, began=1, probe=False) == probing
    assert probing.undecided(probe=False) == probing


class Call:
    def __init__(self, circuit: Circuit, now: float) -> None:
        self.probe = circuit.is_open
        self.began = now


def ended(circuit: Circuit, call: Call, how: str, now: float) -> Circuit:
    if how == "works":
        return circuit.answered(probe=call.probe)
    if how == "away":
        return circuit.failed(now, began=call.began, probe=call.probe)
    return circuit.undecided(probe=call.probe)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["ask", "works", "away", "nothing", "wait"]), st.integers(0, 40)),
        max_size=80,
    )
)
def test_whatever_happens_it_never_stays_open_for_good_and_one_probe_goes_at_a_time(deeds):
    circuit, now, calls = Circuit(), 0.0, list[Call]()
    for deed, number in deeds:
        now += number if deed == "wait" else 0
        if deed == "ask" and circuit.wait(now) == 0:
            calls.append(Call(circuit, now))
            circuit = circuit.entered()
        elif deed in {"works", "away", "nothing"} and calls:
            call = calls.pop(number % len(calls))
            circuit = ended(circuit, call, deed, now)
        assert sum(call.probe for call in calls) == circuit.probing
        assert circuit.failures < FAILURES
        assert circuit.wait(now) <= LONGEST_OPEN
        assert circuit.is_open or circuit.wait(now) == 0

    for call in calls:
        circuit = circuit.undecided(probe=call.probe)
    assert circuit.wait(now + LONGEST_OPEN) == 0
