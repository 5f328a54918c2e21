"""What the vault promises: only the right purpose and owner open a secret, and nothing shows it."""

from __future__ import annotations

import base64
import itertools
import traceback
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import SecretError
from bot.vault import Purpose, Vault, key_of, new_key

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW = bytes.fromhex("8d1f" * 3 + "00a7c3" * 7 + "9e42be71f0"), bytes(range(7, 135, 4))
OWNER = ("E1", "T1", "U1", "https://office.example.com")
SECRET = "dGhlIGtleSBvZiBBbmE="


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault([NEW, OLD])


@given(
    secret=st.text(st.characters(), max_size=300),
    owner=st.lists(st.text(st.characters(), max_size=9)),
    purpose=st.sampled_from(Purpose),
)
def test_what_was_sealed_opens_for_the_same_purpose_and_owner(
    secret: str, owner: list[str], purpose: Purpose
) -> None:
    vault = Vault([NEW])

    sealed = vault.seal(purpose, SecretStr(secret), *owner)

    assert vault.open(purpose, sealed, *owner).get_secret_value() == secret


def test_a_text_with_half_a_letter_is_sealed_as_well(vault: Vault) -> None:
    half = SecretStr("half \ud83d of one")

    sealed = vault.seal(Purpose.MESSAGE_TEXT, half, "half \ude00")

    assert vault.open(Purpose.MESSAGE_TEXT, sealed, "half \ude00") == half


def test_sealing_twice_gives_two_texts_of_the_documented_shape(vault: Vault) -> None:
    sealed = [vault.seal(Purpose.PORTAL_KEY, SecretStr(SECRET), *OWNER) for _ in range(2)]

    assert sealed[0] != sealed[1]
    version, kid, nonce, ciphertext = sealed[0].split(".")
    assert (version, len(kid), len(nonce)) == ("v1", 8, 16)
    assert SECRET not in ciphertext


@pytest.mark.parametrize("part", range(len(OWNER)))
def test_a_row_copied_to_another_owner_does_not_open(vault: Vault, part: int) -> None:
    sealed = vault.seal(Purpose.PORTAL_KEY, SecretStr(SECRET), *OWNER)
    other = [*OWNER]
    other[part] += "x"

    with pytest.raises(SecretError):
        vault.open(Purpose.PORTAL_KEY, sealed, *other)


@pytest.mark.parametrize(
    "other",
    [("ab", "c", ""), ("a", "bc", ""), ("", "abc", ""), ("abc",), ("a", "b"), ("b", "a", "c"), ()],
)
def test_parts_of_an_owner_do_not_flow_into_one_another(
    vault: Vault, other: tuple[str, ...]
) -> None:
    sealed = vault.seal(Purpose.PORTAL_KEY, SecretStr(SECRET), "a", "b", "c")

    with pytest.raises(SecretError):
        vault.open(Purpose.PORTAL_KEY, sealed, *other)


@pytest.mark.parametrize(("one", "other"), [*itertools.permutations(Purpose, 2)])
def test_a_secret_opens_for_its_own_purpose_only(
    vault: Vault, one: Purpose, other: Purpose
) -> None:
    sealed = vault.seal(one, SecretStr(SECRET), *OWNER)

    with pytest.raises(SecretError):
        vault.open(other, sealed, *OWNER)


def test_no_changed_character_goes_unnoticed(vault: Vault) -> None:
    sealed = vault.seal(Purpose.CANARY, SecretStr(SECRET), *OWNER)

    for at, old in enumerate(sealed):
        for new in {"A", "b", "7", ".", "=", "\n", "é"} - {old}:
            with pytest.raises(SecretError):
                vault.open(Purpose.CANARY, sealed[:at] + new + sealed[at + 1 :], *OWNER)


