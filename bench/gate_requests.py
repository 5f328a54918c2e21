"""What the gate has to bear: malformed requests of every kind, signed and not, as raw bytes."""

from __future__ import annotations

import copy
import dataclasses
import gzip
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bench.bare import PATH
from bot.sandbox.slack_delivery import Signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from random import Random

PLANTED = "planted-words"
"""Stands in every body, and may stand in no log."""
BROKEN = "no right HTTP"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
WINDOW = 300
Headers = list[tuple[str, str]]

_ODD_TYPES = ("text/plain", "multipart/form-data; boundary=x", "text/json", "", "*/*", "\xe9/\xe9")
_ODD_SIGNATURES = (
    "",
    "v0=",
    "v1=" + "0" * 64,
    "v0=" + "0" * 64,
    "v0=\xe9",
    "\U0001f600",
    "a" * 8000,
)
_ODD_TIMES = (
    *("", "now", "0", "-1", "+1", "1e9", "0x10", "9" * 20, "9" * 5000, "\u0663", "NaN"),
    *("1.5", "inf", "-" + "9" * 40),
)
_ODD_VALUES: tuple[object, ...] = (
    *(None, True, 0, -1, 10**30, 1.5, "", "\x00", "\ud800", "x" * 5000, [], [[]], {}),
    *([None], {"id": None}, {"id": 7}, {"": {}}, [{"type": []}]),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Probe:
    """One request, and the statuses that are right for it."""

    kind: str
    raw: bytes
    right: frozenset[int]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes requests by chance. `secrets` are all good; `deliveries` are real ones, to be bent."""

    chance: Random
    secrets: Sequence[str]
    deliveries: Sequence[tuple[str, Mapping[str, Any]]]

    def probes(self, count: int) -> Iterator[Probe]:
        """Yield requests, each made when it is asked for: what is signed is fresh."""
        kinds = list(KINDS)
        for number in range(count):
            kind = kinds[number % len(kinds)]
            made, right = KINDS[kind]
            yield Probe(kind, made(self), right)

    def signed(
        self, body: bytes, kind: str = FORM, *, at: float = 0, secret: str = "", time_: str = ""
    ) -> bytes:
        """Return a rightly signed request; `at` is how many seconds from now it was signed."""
        return request(body, self.headers(body, kind, at=at, secret=secret, time_=time_))

    def headers(
        self, body: bytes, kind: str = FORM, *, at: float = 0, secret: str = "", time_: str = ""
    ) -> Headers:
        """Return the headers of a rightly signed request."""
        signer = Signed(secret=secret or self.chance.choice(self.secrets), clock=time.time)
        made = signer.headers(body, time_ or str(int(time.time() + at)))
        return [*(made | {"Content-Type": kind}).items()]

    def command(self) -> bytes:
        """Return the body of a command that needs no portal, from somebody else each time."""
        text = self.chance.choice(("help", "help me", "status", f"nothing {PLANTED}"))
        fields = {"command": "/attach", "text": text, "trigger_id": str(self.chance.random())}
        who = {"team_id": "T0OFFICE", "user_id": f"U{self.chance.randrange(10**6)}"}
        return urlencode(fields | who | {"channel_id": "C0SALES"}).encode()


def request(body: bytes, headers: Headers, *, method: str = "POST", path: str = PATH) -> bytes:
    """Return a request with exactly these headers, besides its host and length."""
    lines = [("Host", "127.0.0.1"), ("Content-Length", str(len(body))), *headers]
    return head(lines, method=method, path=path) + body


def head(headers: Headers, *, method: str = "POST", path: str = PATH) -> bytes:
    """Return the head of a request, whatever stands in it."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode(errors="surrogatepass")


def _unsigned(maker: Maker) -> bytes:
    body = maker.chance.choice((maker.command(), _rubbish(maker)))
    headers = [("Content-Type", maker.chance.choice((FORM, JSON, *_ODD_TYPES)))]
    return request(body, headers)


def _other_secret(maker: Maker) -> bytes:
    return maker.signed(maker.command(), secret=f"{maker.chance.random()}")


def _odd_signature(maker: Maker) -> bytes:
    body = maker.command()
    headers = dict(maker.headers(body))
    right = headers["X-Slack-Signature"]
    bent = (right.upper(), right[:-1], right + "0", right[3:], right[::-1], *_ODD_SIGNATURES)
    headers["X-Slack-Signature"] = maker.chance.choice(bent)
    return request(body, [*headers.items()])


def _odd_time(maker: Maker) -> bytes:
    return maker.signed(maker.command(), time_=maker.chance.choice(_ODD_TIMES) or " ")


def _replayed(maker: Maker) -> bytes:
    apart = maker.chance.uniform(WINDOW + 2, 10**6) * maker.chance.choice((-1, 1))
    return maker.signed(maker.command(), at=apart)


def _doubled(maker: Maker) -> bytes:
    body = maker.command()
    headers = maker.headers(body)
    name = maker.chance.choice(("X-Slack-Signature", "x-slack-request-timestamp"))
    other = maker.chance.choice((dict(headers).get(name, "1"), "v0=" + "0" * 64, "1"))
    headers.insert(maker.chance.randrange(len(headers) + 1), (name, other))
    return request(body, headers)


def _rubbish(maker: Maker) -> bytes:
    """Return a body that is no delivery."""
    chance = maker.chance
    made: Sequence[Callable[[], bytes]] = (
        lambda: PLANTED.encode() + chance.randbytes(chance.randrange(2000)),
        lambda: chance.choice(
            (b"", b"{", b"[]", b"null", b"1e999", b"NaN", b'"x"', b"{}", b"\xff")
        ),
        lambda: b"[" * 200_000 + b"]" * 200_000,
        lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        lambda: b'{"a":' + b"9" * 10_000 + b"}",
        f'{{"type":"{PLANTED}'.encode,
        lambda: json.dumps([PLANTED]).encode(),
        lambda: json.dumps({PLANTED: PLANTED}).encode(),
        lambda: json.dumps({"type": chance.choice(_ODD_VALUES)}).encode(),
        lambda: json.dumps({"command": "/attach", "text": PLANTED}).encode("utf-16"),
        f"payload={PLANTED}".encode,
        lambda: chance.choice((b"payload=", b"payload=[]", b"payload=null", b"payload=%7B%7D")),
        lambda: b"command=/attach&text=" + PLANTED.encode(),
        lambda: b"command=/attach&command=/other&user_id=&team_id=",
        lambda: b"&".join([b"a=" + PLANTED.encode()] * 5000),
        lambda: b"payload=" + b"%5B" * 100_000,
        lambda: b"%" * chance.randrange(1, 500),
    )
    return chance.choice(made)()


def _signed_rubbish(maker: Maker) -> bytes:
    return maker.signed(_rubbish(maker), maker.chance.choice((FORM, JSON)))


def _odd_type(maker: Maker) -> bytes:
    return maker.signed(maker.command(), maker.chance.choice(_ODD_TYPES))


def _bent(maker: Maker) -> bytes:
    """Return a real delivery in which a few values are of another kind, or missing."""
    kind, real = maker.chance.choice(maker.deliveries)
    bent = copy.deepcopy(dict(real))
    for _ in range(maker.chance.randrange(1, 4)):
        _bend(bent, maker.chance)
    if kind == "slash_commands":
        # A form has only texts; what is none is left out.
        body = urlencode({k: v for k, v in bent.items() if isinstance(v, str)}, errors="replace")
        return maker.signed(body.encode())
    if kind == "events_api":
        return maker.signed(json.dumps(bent).encode(), JSON)
    return maker.signed(urlencode({"payload": json.dumps(bent)}).encode())


def _bend(value: Any, chance: Random) -> None:  # noqa: ANN401  (JSON of any shape)
    inside = [*value] if isinstance(value, dict) else [*range(len(value))]
    if not inside:
        return
    place = chance.choice(inside)
    if isinstance(value[place], dict | list) and chance.random() < 0.7:
        _bend(value[place], chance)
    elif chance.random() < 0.3:
        del value[place]
    else:
        value[place] = copy.deepcopy(chance.choice(_ODD_VALUES))  # it may be bent as well


def _elsewhere(maker: Maker) -> bytes:
    body = maker.command()
    path = maker.chance.choice(
        ("/", "/slack", "/slack/events/", "//slack/events", "/slack/events/../x", "/%00", "/%e9")
    )
    return request(body, maker.headers(body), path=path)


def _other_method(maker: Maker) -> bytes:
    body = maker.command()
    method = maker.chance.choice(("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"))
    return request(body, maker.headers(body), method=method)


def _packed(maker: Maker) -> bytes:
    body = gzip.compress(maker.chance.choice((maker.command(), bytes(20_000_000))), 1)
    headers = maker.headers(body, maker.chance.choice((FORM, JSON)))
    return request(body, [*headers, ("Content-Encoding", maker.chance.choice(("gzip", "br", "x")))])


def _broken(maker: Maker) -> bytes:
    """Return what is no right HTTP."""
    chance = maker.chance
    body = maker.command()
    headers = [("Host", "x"), *maker.headers(body)]
    length, pieces = ("Content-Length", str(len(body))), ("Transfer-Encoding", "chunked")
    first = chance.choice(
        (
            head([*headers, length, length]),
            head([*headers, length, ("Content-Length", "1")]),
            head([*headers, length, pieces]),
            head([*headers, ("Content-Length", "-1")]),
            head([*headers, ("Content-Length", "9" * 30)]),
            head([*headers, ("Content-Length", "x")]),
            head([*headers, pieces]) + chance.choice((b"-1\r\n", b"zz\r\n", b"9" * 40 + b"\r\n")),
            head([*headers, pieces]) + b"2;" + b"x" * 10_000 + b"\r\n",
            head([*headers, length, ("X", PLANTED * 2000)]),
            head([*headers, length, *[("X", PLANTED)] * 500]),
            head([*headers, length, ("X Y", PLANTED)]),
            head([*headers, length, ("X", f"{PLANTED}\0")]),
            head([*headers, length, ("X", f"{PLANTED}\nno header")]),
            head([*headers, length], method="post me"),
            head([*headers, length], path=f"/{PLANTED}" * 1000),
            head([*headers, length], path="/\xe9"),
            head([*headers, length]).replace(b"HTTP/1.1", b"HTTP/9.9", 1),
            f"{PLANTED}\r\n\r\n".encode(),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(200) + b"\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        )
    )
    return first + body


def _in_pieces(maker: Maker) -> bytes:
    """Return a right command whose body comes in pieces, which is right HTTP."""
    body = maker.command()
    headers = [("Host", "x"), *maker.headers(body), ("Transfer-Encoding", "chunked")]
    cut = maker.chance.randrange(1, len(body))
    pieces = (b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:cut], body[cut:], b""))
    return head(headers) + b"".join(pieces)


