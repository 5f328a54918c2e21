"""A sealed record opens for what it was sealed for, or raises the one error; so does every text."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bench.fuzz_target import Target, bytes_of, swift, text_of
from bot.errors import SecretError
from bot.vault import KEY_BYTES, Purpose, Vault, key_of, new_key
from storage.sealed import PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from storage.sealed import Place

# These keys seal nothing but the records below.
OLD, NEW = bytes.fromhex("8d1f" * 3 + "00a7c3" * 7 + "9e42be71f0"), bytes(range(7, 135, 4))
RING = Vault([NEW, OLD])
Record = tuple[Purpose, tuple[str, ...], str]
RECORDS: Sequence[tuple[Record, str]] = (
    (
        (
            Purpose.PORTAL_KEY,
            ("E1", "T1", "U1", "https://office.example.com"),
            "v1.e265b876.ZEIZBsKAlltBC7k8.OMtTNSrpB8qy8RsNSzXiEX8tqFUuI1Y36g20mMKN10m9-wGy",
        ),
        "dGhlIGtleSBvZiBBbmE=",
    ),
    (
        (
            Purpose.DRAFT,
            ("T1", "U1", "d1"),
            "v1.e265b876.raeZkJsEWOz72EKa.cLJxrKyfgmCm9T1dmClwSsIWR55jlD4E2jVRsxoV3BY",
        ),
        '{"name":"x.pdf"}',
    ),
    (
        (
            Purpose.RESPONSE_URL,
            ("T1", "U1"),
            "v1.b58f94ef.3d5yV7PtVLkAAv2a.z02OMOJR3knvMlRf4g0tDVRrXEu2GjPvPE3oboTKfxGeqVAdwaeTQSUOSQ",
        ),
        "https://hooks.example.com/1",
    ),
    (
        (Purpose.MESSAGE_TEXT, ("T1", "U1"), "v1.e265b876.crtraP7I0QjYM2xE.tKTi52LiWxX0iaGKLRV4kA"),
        "",
    ),
    ((Purpose.CANARY, (), "v1.e265b876.fmlP7qHcPjs2k3O9.JUigSNXanwxT6kVC2T5-fN9zZ_NGmw"), "canary"),
)
"""What was sealed, for what and whom, and what it was."""
SECRETS = dict(RECORDS)
SAYINGS = frozenset(
    {
        "the key ring is empty",
        f"a key of the ring does not have {KEY_BYTES} bytes",
        "a key stands in the ring twice",
        "a key of the ring is not base64",
        "a key of the ring is an example: `attachbot keys new` prints a real one",
    }
)
"""All that is said of a wrong ring: nothing of the ring itself."""
OTHER = "v1.00000000.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"


def check_open(text: str, opened: Callable[..., SecretStr] = RING.open) -> None:
    """See that a text opens as what it is, if it is one of the records, and as nothing else."""
    for purpose, owner, _ in SECRETS:
        record = (purpose, owner, text)
        try:
            secret = opened(purpose, text, *owner)
        except SecretError:
            assert record not in SECRETS
        else:
            assert record in SECRETS, f"{text!r} opens for {purpose} of {owner}"
            assert secret.get_secret_value() == SECRETS[record]
    assert key_of(text) in text


def check_seal(text: str) -> None:
    """See that any secret of any owner opens for just this owner; they stand between bars."""
    secret, *owner = text.split("|")
    sealed = RING.seal(Purpose.DRAFT, SecretStr(secret), *owner)
    assert RING.open(Purpose.DRAFT, sealed, *owner).get_secret_value() == secret
    again = RING.anew(Purpose.DRAFT, sealed, *owner)
    assert RING.open(Purpose.DRAFT, again, *owner).get_secret_value() == secret
    others = (owner[:-1], ["", *owner], [*owner, ""], ["".join(owner)], owner[::-1])
    for other in others:
        if other != owner:
            _check_shut(Purpose.DRAFT, sealed, other)
    _check_shut(Purpose.CANARY, sealed, owner)


def _check_shut(purpose: Purpose, sealed: str, owner: Sequence[str]) -> None:
    try:
        RING.open(purpose, sealed, *owner)
    except SecretError:
        return
    raise AssertionError(f"{sealed} opens for {purpose} of {owner}")


def check_places(held: str) -> None:
    """See that whatever a column holds is sealed anew where it is sealed, and left alone else."""
    for place in PLACES:
        with swift():
            _check_place(place, held)


def _check_place(place: Place, held: str) -> None:
    found: list[str] = []

    def same(_: Purpose, sealed: str, owner: Sequence[str]) -> str:
        assert owner == ["T1"]
        found.append(sealed)
        return sealed

    keys = place.keys(held)
    assert place.anew(held, ["T1"], same) == held
    if place.purpose is None:
        assert keys == [key_of(sealed) for sealed in found]
        changed = place.anew(held, ["T1"], lambda *_: OTHER)
        assert set(place.keys(changed)) == ({key_of(OTHER)} if keys else set())
        assert re.sub(r"v1\.[\w.-]*", "", changed) == re.sub(r"v1\.[\w.-]*", "", held)


def check_ring(text: str) -> None:
    """See that a text is a ring that seals, or an error that shows nothing of it."""
    vault, said = _ring(text)
    if vault is None:
        assert said in SAYINGS, f"of a wrong ring it is said {said!r}"
        return
    sealed = vault.seal(Purpose.CANARY, SecretStr("canary"))
    assert vault.newest(sealed)
    assert vault.open(Purpose.CANARY, sealed).get_secret_value() == "canary"


def _ring(text: str) -> tuple[Vault | None, str]:
    try:
        return Vault.of(text), ""
    except SecretError as error:
        return None, error.detail


CHECKS = (check_open, check_places, check_seal, check_ring)


def run(data: bytes) -> None:
    """Try the bytes in the way that the first of them names."""
    CHECKS[(data or b"\0")[0] % len(CHECKS)](text_of(data[1:]))


@contextmanager
def target() -> Iterator[Target]:
    """Give what is tried."""
    sealed = [record[2] for record in SECRETS]
    bodies = [
        f'{{"reply":{{"sealed_url":"{one}"}},"x":["{one}",{{"sealed":"{one}"}}]}}' for one in sealed
    ]
    texts = [
        *(sealed, [*sealed, *bodies], ["the secret|T1|U1", "|", "\ud800||", "a|ab|c"]),
        [new_key(), f"{new_key()},{new_key()}", "example", ""],
    ]
    yield Target(
        run=run,
        seeds=[bytes([way]) + bytes_of(text) for way, kind in enumerate(texts) for text in kind],
        words=[
            b"v1.",
            b".",
            b"e265b876",
            b"b58f94ef",
            b'"sealed":"',
            b'"sealed_url":"',
            b"=",
            b"|",
        ],
    )