@pytest.mark.parametrize(
    "bent",
    [
        lambda version, kid, nonce, text: (version, kid, "", text),
        lambda version, kid, nonce, text: (version, kid, nonce[:4], text),
        lambda version, kid, nonce, text: (version, kid, nonce, text[:20]),
        lambda version, kid, nonce, text: (version, kid, f"{nonce}=", text),
        lambda version, kid, nonce, text: (version, kid, nonce, f"{text[:5]}\n{text[5:]}"),
        lambda version, kid, nonce, text: (version, kid, nonce, text, ""),
        lambda version, kid, nonce, text: ("v2", kid, nonce, text),
    ],
    ids=["no nonce", "short nonce", "no tag", "padded", "broken line", "longer", "version"],
)
def test_t2_a_sealed_text_has_one_spelling(
    vault: Vault, bent: Callable[..., tuple[str, ...]]
) -> None:
    sealed = vault.seal(Purpose.CANARY, SecretStr(SECRET), *OWNER)

    with pytest.raises(SecretError):
        vault.open(Purpose.CANARY, ".".join(bent(*sealed.split("."))), *OWNER)


def test_what_does_not_open_is_told_to_whoever_asked_for_it() -> None:
    heard: list[Purpose] = []
    vault = Vault.of(new_key(), heard.append)
    sealed = vault.seal(Purpose.DRAFT, SecretStr(SECRET), *OWNER)
    vault.open(Purpose.DRAFT, sealed, *OWNER)

    with pytest.raises(SecretError):
        vault.open(Purpose.DRAFT, sealed, "somebody else")

    assert heard == [Purpose.DRAFT]


@pytest.mark.parametrize(
    ("sealed", "key"),
    [("v1.0badcafe.AAAA.BBBB", "0badcafe"), ("v2.0badcafe.AAAA.BBBB", ""), ("", ""), ("a.b", "")],
)
def test_a_sealed_text_names_its_key(sealed: str, key: str) -> None:
    assert key_of(sealed) == key


@given(data=st.data())
def test_no_flipped_bit_goes_unnoticed(data: st.DataObject) -> None:
    vault = Vault([NEW])
    sealed = vault.seal(Purpose.CANARY, SecretStr(SECRET), *OWNER)
    *head, last = sealed.split(".")
    raw = bytearray(base64.urlsafe_b64decode(last + "=="))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    changed = ".".join((*head, base64.urlsafe_b64encode(raw).rstrip(b"=").decode()))

    with pytest.raises(SecretError):
        vault.open(Purpose.CANARY, changed, *OWNER)


@given(text=st.text(max_size=60) | st.text("v1.ab=-_", max_size=60))
def test_any_other_text_is_a_secret_error(text: str) -> None:
    vault = Vault([NEW])

    assert not vault.newest(text) or text.startswith("v1.")
    with pytest.raises(SecretError):
        vault.open(Purpose.CANARY, text)


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    before = Vault([OLD]).seal(Purpose.PORTAL_KEY, SecretStr(SECRET), *OWNER)
    ring = Vault([NEW, OLD])

    secret = ring.open(Purpose.PORTAL_KEY, before, *OWNER)
    after = ring.seal(Purpose.PORTAL_KEY, secret, *OWNER)

    assert not ring.newest(before)
    assert ring.newest(after)
    assert Vault([NEW]).open(Purpose.PORTAL_KEY, after, *OWNER) == SecretStr(SECRET)


def test_what_an_earlier_version_sealed_still_opens() -> None:
    sealed = "v1.b58f94ef.lQUww2s3KvaT-4CT.PIADWO1FDtTvWn18aXDGuyiYs9peXgroZZ1o9uAe5HM7o2E7"

    assert Vault([OLD]).open(Purpose.PORTAL_KEY, sealed, *OWNER) == SecretStr(SECRET)


def test_a_ring_without_the_key_does_not_open() -> None:
    sealed = Vault([OLD]).seal(Purpose.PORTAL_KEY, SecretStr(SECRET), *OWNER)

    with pytest.raises(SecretError, match="not in the ring"):
        Vault([NEW]).open(Purpose.PORTAL_KEY, sealed, *OWNER)


@pytest.mark.parametrize(
    "keys",
    [[], [b""], [NEW[:-1]], [NEW + b"x"], [NEW, NEW], [NEW, OLD, NEW], [NEW, OLD[:16]]],
    ids=["empty", "no-bytes", "short", "long", "twice", "twice-apart", "second-short"],
)
def test_a_wrong_ring_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(SecretError):
        Vault(keys)


