"""How often one address may visit the connect page, and whom a visit is counted for."""

from __future__ import annotations

import pytest

from bot.connect_page.visitors import VISITS, WINDOW, Visitors, address_of


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_address_waits_for_the_rest_of_its_minute_and_others_do_not():
    clock = Clock()
    visitors = Visitors(clock)
    assert [visitors.wait("203.0.113.7") for _ in range(VISITS)] == [0] * VISITS
    clock.now += 20.5

    assert visitors.wait("203.0.113.7") == 40
    assert visitors.wait("198.51.100.9") == 0
    clock.now += WINDOW - 20.5
    assert visitors.wait("203.0.113.7") == 0


def test_visits_while_waiting_do_not_make_the_wait_longer():
    clock = Clock()
    visitors = Visitors(clock)
    for _ in range(VISITS * 3):
        visitors.wait("203.0.113.7")
    clock.now += WINDOW

    assert visitors.wait("203.0.113.7") == 0


def test_d1_any_number_of_addresses_takes_no_more_room_than_the_bound():
    visitors = Visitors(Clock(), most=100)

    for number in range(10_000):
        visitors.wait(f"10.0.{number >> 8}.{number & 255}")

    assert len(visitors) == 100


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "10.9.9.9, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7:4711", "127.0.0.1"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        (None, "", ""),
        (None, "nonsense" * 1000, ""),
    ],
)
def test_the_last_address_that_the_proxy_names_counts(
    peer: str | None, forwarded: str, counted: str
):
    assert address_of(peer, forwarded) == counted


def test_one_network_of_ipv6_is_one_visitor():
    first, second = address_of("2001:db8:1:2::1", ""), address_of("2001:db8:1:2:ffff::9", "")

    assert first == second != address_of("2001:db8:1:3::1", "")
