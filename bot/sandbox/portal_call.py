"""One call of the portal's API as its methods see it, and the table that finds the method."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType
from bot.sandbox.portal_envelope import AUTHENTICATION, PageQuery, Refusal
from bot.sandbox.portal_wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.portal_binding import Pair, Params
    from bot.sandbox.portal_model import Person, Received
    from bot.sandbox.portal_sessions import Session
    from bot.sandbox.portal_state import PortalData

API = "/api/2.0/"
TYPE = "(?P<type>contact|opportunity|case)"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a method is given; `session` is that of the cookie, `base` the address asked."""

    data: PortalData
    caller: Person | None
    session: Session | None
    ip: str
    base: str
    params: Params
    page: PageQuery
    uploads: tuple[Received, ...] = ()
    multipart: bool = False
    content_type: str = ""

    @property
    def person(self) -> Person:
        if self.caller is None:
            raise Refusal(AUTHENTICATION, "User authentication failed")
        return self.caller

    @property
    def wire(self) -> Wire:
        return Wire(self.data, self.person, self.base)

    @property
    def ref(self) -> EntityRef:
        """Return the record that the address names."""
        return EntityRef(EntityType(self.params.needed("type")), self.params.number("id"))


Method = Callable[[Call], object]


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """An address of the API; `anonymous` needs no key, `receives` takes files."""

    verb: str
    path: str
    method: Method
    anonymous: bool = False
    receives: bool = False


class Router:
    """Finds the route of a request; what misses every constraint matches nothing."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, re.compile(route.path)) for route in routes]

    def find(self, verb: str, path: str) -> tuple[Route, list[Pair]] | None:
        """Return the route and the values in its address; `.json` may follow any of them."""
        if not path.startswith(API):
            return None
        wanted = path.removeprefix(API).removesuffix(".json")
        for route, pattern in self._routes:
            found = pattern.fullmatch(wanted) if route.verb == verb else None
            if found:
                return route, list(found.groupdict().items())
        return None
