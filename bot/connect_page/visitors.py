"""How often one address may visit: counted by the minute, for a bounded number of addresses."""

from __future__ import annotations

import math
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

VISITS: Final = 120
"""Visits of one address in a minute: a person needs three, and a whole office may share one.

Nobody guesses 256 bits at any rate; the limit keeps the database and the log from a flood.
"""
WINDOW: Final = 60.0
MOST_ADDRESSES: Final = 4096
"""Addresses that are remembered, about half a megabyte; the longest known is forgotten first."""
_NETWORK_BITS: Final = 64


class Visitors:
    """Counts visits. `clock` returns seconds that only grow."""

    def __init__(self, clock: Callable[[], float], *, most: int = MOST_ADDRESSES) -> None:
        self._clock = clock
        self._most = most
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def wait(self, address: str) -> int:
        """Count a visit; return 0 if it may go on, else the seconds until the next may."""
        now = self._clock()
        since, visits = self._seen.get(address, (now, 0))
        if now - since >= WINDOW:
            since, visits = now, 0
            self._seen.pop(address, None)
        if visits >= VISITS:
            return math.ceil(since + WINDOW - now)
        self._seen[address] = (since, visits + 1)
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return 0


def address_of(peer: str | None, forwarded: str) -> str:
    """Return whom a visit is counted for: what the proxy says last, else who has connected.

    Earlier parts of `X-Forwarded-For` are what the visitor says, so they do not count. One IPv6
    network of a customer (64 bits) counts as one.
    """
    for said in (forwarded.rpartition(",")[2].strip(), peer or ""):
        try:
            address = ip_address(said)
        except ValueError:
            continue
        if isinstance(address, IPv6Address):
            mapped = address.ipv4_mapped
            return str(mapped or (int(address) >> (128 - _NETWORK_BITS)))
        return str(address)
    return ""