def _expecting(maker: Maker) -> bytes:
    body = maker.command()
    return request(body, [*maker.headers(body), ("Expect", f"{PLANTED}")])


def _right(maker: Maker) -> bytes:
    """Return a right request, of any age that is not too old, under either secret."""
    apart = maker.chance.uniform(3 - WINDOW, WINDOW - 3)
    return maker.signed(maker.command(), at=apart)


_REFUSED = frozenset({401})
_BORNE = frozenset({200, 404, 415})
KINDS: dict[str, tuple[Callable[[Maker], bytes], frozenset[int]]] = {
    "not signed": (_unsigned, _REFUSED),
    "another secret": (_other_secret, _REFUSED),
    "odd signature": (_odd_signature, _REFUSED),
    "odd time": (_odd_time, _REFUSED),
    "replayed, or from the future": (_replayed, _REFUSED),
    "signature or time twice": (_doubled, _REFUSED),
    "signed rubbish": (_signed_rubbish, _BORNE | _REFUSED),
    "signed, of an odd type": (_odd_type, frozenset({415})),
    "signed deliveries, bent": (_bent, _BORNE | _REFUSED),
    "elsewhere": (_elsewhere, frozenset({404})),
    "another method": (_other_method, frozenset({405})),
    "packed": (_packed, _REFUSED | {415}),
    BROKEN: (_broken, _REFUSED | {413}),
    "right, in pieces": (_in_pieces, frozenset({200})),
    "right, expecting what nobody knows": (_expecting, frozenset({200})),
    "right, under either secret": (_right, frozenset({200})),
}
