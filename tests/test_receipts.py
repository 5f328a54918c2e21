"""The names of a filing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.receipts import LETTERS, new_id, new_receipt

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ages = st.timedeltas(timedelta(milliseconds=1), timedelta(days=36_500))


@given(age=ages)
def test_ids_grow_with_time(age: timedelta):
    assert new_id(NOW) < new_id(NOW + age)


def test_no_id_can_be_guessed_from_another():
    ids = [new_id(NOW) for _ in range(1_000)]

    tails = {id_.partition("-")[2] for id_ in ids}
    assert len(tails) == 1_000
    assert {len(tail) for tail in tails} == {22}  # 128 bits in base64


def test_receipts_have_no_letters_that_look_alike():
    letters = {letter for _ in range(1_000) for letter in new_receipt()}

    assert letters <= set(LETTERS)
    assert not letters & set("01IO")
