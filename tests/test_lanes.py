"""Who goes next: lanes take turns, and in a lane its people; records have one turn each."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.lanes import Lanes, Limits, Place
from bot.turns import Turns

ONE = Limits(whole=1, lane=1, person=1)
Line = Lanes[str, str, str]


def line_of(waiting: str, limits: Limits = ONE) -> Line:
    """Return a line in which items such as `a:ana1` (lane, person, number) wait."""
    line: Line = Lanes(limits)
    for item in waiting.split():
        lane, _, name = item.partition(":")
        line.join(lane, name.rstrip("0123456789"), item)
    return line


def served(line: Line) -> str:
    """Return all that wait in the order in which they are served, one at a time."""
    order = []
    while (place := line.next()) is not None:
        order.append(place.item)
        line.leave(place)
    return " ".join(order)


def at_once(line: Line) -> str:
    """Return those who may be under way at the same time."""
    places = iter(line.next, None)
    return " ".join(place.item for place in places if place is not None)


@pytest.mark.parametrize(
    ("waiting", "order"),
    [
        ("", ""),
        ("a:ana1 a:ana2 a:ana3", "a:ana1 a:ana2 a:ana3"),
        ("a:ana1 a:ana2 a:ana3 a:ben1", "a:ana1 a:ben1 a:ana2 a:ana3"),
        ("a:ana1 a:ana2 b:ana1 c:ana1", "a:ana1 b:ana1 c:ana1 a:ana2"),
        ("a:ana1 a:ana2 a:ben1 b:cat1 b:cat2", "a:ana1 b:cat1 a:ben1 b:cat2 a:ana2"),
    ],
)
def test_lanes_take_turns_and_in_a_lane_its_people(waiting: str, order: str):
    assert served(line_of(waiting)) == order


@pytest.mark.parametrize(
    ("limits", "go"),
    [
        (Limits(whole=9, lane=9, person=9), "a:ana1 b:ben1 a:cat1 a:ana2 a:ana3"),
        (Limits(whole=2, lane=9, person=9), "a:ana1 b:ben1"),
        (Limits(whole=9, lane=1, person=9), "a:ana1 b:ben1"),
        (Limits(whole=9, lane=9, person=1), "a:ana1 b:ben1 a:cat1"),
        (Limits(whole=9, lane=9, person=2), "a:ana1 b:ben1 a:cat1 a:ana2"),
    ],
    ids=str,
)
def test_so_many_are_under_way_in_all_in_a_lane_and_for_a_person(limits: Limits, go: str):
    assert at_once(line_of("a:ana1 a:ana2 a:ana3 a:cat1 b:ben1", limits)) == go


def test_with_room_for_every_lane_no_full_lane_takes_anothers_place():
    limits = Limits(whole=2, lane=2, person=2).for_lanes(3)
    line = line_of("a:ana1 a:ana2 a:ana3 b:ben1 b:ben2 c:cat1 c:cat2", limits)

    assert len(at_once(line).split()) == 6
    assert [item in line for item in ("a:ana3", "c:cat2")] == [True, False]


def test_a_full_lane_holds_up_no_other():
    line = line_of("a:ana1 a:ana2 b:ben1 b:ben2", Limits(whole=9, lane=1, person=1))
    hung, good = line.next(), line.next()
    assert hung is not None
    assert good is not None

    line.leave(good)
    following = line.next()

    assert (hung.item, following and following.item, line.next()) == ("a:ana1", "b:ben2", None)


def test_a_single_request_comes_second_behind_somebody_with_two_hundred():
    line = line_of(" ".join(f"a:ana{number}" for number in range(200)) + " a:ben1")

    assert served(line).split().index("a:ben1") == 1


def test_an_item_waits_once_and_keeps_its_turn():
    line = line_of("a:ana1 a:ana2 a:ana1 b:ben1")
    line.join("c", "cat", "a:ana2")

    assert (len(line), "a:ana2" in line) == (3, True)
    assert served(line) == "a:ana1 b:ben1 a:ana2"


def test_who_does_not_wait_any_longer_is_passed_over():
    line = line_of("a:ana1 a:ana2 b:ben1")

    for item in ("a:ana1", "b:ben1", "nobody"):
        line.withdraw(item)

    assert (len(line), served(line)) == (1, "a:ana2")


def test_a_line_that_is_cleared_keeps_count_of_who_is_under_way():
    line = line_of("a:ana1 a:ana2")
    place = line.next()
    assert place is not None
    line.clear()
    line.join("b", "ben", "b:ben1")

    blocked = line.next()
    line.leave(place)

    assert blocked is None
    assert served(line) == "b:ben1"


@settings(deadline=None)
@given(st.lists(st.sampled_from("ABCD"), max_size=60), st.integers(1, 3))
def test_of_people_who_wait_nobody_is_served_twice_before_another_is_once(people, lane):
    line: Line = Lanes(Limits(whole=lane, lane=lane, person=lane))
    for number, person in enumerate(people):
        line.join("a", person, f"{person}{number}")
    left, counts = Counter(people), Counter[str]()

    while (place := line.next()) is not None:
        line.leave(place)
        counts[place.person] += 1
        left[place.person] -= 1
        waiting = [counts[person] for person in left if left[person]]
        assert all(counts[place.person] - count <= 1 for count in waiting)

    assert counts == Counter(people)


class AnyLine(RuleBasedStateMachine):
    """Whatever comes and goes, limits hold, and nobody waits for a place that is free."""

    limits = Limits(whole=5, lane=3, person=2)

    def __init__(self) -> None:
        super().__init__()
        self.line: Line = Lanes(self.limits)
        self.waiting: dict[str, tuple[str, str]] = {}
        self.places: list[Place[str, str, str]] = []

    @rule(lane=st.sampled_from("abc"), person=st.sampled_from("xyz"), number=st.integers(0, 9))
    def join(self, lane: str, person: str, number: int) -> None:
        item = f"{lane}{person}{number}"
        self.line.join(lane, person, item)
        self.waiting[item] = lane, person

    @rule(number=st.integers(0, 99))
    def withdraw(self, number: int) -> None:
        if self.waiting:
            item = list(self.waiting)[number % len(self.waiting)]
            self.line.withdraw(item)
            del self.waiting[item]

    @rule(number=st.integers(0, 99))
    def leave(self, number: int) -> None:
        if self.places:
            self.line.leave(self.places.pop(number % len(self.places)))

    @rule()
    def go(self) -> None:
        place = self.line.next()
        free = [where for where in self.waiting.values() if self.has_room(*where)]
        assert (place is None) == (not free)
        if place is not None:
            assert self.waiting.pop(place.item) == (place.lane, place.person)
            self.places.append(place)

    def has_room(self, lane: str, person: str) -> bool:
        there = [place for place in self.places if place.lane == lane]
        theirs = [place for place in there if place.person == person]
        whole = len(self.places) < self.limits.whole
        return whole and len(there) < self.limits.lane and len(theirs) < self.limits.person

    @invariant()
    def counts_those_who_wait(self) -> None:
        assert len(self.line) == len(self.waiting)


TestAnyLine = AnyLine.TestCase
TestAnyLine.settings = settings(deadline=None, max_examples=50)


# records


def test_one_has_the_turn_of_a_record_and_the_others_follow_in_order():
    turns: Turns[str] = Turns()
    asked = [turns.take("case 7", id_) for id_ in ("first", "second", "third")]

    assert asked == [True, False, False]
    assert (turns.take("case 7", "first"), turns.take("case 8", "fourth")) == (True, True)
    assert [turns.leave(id_) for id_ in ("first", "second", "third")] == ["second", "third", None]
    assert turns.take("case 7", "fifth")


def test_whoever_got_the_turn_keeps_it_until_they_leave():
    turns: Turns[str] = Turns()
    turns.take("case 7", "first")
    turns.take("case 7", "second")
    turns.leave("first")

    late = turns.take("case 7", "late")

    assert (late, turns.waits("late"), turns.waits("second"), len(turns)) == (False, True, False, 1)
    assert turns.take("case 7", "second")


def test_leaving_without_a_turn_changes_nothing():
    turns: Turns[str] = Turns()
    turns.take("case 7", "first")
    turns.take("case 7", "second")

    assert [turns.leave(id_) for id_ in ("second", "nobody")] == [None, None]
    assert turns.leave("first") == "second"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["take", "leave"])), max_size=60))
def test_a_record_never_has_two_at_work_and_is_never_forgotten(deeds):
    turns: Turns[str] = Turns()
    holder, waiting = "", list[str]()

    for number, deed in deeds:
        id_ = str(number)
        if deed == "take":
            assert turns.take("case 7", id_) == (holder in {"", id_})
            if holder in {"", id_}:
                holder = id_
            elif id_ not in waiting:
                waiting.append(id_)
        elif id_ == holder:
            holder = waiting.pop(0) if waiting else ""
            assert (turns.leave(id_) or "") == holder
        else:
            assert turns.leave(id_) is None

    assert len(turns) == len(waiting)
