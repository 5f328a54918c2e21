"""A person with a browser of few talents: it keeps one cookie and reads the form of the page."""

from __future__ import annotations

import dataclasses
import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox.slack import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.world import World

SITE = "https://bot.example.com"


def path_of(message: Shown | Mapping[str, Any]) -> str:
    """Return the path of the link in a message, and check that it is on the bot's own site."""
    blocks = message.blocks if isinstance(message, Shown) else message["blocks"]
    [url] = [
        str(element["url"])
        for block in blocks
        for element in block.get("elements", ())
        if element.get("action_id") == "connect.page"
    ]
    assert url.startswith(f"{SITE}/connect/")
    return urlsplit(url).path


@dataclasses.dataclass(frozen=True)
class Seen:
    """A page as it came."""

    status: int
    html: str
    headers: Mapping[str, str]
    set_cookie: str

    @property
    def text(self) -> str:
        """What can be read, as one line."""
        body = re.sub(r"<(style|title)>.*?</\1>", "", self.html, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def fields(self) -> dict[str, str]:
        """What the browser would send of the form as it stands."""
        form = _Fields()
        form.feed(self.html)
        return form.fields


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._menu = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "input" and named.get("type") == "hidden":
            self.fields[str(named["name"])] = str(named["value"])
        if tag == "select":
            self._menu = str(named["name"])
        if tag == "option" and "selected" in named:
            self.fields[self._menu] = str(named["value"])


class Visitor:
    """Visits the site of a bot as the reverse proxy passes it on."""

    def __init__(self, world: World, path: str, address: str = "203.0.113.7") -> None:
        assert world.bot is not None
        self._site = world.bot.events_url.removesuffix("/slack/events")
        self.path = path
        self.address = address
        self.cookie = ""
        self.page: Seen | None = None

    async def look(self, path: str = "") -> Seen:
        self.page = await self._asked("GET", path or self.path)
        return self.page

    async def send(self, key: str, **fields: str) -> Seen:
        """Fill the key into the form that was seen last, and send it."""
        form = self.page.fields if self.page else {}
        self.page = await self.post({**form, "key": key, **fields})
        return self.page

    async def post(self, fields: Mapping[str, str] | bytes, **headers: str) -> Seen:
        return await self._asked("POST", self.path, data=fields, headers=headers)

    async def _asked(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any
    ) -> Seen:
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        sent = {"X-Forwarded-For": self.address, **cookie, **(headers or {})}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, self._site + path, headers=sent, **given) as response,
        ):
            html = await response.text()
            set_cookie = response.headers.get("Set-Cookie", "")
            self.cookie = set_cookie.partition(";")[0] or self.cookie
            return Seen(response.status, html, response.headers.copy(), set_cookie)
