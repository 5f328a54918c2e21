"""The proof of the gate in short, and that it would notice what it is against."""

from __future__ import annotations

from bench.gate_requests import PLANTED
from bench.prove_gate import MOST_MIB, Shown, Trial, prove, told


async def test_s1_s2_d4_a_real_bot_bears_what_nobody_should_send():
    shown = await prove(Trial(requests=480, body=8, endless=False))

    assert not shown.bars, told(shown)
    assert shown.answers["right, under either secret"] == {200: 30}
    assert shown.answers["replayed, or from the future"] == {401: 30}
    assert shown.answers["too long"] == {413: 2}


def test_the_proof_notices_what_it_is_against():
    shown = Shown()
    shown.count("a kind", 401, frozenset({401}), b"POST")
    shown.hear(b'{"event":"request_not_signed"}\n')
    assert shown.bars == []

    shown.count("a kind", 200, frozenset({401}), b"POST")
    shown.count("a kind", 500, frozenset({500}), b"POST")
    shown.count("a kind", 0, frozenset({401}), b"POST")
    shown.hear(f"refused {PLANTED}\n".encode())
    shown.hear(b"Traceback (most recent call last):\n")
    shown.grown_mib = MOST_MIB + 1
    assert len(shown.bars) == 6
