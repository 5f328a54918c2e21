"""Which addresses a portal may have."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bot.portal.addresses import may_be_portal

INSIDE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
OUTSIDE = ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_i4_inner_addresses_are_refused(address: str):
    assert not may_be_portal(address, ())


@pytest.mark.parametrize("text", ["", "localhost", "8.8.8", "8.8.8.999", "2606:4700::g", "%eth0"])
def test_i4_what_is_no_address_is_refused(text: str):
    assert not may_be_portal(text, ())
    assert not may_be_portal(text, (ip_network("0.0.0.0/0"), ip_network("::/0")))


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_fine(address: str):
    assert may_be_portal(address, ())


@pytest.mark.parametrize(
    ("address", "network", "fine"),
    [
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("fd12::5", "fd12::/16", True),
        ("127.0.0.1", "127.0.0.0/8", False),
        ("127.0.0.1", "127.0.0.1/32", True),
        ("::1", "::/0", False),
        ("::1", "::1/128", True),
        ("169.254.169.254", "169.254.0.0/16", False),
        ("169.254.169.254", "169.254.169.254/32", True),
        ("fd00:ec2::254", "fd00::/8", False),
    ],
)
def test_i4_a_private_network_is_opened_by_name_and_loopback_only_singly(
    address: str, network: str, *, fine: bool
):
    assert may_be_portal(address, [ip_network(network)]) is fine
