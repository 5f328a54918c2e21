"""Links as people paste them: which record or file of which portal they mean."""

from __future__ import annotations

import dataclasses
import re
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, urlsplit

from bot.domain import HIGHEST_ID, EntityRef, EntityType, FileId
from bot.errors import BadRecordError, ForeignLinkError, KeyInCommandError, UnsupportedTypeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import PortalUrl

PORTS = {"http": 80, "https": 443}

RECORD_PAGES = {
    "/products/crm/cases.aspx": EntityType.CASE,
    "/products/crm/deals.aspx": EntityType.OPPORTUNITY,
    "/products/crm/default.aspx": EntityType.CONTACT,
    "/products/crm/": EntityType.CONTACT,
}
OTHER_PAGES = {"/products/crm/tasks.aspx": "task", "/products/crm/invoices.aspx": "invoice"}
FILE_PAGES = ("/doceditor.aspx", "/filehandler.ashx")
SLACK_HOSTS = (".slack.com", ".slack-gov.com")

LONGEST_SHOWN = 60


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PortalLink:
    """A link to a portal; `bad` is what stands in the place of a file number and is none."""

    portal: PortalUrl
    record: EntityRef | None = None
    file: FileId | None = None
    bad: str = ""

    @property
    def bare(self) -> bool:
        """Whether it names the portal and nothing on it."""
        return not (self.record or self.file or self.bad)


@dataclasses.dataclass(frozen=True, slots=True)
class SlackLink:
    """A link to a file in Slack."""

    url: str


class Portals:
    """The portals that links may lead to."""

    def __init__(self, urls: Sequence[PortalUrl]) -> None:
        self._urls = urls

    @cached_property
    def _by_origin(self) -> dict[tuple[str, str, int | None], PortalUrl]:
        # Most commands hold no link, so it is made when one is met.
        return {_origin(urlsplit(url)): url for url in self._urls}

    def link(self, word: str) -> PortalLink | SlackLink | None:
        """Return what `word` links to, or None when it is no link.

        Raises:
            TypingError: it is a link, but not to a record, a file or a portal that is served.

        """
        if not self.looks_like_link(word):
            return None
        parts = _split(word)
        if parts and parts.password is not None:
            raise KeyInCommandError
        portal = self._portal(parts) if parts else None
        if parts and portal:
            return _portal_link(portal, parts)
        if parts and _in_slack(parts):
            return SlackLink(word)
        raise ForeignLinkError(shortened(parts.hostname or "" if parts else word))

    def named(self, word: str) -> PortalUrl | None:
        """Return the portal whose address `word` is, with or without scheme and page.

        Raises:
            ForeignLinkError: it is an address, but of no portal that is served.

        """
        parts = _split(word) if self.looks_like_link(word) else None
        if parts is None or parts.username is not None or re.search(r"\s", word):
            return None
        portal = self._portal(parts)
        if portal is None:
            raise ForeignLinkError(shortened(parts.hostname or ""))
        return portal

    def looks_like_link(self, word: str) -> bool:
        """Tell links from words; without a scheme, only what portals have is a link."""
        if re.match(r"(?i:https?)://", word):
            return True
        address = re.match(r"[\w-]++(?:\.[\w-]++)*+(:\d++)?(/.*)?\Z", word)
        if not address or ("." not in word and not address[1] and not address[2]):
            return False
        if (address[2] or "").casefold().startswith("/products/"):
            return True
        parts = _split(word)
        return bool(parts and self._portal(parts))

    def _portal(self, parts: SplitResult) -> PortalUrl | None:
        schemes = (parts.scheme,) if parts.scheme else ("https", "http")
        origins = (_origin(parts._replace(scheme=scheme)) for scheme in schemes)
        return next(
            (self._by_origin[origin] for origin in origins if origin in self._by_origin), None
        )


def shortened(text: str) -> str:
    """Return what an error may quote of a text."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def number(digits: str) -> int | None:
    """Return an id that the portal can have."""
    # Python refuses to read thousands of digits.
    value = int(digits) if digits.isdecimal() and len(digits) <= LONGEST_SHOWN else 0
    return value if 1 <= value <= HIGHEST_ID else None


def _split(word: str) -> SplitResult | None:
    bare = not re.match(r"(?i:https?)://", word)
    try:
        parts = urlsplit(f"//{word}" if bare else word)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)


def _in_slack(parts: SplitResult) -> bool:
    host = f".{parts.hostname or ''}"
    return host.endswith(SLACK_HOSTS) and parts.path.startswith("/files")


def _portal_link(portal: PortalUrl, parts: SplitResult) -> PortalLink:
    path = parts.path.casefold()
    query = {name.casefold(): value for name, value in reversed(parse_qsl(parts.query))}
    if path in {"", "/"}:
        return PortalLink(portal=portal)
    if path.startswith("/products/files/"):
        return _file_link(portal, parts, query)
    if path in OTHER_PAGES:
        raise UnsupportedTypeError(OTHER_PAGES[path])
    type_, id_ = RECORD_PAGES.get(path), number(query.get("id", ""))
    if type_ is None or id_ is None:
        raise BadRecordError(shortened(query.get("id") or f"{parts.hostname}{parts.path}"))
    return PortalLink(portal=portal, record=EntityRef(type_, id_))


def _file_link(portal: PortalUrl, parts: SplitResult, query: dict[str, str]) -> PortalLink:
    preview = re.match(r"/?preview/([^/&?]+)", parts.fragment)
    named = query.get("fileid", "") if parts.path.casefold().endswith(FILE_PAGES) else ""
    text = named or (preview[1] if preview else "")
    id_ = number(text)
    if id_ is None:
        return PortalLink(portal=portal, bad=shortened(text or f"{parts.hostname}{parts.path}"))
    return PortalLink(portal=portal, file=FileId(id_))
