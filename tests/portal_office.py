"""A small office on a sandbox portal, and somebody who asks it over the socket."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.domain import EntityRef, EntityType
from bot.sandbox.portal import SandboxPortal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.sandbox.portal_model import Person

MISSING_CASE = EntityRef(EntityType.CASE, 99)


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 9, 30, 15, 482193, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    reason: str
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def response(self) -> Any:
        return self.body["response"]

    @property
    def message(self) -> str:
        return str(self.body["error"]["message"])

    @property
    def kind(self) -> str:
        return self.headers["Content-Type"].partition(";")[0]


class Office:
    """Ana administers the CRM, Ben does not, and Gus is a guest."""

    def __init__(self, portal: SandboxPortal, http: aiohttp.ClientSession, watch: Watch) -> None:
        self.portal, self.http, self.watch = portal, http, watch
        self.ana = portal.person("Ana Reyes", owner=True, crm_admin=True)
        self.ben = portal.person("Ben Ito")
        self.gus = portal.person("Gus Guest", guest=True)
        self.case = portal.case("Acme onboarding", id=7)
        self.hidden = portal.case("Salary review", id=8, private_to=[self.ana])
        self.deal = portal.opportunity("Acme renewal", id=31)
        self.acme = portal.contact("Acme Ltd", id=4, company=True)
        self.contract = portal.file("contract.pdf", id=12, size=1_258_291)
        self.prices = portal.file("price-list.xlsx", id=13, content=b"1;2;3", owner=self.ben)
        self.notes = portal.file("notes.docx", id=14, folder="my", owner=self.ben)

    async def ask(
        self, method: str, path: str, *, by: Person | str | None = None, **options: Any
    ) -> Answer:
        """Ask the API; `by` is a person, or the very text of the header."""
        headers = dict(options.pop("headers", {}))
        if by is not None:
            headers["Authorization"] = by if isinstance(by, str) else by.token
        address = path if path.startswith(("/", "http")) else f"/api/2.0/{path}"
        url = address if address.startswith("http") else self.portal.url + address
        async with self.http.request(method, url, headers=headers, **options) as response:
            return Answer(
                response.status,
                response.reason or "",
                response.headers,
                (await response.read()).decode("utf-8", "replace"),
            )

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, by=options.pop("by", self.ben), **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        if body is not None:
            options["json"] = body
        return await self.ask("POST", path, by=options.pop("by", self.ben), **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.ask("DELETE", path, by=options.pop("by", self.ben), **options)

    async def attach(self, *files: int, to: str = "case/7", by: Person | None = None) -> Answer:
        return await self.post(f"crm/{to}/files", {"fileids": files}, by=by or self.ben)

    async def log_in(self, login: str, password: str = "secret", code: str = "") -> Answer:
        body = {"userName": login, "password": password}
        step = f"/{code}" if code else ""
        return await self.post(f"authentication{step}", body, by=None)


@contextlib.asynccontextmanager
async def open_office() -> AsyncIterator[Office]:
    watch = Watch()
    async with (
        SandboxPortal(clock=watch) as portal,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        yield Office(portal, http, watch)


def multipart(*parts: tuple[str, str, bytes]) -> aiohttp.FormData:
    """Return a body of files: field, name and bytes of each."""
    form = aiohttp.FormData(quote_fields=False)
    for field, name, content in parts:
        form.add_field(field, io.BytesIO(content), filename=name)
    return form
