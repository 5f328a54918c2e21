"""The rules of telling: which way is next, and that no message appears more than twice."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Message
from bot.replies import (
    MOST_UNSURE,
    REPEATABLE,
    TELL_FOR,
    UNREACHABLE,
    URL_LIFE,
    URL_USES,
    Lost,
    Outcome,
    Refused,
    Taken,
    Verdict,
    answered,
    begun,
    follow,
    way_of,
)
from bot.reply_to import Posted, ReplyTo, Way
from tests.builders import NOON

if TYPE_CHECKING:
    from datetime import datetime

DONE = Message("Attached 2 files")
HERE = Posted("D0ANA", "1.1")


def by_url(**facts: Any) -> ReplyTo:
    return ReplyTo(
        **{"channel": "C1", "sealed_url": "sealed", "url_until": NOON + URL_LIFE, **facts}
    )


@pytest.mark.parametrize(
    ("reply", "way"),
    [
        (by_url(), Way.URL),
        (by_url(shown=True), Way.REPLACE),
        (by_url(shown=True, posted=HERE), Way.REPLACE),
        (by_url(shown=True, posted=HERE, uses=5), Way.EDIT),
        (by_url(uses=5), Way.EPHEMERAL),
        (by_url(url_until=NOON + timedelta(seconds=20)), Way.EPHEMERAL),
        (ReplyTo(channel="C1", direct=True), Way.DIRECT),
        (ReplyTo(channel="C1", direct=True, posted=HERE), Way.EDIT),
        (ReplyTo(), Way.DIRECT),
        (by_url(openly=True, shown=True), Way.URL),
        (by_url(openly=True, posted=HERE), Way.EDIT),
        (ReplyTo(channel="C1", openly=True), Way.CHANNEL),
    ],
)
def test_the_first_way_that_is_open_is_taken(reply: ReplyTo, way: Way):
    assert way_of(reply, NOON) is way


@pytest.mark.parametrize(
    ("word", "status", "outcome"),
    [
        ("ratelimited", 429, Refused(code="ratelimited", passing=True, after=7)),
        ("", 429, Refused(code="http_429", passing=True, after=7)),
        ("service_unavailable", 200, Refused(code="service_unavailable", passing=True, after=7)),
        ("", 503, Refused(code="http_503", passing=True, after=7)),
        ("channel_not_found", 200, Refused(code="channel_not_found")),
        ("user_disabled", 200, Refused(code="user_disabled")),
        ("token_revoked", 200, Refused(code="token_revoked")),
        ("used_url", 404, Refused(code="used_url")),
        ("", 404, Refused(code="http_404")),
        ("internal_error", 200, Lost("internal_error")),
        ("fatal_error", 500, Lost("fatal_error")),
        ("", 502, Lost("http_502")),
        ("", 200, Lost("http_200")),
    ],
)
def test_an_answer_that_is_no_success_says_whether_it_was_said(word, status, outcome):
    assert answered(word, status, 7) == outcome


def test_another_message_begins_anew_on_the_ways_that_are_left():
    tried = ReplyTo(channel="C1", direct=True, about="x", trying=Way.DIRECT, unsure=2, failures=4)

    reply = begun(tried, DONE, NOON)

    assert (reply.trying, reply.unsure, reply.failures) == (Way.DIRECT, 0, 0)


def test_pauses_grow_to_five_minutes_and_give_slack_the_time_it_asks_for():
    reply, pauses, now = ReplyTo(), [], NOON
    for after in (0, 0, 0, 0, 0, 0, 0, 0, 0, 45, 900):
        reply = begun(reply, DONE, now)
        reply, _ = follow(reply, Refused(code="x", passing=True, after=after), now, 1)
        assert reply.retry_at is not None
        pauses.append((reply.retry_at - now).total_seconds())
        now = reply.retry_at

    assert pauses == [4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 901]


outcomes = st.one_of(
    st.just(Taken(HERE)),
    st.sampled_from(["channel_not_found", "message_not_found"]).map(lambda it: Refused(code=it)),
    st.sampled_from(["ratelimited", UNREACHABLE]).map(lambda it: Refused(code=it, passing=True)),
    st.just(Lost("connection")),
)
addresses = st.builds(
    by_url,
    channel=st.sampled_from(["", "C1"]),
    sealed_url=st.sampled_from(["", "sealed"]),
    shown=st.booleans(),
    uses=st.integers(0, URL_USES),
    posted=st.none() | st.just(HERE),
    direct=st.booleans(),
    openly=st.booleans(),
)


@dataclasses.dataclass
class Teller:
    """Says one message, and dies now and then between sending it and noting what became of it."""

    reply: ReplyTo
    now: datetime = NOON
    may_have_appeared: int = 0
    sent_by_url: int = 0
    verdict: Verdict = Verdict.AGAIN

    def turn(self, outcome: Outcome, *, dies: bool, chance: float) -> None:
        self.now = max(self.now, self.reply.retry_at or self.now)
        self.reply = begun(self.reply, DONE, self.now)
        way = self.reply.trying
        self.sent_by_url += way in {Way.URL, Way.REPLACE} and outcome != Refused(
            code=UNREACHABLE, passing=True
        )
        appeared = not isinstance(outcome, Refused) and way is not None
        self.may_have_appeared += appeared and way not in REPEATABLE
        if not dies:
            self.reply, self.verdict = follow(self.reply, outcome, self.now, chance)


@given(addresses, st.lists(st.tuples(outcomes, st.booleans(), st.floats(0, 1)), max_size=60))
def test_whatever_slack_does_and_whenever_a_process_dies_a_message_appears_twice_at_most(
    reply: ReplyTo, turns: list[tuple[Outcome, bool, float]]
):
    teller = Teller(reply)
    for outcome, dies, chance in turns:
        if teller.verdict is not Verdict.AGAIN:
            break
        teller.turn(outcome, dies=dies, chance=chance)

    assert teller.may_have_appeared <= MOST_UNSURE
    assert reply.uses + teller.sent_by_url <= URL_USES


@given(addresses, st.lists(outcomes.filter(lambda it: not isinstance(it, Taken)), min_size=1))
def test_telling_ends_a_day_after_it_began_to_fail(reply: ReplyTo, course: list[Outcome]):
    teller = Teller(reply)
    for turn in range(5_000):
        teller.turn(course[turn % len(course)], dies=False, chance=1)
        if teller.verdict is not Verdict.AGAIN:
            break

    assert teller.verdict is Verdict.GIVEN_UP
    assert teller.now - NOON <= TELL_FOR
