"""In which spellings a secret is looked for, and how; pure."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST: Final = 16
"""Bytes of a secret that are looked for at least; the product shows the last four at most."""
_WHOLE: Final = 32
_LEAST_VARIETY: Final = 5
"""So many different bytes, or it may be anything: the zeros at the end of a file, say."""
_BITS: Final = 6
_RUNS: Final = re.compile(rb"[\x21-\x7e]{12,}")
_PRINTED: Final = re.compile(rb"[\x21-\x7e]+")
_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")


def fragments(secret: bytes) -> tuple[bytes, ...]:
    """Return the parts that give a secret away: its ends, so that a cut one is found as well."""
    if len(secret) <= _WHOLE:
        return (secret,)
    ends = secret[:SHORTEST], secret[-SHORTEST:]
    return tuple(end for end in ends if len(set(end)) >= _LEAST_VARIETY)


def forms(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each spelling of some bytes with its name; some are alike."""
    yield "plain", secret
    yield "hex", secret.hex().encode()
    yield "HEX", secret.hex().upper().encode()
    yield "url", quote(secret, safe="").encode()
    yield "url", quote_plus(secret).encode()
    yield "url", quote(secret, safe="").encode().replace(b"%2F", b"%2f").replace(b"%3D", b"%3d")
    yield "url, every byte", b"".join(b"%%%02X" % byte for byte in secret)
    yield "url, every byte", b"".join(b"%%%02x" % byte for byte in secret)
    yield "json", json.dumps(secret.decode("latin-1"))[1:-1].encode()
    for before in range(3):
        standard = _amid(secret, before)
        yield f"base64, {before} before", standard
        yield f"base64 for addresses, {before} before", standard.translate(_URLSAFE)


def _amid(secret: bytes, before: int) -> bytes:
    """Return the letters of base64 that this secret alone decides, after so many other bytes."""
    letters = base64.b64encode(bytes(before) + secret)
    first = -(-before * 8 // _BITS)
    return letters[first : (before + len(secret)) * 8 // _BITS]


def needles(secret: bytes) -> dict[bytes, str]:
    """Return what to look for, with the name of its spelling."""
    found: dict[bytes, str] = {}
    for part in fragments(secret):
        for name, needle in forms(part):
            found.setdefault(needle, name)
    return found


class Haystack:
    """Data in which many needles are looked for: what cannot hold a printed one is left out."""

    def __init__(self, data: bytes) -> None:
        self._whole = data
        self._printed = b"\n".join(_RUNS.findall(data))

    def find(self, needle: bytes) -> bytes | None:
        """Return the surroundings of a needle, and not the needle; None where it is not."""
        data = self._printed if _PRINTED.fullmatch(needle) else self._whole
        at = data.find(needle)
        if at < 0:
            return None
        end = at + len(needle)
        return data[max(0, at - 60) : at] + b"[...]" + data[end : end + 20]
