"""Secrets at rest: sealed with a ring of master keys, bound to their purpose and owner."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from bot.errors import KeyMissingError, SecretError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
EXAMPLES = ("example", "changeme")
_FEWEST = 8
"""Different bytes that a key has at least, if chance made it."""


class Purpose(StrEnum):
    """What a secret is for; each purpose has a subkey of its own."""

    PORTAL_KEY = "portal-key"
    RESPONSE_URL = "response-url"
    MESSAGE_TEXT = "message-text"
    DRAFT = "draft"
    CANARY = "canary"


def _nobody_hears(_: Purpose) -> None:
    """Take note of nothing: who opens hears of it by the error."""


class Vault:
    """Seals with the newest key of the ring and opens with whichever key sealed.

    `alarm` is told of each secret that did not open: rows were moved or changed, or a key is gone.
    """

    def __init__(
        self, keys: Sequence[bytes], alarm: Callable[[Purpose], None] = _nobody_hears
    ) -> None:
        if not keys:
            raise SecretError("the key ring is empty")
        if any(len(key) != KEY_BYTES for key in keys):
            raise SecretError(f"a key of the ring does not have {KEY_BYTES} bytes")
        ring = {_kid(key): key for key in keys}
        if len(ring) != len(keys):
            raise SecretError("a key stands in the ring twice")
        self.ids = tuple(ring)
        self._newest = _kid(keys[0])
        self._alarm = alarm
        self._ciphers = {
            (kid, purpose): AESGCM(_subkey(key, purpose))
            for kid, key in ring.items()
            for purpose in Purpose
        }

    def __repr__(self) -> str:
        return f"Vault({len(self.ids)} keys)"

    @classmethod
    def of(cls, text: str, alarm: Callable[[Purpose], None] = _nobody_hears) -> Self:
        """Return a vault for keys in base64, newest first, separated by commas or blanks.

        Raises:
            SecretError: `text` is not such a ring; the error never shows a part of it.

        """
        return cls([_master_key(word) for word in re.split(r"[,\s]+", text) if word], alarm)

    def seal(self, purpose: Purpose, secret: SecretStr, *owner: str) -> str:
        """Return `secret` sealed; only the same purpose and owner open it again."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = _bytes(secret.get_secret_value())
        cipher = self._ciphers[self._newest, purpose]
        sealed = cipher.encrypt(nonce, plain, _bound(purpose, owner))
        return ".".join((VERSION, self._newest, _encode(nonce), _encode(sealed)))

    def open(self, purpose: Purpose, sealed: str, *owner: str) -> SecretStr:
        """Return the secret that was sealed for this purpose and owner.

        Raises:
            SecretError: it was not, or its key is not in the ring, or it was changed.

        """
        try:
            return self._opened(purpose, sealed, owner)
        except SecretError:
            self._alarm(purpose)
            raise

    def _opened(self, purpose: Purpose, sealed: str, owner: Sequence[str]) -> SecretStr:
        kid, nonce, ciphertext = _parts(sealed)
        cipher = self._ciphers.get((kid, purpose))
        if cipher is None:
            raise SecretError("sealed with a key that is not in the ring")
        try:
            plain = cipher.decrypt(nonce, ciphertext, _bound(purpose, owner))
        except InvalidTag as error:
            raise SecretError("sealed for something else, or changed") from error
        return SecretStr(plain.decode("utf-8", "surrogatepass"))

    def anew(self, purpose: Purpose, sealed: str, *owner: str) -> str:
        """Return what was sealed, sealed with the newest key.

        Raises:
            SecretError: it does not open.

        """
        return self.seal(purpose, self.open(purpose, sealed, *owner), *owner)

    def check(self, used: Collection[str]) -> None:
        """See that every key whose id is in use is in the ring.

        Raises:
            KeyMissingError: some are not.

        """
        missing = set(used) - set(self.ids)
        if missing:
            raise KeyMissingError(keys=tuple(sorted(missing)))

    def newest(self, sealed: str) -> bool:
        """Tell whether `sealed` needs no sealing anew: the newest key sealed it."""
        return sealed.startswith(f"{VERSION}.{self._newest}.")


def key_of(sealed: str) -> str:
    """Return the id of the key that sealed this; ids show nothing of their keys."""
    return sealed.split(".", 2)[1] if sealed.startswith(f"{VERSION}.") else ""


def new_key() -> str:
    """Return a new master key as it is written into the settings."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _kid(key: bytes) -> str:
    return hashlib.sha256(b"attachbot key id" + key).hexdigest()[:8]


def _subkey(key: bytes, purpose: Purpose) -> bytes:
    info = f"attachbot {VERSION} {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def _bound(purpose: Purpose, owner: Sequence[str]) -> bytes:
    """Return the associated data: lengths keep ("ab", "c") and ("a", "bc") apart."""
    parts = [_bytes(part) for part in (VERSION, purpose, *owner)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _bytes(text: str) -> bytes:
    # JSON can carry half of a surrogate pair, which plain UTF-8 refuses while quoting the text.
    return text.encode("utf-8", "surrogatepass")


def _parts(sealed: str) -> tuple[str, bytes, bytes]:
    match sealed.split("."):
        case [version, kid, nonce, ciphertext] if version == VERSION:
            return kid, _decode(nonce, NONCE_BYTES), _decode(ciphertext, TAG_BYTES)
        case _:
            raise SecretError("not a sealed secret")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str, at_least: int) -> bytes:
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise SecretError("not a sealed secret") from error
    # The decoder skips what it does not know; a sealed secret has exactly one spelling.
    if _encode(data) != text or len(data) < at_least:
        raise SecretError("not a sealed secret")
    return data


def _master_key(text: str) -> bytes:
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise SecretError("a key of the ring is not base64") from error
    if any(word in text.lower() for word in EXAMPLES) or _made_up(key):
        raise SecretError("a key of the ring is an example: `attachbot keys new` prints a real one")
    return key


def _made_up(key: bytes) -> bool:
    """Tell whether a person wrote this key: it repeats, counts or reads as text."""
    steps = {(after - before) % 256 for before, after in itertools.pairwise(key)}
    return (
        len(set(key)) < _FEWEST or len(steps) <= 1 or (key.isascii() and key.decode().isprintable())
    )
