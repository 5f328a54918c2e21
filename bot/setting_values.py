"""How one setting is read; each refusal ends a sentence that begins with the variable."""

from __future__ import annotations

import os
import re
import stat
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, SecretStr

from bot.domain import PortalUrl

if TYPE_CHECKING:
    from collections.abc import Callable

CREDENTIAL: Final = "attachbot-secret-keys"
"""Name of systemd's credential with the key ring (`LoadCredential=` of the unit)."""
_LARGEST_KEY_FILE: Final = 65_536
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_CONVERSATION: Final = re.compile(r"[CDG][A-Z0-9]{2,}")
_NUMERIC: Final = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
"""What programs take for an IPv4 address, in one of its many spellings."""
_FILE_TYPE: Final = re.compile(r"\.?([a-z0-9]{1,16})")


def parts(value: object) -> object:
    """Return the parts of a list written with commas, each once."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def token(prefix: str) -> AfterValidator:
    """Return the check of a Slack token, whose first letters say what it is for."""

    def check(token: SecretStr) -> SecretStr:
        if not re.fullmatch(re.escape(prefix) + r"[\w-]+", token.get_secret_value()):
            raise ValueError(f"must be a token that begins with {prefix}")
        return token

    return AfterValidator(check)


def _split(text: str) -> tuple[SplitResult, str]:
    """Return the parts of an address, and its host and port as an origin names them.

    No sentence repeats the address: it may hold a password.
    """
    if not text.isascii() or re.search(r"[\x00-\x20\x7f\\]", text):
        raise ValueError("must have neither blanks nor special letters (xn-- stands for those)")
    try:
        url = urlsplit(text)
    except ValueError:
        raise ValueError("must be an address such as https://office.example.com") from None
    if url.scheme not in {"http", "https"}:
        raise ValueError("must begin with https://")
    if "@" in url.netloc:
        raise ValueError("must not hold a user name or a password")
    if "?" in text or "#" in text:
        raise ValueError("must not have a query or a fragment")
    return url, _place(url)


def _place(url: SplitResult) -> str:
    host, port = _host(url.hostname or ""), _port(url)
    usual = {"http": 80, "https": 443}[url.scheme]
    return host if port in {None, usual} else f"{host}:{port}"


def _host(name: str) -> str:
    try:
        if _NUMERIC.fullmatch(name):
            return str(IPv4Address(name))
        if _HOST.fullmatch(name):
            return name
        return f"[{IPv6Address(name).compressed}]"
    except ValueError:
        raise ValueError("must name a host") from None


def _port(url: SplitResult) -> int | None:
    try:
        port = url.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("must have a port from 1 to 65535, or none")
    return port


def slack_api(text: str) -> str:
    url, place = _split(text)
    if url.scheme == "http" and not _is_loopback(url.hostname or ""):
        raise ValueError("must begin with https://, since the bot's token is sent there")
    return f"{url.scheme}://{place}{url.path.rstrip('/')}/"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def portal(text: str) -> PortalUrl:
    url, place = _split(text)
    if url.path not in {"", "/"}:
        raise ValueError("must be the address of the portal alone, without a path")
    return PortalUrl(f"{url.scheme}://{place}")


def own_site(text: str) -> str:
    url, place = _split(text)
    if url.scheme != "https":
        raise ValueError("must begin with https://, since people send their keys there")
    if url.path not in {"", "/"}:
        raise ValueError("must be the address of the bot alone, without a path")
    return f"https://{place}"


def network(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ip_network(value)
    except ValueError:
        raise ValueError("must be networks such as 10.1.0.0/16") from None


def is_inside(host: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Return whether plain http may go to this host; where a name leads is seen at each call."""
    try:
        address = ip_address(host)
    except ValueError:
        return bool(networks)
    return any(address in network for network in networks)


def database(url: str) -> str:
    if url.startswith(("postgres:", "postgresql:", "postgresql+")):
        raise ValueError("names PostgreSQL, which is not supported in this version; use sqlite:///")
    if not url.startswith("sqlite:///") or not url.removeprefix("sqlite:///").strip("/"):
        raise ValueError("must look like sqlite:///attachbot.db or sqlite:////var/lib/attachbot.db")
    return url


def file_type(text: str) -> str:
    found = _FILE_TYPE.fullmatch(text.lower())
    if not found:
        raise ValueError("must be extensions separated by commas, such as exe,bat")
    return f".{found[1]}"


def conversation(text: str) -> str:
    if not _CONVERSATION.fullmatch(text):
        raise ValueError("must be ids of conversations separated by commas, such as C0123ABCD")
    return text


def content(value: object) -> object:
    """Return what stands in a key file, if it is nobody else's.

    No sentence repeats the name: people put the key itself where its file should be named.
    """
    if not isinstance(value, str):
        return value
    return _keys_in(value, _check_private)


def credential(folder: object) -> object:
    """Return what stands in systemd's credential with the key ring; None if it hands over none."""
    if not isinstance(folder, str):
        return folder
    path = Path(folder, CREDENTIAL)
    return _keys_in(str(path), check_credential) if "\0" in folder or path.exists() else None


def _keys_in(name: str, check: Callable[[os.stat_result, int], None]) -> str:
    if "\0" in name:
        raise ValueError("is not the name of a file")
    try:
        with open(name, "rb", opener=_without_waiting) as file:
            check(os.fstat(file.fileno()), os.getuid())
            keys = file.read(_LARGEST_KEY_FILE).strip()
    except OSError as error:
        raise ValueError(f"names a file that cannot be read ({error.strerror})") from None
    if not keys.isascii() or not keys:
        raise ValueError("names a file without keys")
    return keys.decode("ascii")


def _without_waiting(path: str, flags: int) -> int:
    """Open so that a pipe cannot hold up the start."""
    return os.open(path, flags | os.O_NONBLOCK)


def _check_private(status: os.stat_result, uid: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("names something that is not a file")
    if status.st_uid != uid:
        raise ValueError("names a file of another user; it must belong to the one who runs the bot")
    if stat.S_IMODE(status.st_mode) not in {0o400, 0o600}:
        raise ValueError("names a file that others may use; run chmod 600 on it")


def check_credential(status: os.stat_result, uid: int) -> None:
    """Check what systemd hands over: of the user who runs the bot, or of root with an ACL for them.

    An ACL shows in the bits of the group (0440), although the group may do nothing.
    """
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"holds a {CREDENTIAL} that is not a file")
    if status.st_uid not in {0, uid}:
        raise ValueError(f"holds a {CREDENTIAL} of another user; leave it to systemd to make it")
    by_acl = 0 if status.st_uid == uid else 0o040
    if stat.S_IMODE(status.st_mode) & 0o177 & ~by_acl:
        raise ValueError(
            f"holds a {CREDENTIAL} that others may use; leave it to systemd to make it"
        )
