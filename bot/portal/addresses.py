"""Which addresses a portal may have: public ones, and private networks that the settings name."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# A table of our own: `is_global` lets NAT64, 6to4, IPv4-compatible, site-local and multicast
# addresses pass, and with them the inner network behind them.
_DENIED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2001:db8::/32",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Loopback and the metadata services of clouds: opened only by a network of that one address.
_SINGLY = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
    ipaddress.ip_network("169.254.169.254/32"),
    ipaddress.ip_network("fd00:ec2::254/128"),
)


def plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.teredo:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or address


def may_be_portal(text: str, allowed: Sequence[IPNetwork]) -> bool:
    """Say whether the bot may connect to the IP address in `text`; to what is none it may not."""
    try:
        address = plain(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    named = [network for network in allowed if _holds(network, address)]
    if any(_holds(network, address) for network in _SINGLY):
        return any(network.num_addresses == 1 for network in named)
    return bool(named) or not any(_holds(network, address) for network in _DENIED)


def _holds(network: IPNetwork, address: Address) -> bool:
    return network.version == address.version and address in network