def test_a_ring_is_read_newest_first_from_any_usual_spelling() -> None:
    first, second = (next(k for k in iter(new_key, "") if {*"+/"} <= {*k}) for _ in range(2))
    sealed = Vault.of(first).seal(Purpose.CANARY, SecretStr("1"))

    lists = (f"{first},{second}", f"  {first}\n{second}\n", f"{first} , {second}")
    for text in (*lists, f"{first}=,{second}=="):
        assert Vault.of(text).newest(sealed)
        assert Vault.of(text.replace("+", "-").replace("/", "_").replace("=", "")).newest(sealed)
        assert Vault.of(text).open(Purpose.CANARY, sealed) == SecretStr("1")
    assert not Vault.of(f"{second},{first}").newest(sealed)


@pytest.mark.parametrize(
    "key",
    [
        bytes(32),
        b"\xff" * 32,
        b"\xde\xad\xbe\xef" * 8,
        bytes(range(32)),
        bytes(range(64, 32, -1)),
        bytes([*range(240, 256), *range(16)]),
        bytes([1, 200, 3, 77, 5, 150, 9]) * 4 + b"\x01\xc8\x03\x4d",
        b"0123456789abcdef0123456789abcdef",
        b"please change this key right now",
    ],
)
def test_a_key_that_somebody_made_up_is_refused(key: bytes) -> None:
    with pytest.raises(SecretError, match="example"):
        Vault.of(base64.b64encode(key).decode())


@pytest.mark.parametrize(
    "key",
    [
        bytes([1, 200, 3, 77, 5, 150, 9, 250]) * 4,
        bytes(each for one in range(0, 256, 16) for each in (one, one + 7)),
        b"0123456789abcdef0123456789abcde\n",
        b"\xe90123456789abcdef0123456789abcde",
    ],
    ids=["eight bytes", "two steps", "not printable", "not ascii"],
)
def test_a_key_that_chance_may_have_made_is_taken(key: bytes) -> None:
    Vault.of(base64.b64encode(key).decode())


@pytest.mark.parametrize(
    "bent",
    [
        lambda key: f"={key}",
        lambda key: f"{key[:9]}!!!!{key[9:]}",
        lambda key: f"{key[:9]}={key[9:]}",
        lambda key: key[:-4],
    ],
    ids=["sign before", "stray signs", "sign within", "short"],
)
def test_a_key_that_is_mistyped_is_refused(bent: Callable[[str], str]) -> None:
    with pytest.raises(SecretError):
        Vault.of(bent(new_key()))


@pytest.mark.parametrize(
    "text",
    ["example-key", "Example" * 6 + "A=", "exampleKEY+" * 4, "x" * 42 + "é=", "#$%", "=", ""],
)
def test_a_text_that_is_no_ring_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SecretError) as refused:
        Vault.of(f"{new_key()},{text or new_key()[:-8]}")

    shown = "".join(traceback.format_exception(refused.value)).partition("Error:")[2]
    assert not text.strip("=") or text not in shown


def test_new_keys_differ_and_make_a_ring() -> None:
    keys = {new_key() for _ in range(20)}

    assert len(keys) == 20
    Vault.of(",".join(keys))


def test_nothing_printed_shows_a_key_or_a_secret(vault: Vault) -> None:
    sealed = vault.seal(Purpose.PORTAL_KEY, SecretStr(SECRET), *OWNER)
    opened = vault.open(Purpose.PORTAL_KEY, sealed, *OWNER)
    with pytest.raises(SecretError) as refused:
        vault.open(Purpose.PORTAL_KEY, sealed, "somebody else")

    shown = f"{vault} {vault!r} {vars(vault)} {opened} {opened!r} {refused.value!r} {refused.value}"

    assert "2 keys" in repr(vault)
    for hidden in (SECRET, NEW.hex(), repr(NEW), base64.b64encode(NEW).decode(), sealed):
        assert hidden not in shown
