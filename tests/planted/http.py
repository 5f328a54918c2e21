"""What travels over HTTP, seen inside the servers: the two sandboxes', and the bot's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from tests.front import Front
from tests.planted.kinds import Place

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from tests.planted.books import Books

_AUTHORIZATION: Final = "Authorization"
_SLACK, _PORTAL = "/api/{method}", "/{path}"
_OWN: Final = {"/slack/events", "/connect/{token}", "/metrics"}


class Sites:
    """Sees the requests that the bot makes, and the answers that it gives."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def watch(self, app: web.Application) -> None:
        """Look on at a site that is about to be served."""
        if app.frozen:
            return

        @web.middleware
        async def look(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                response = await handler(request)
            finally:
                self._request(request)
            self._response(request, response)
            return response

        app.middlewares.append(look)

    def _request(self, request: web.Request) -> None:
        paths = _paths(request)
        # a client of Slack's that is led elsewhere takes that for Slack
        if _SLACK in paths or "slackclient" in request.headers.get("User-Agent", ""):
            self._sent(request, Place.SLACK, Place.SLACK_HEADER, Place.SLACK_ADDRESS)
        elif _PORTAL in paths and not _of_front(request):
            self._sent(request, Place.PORTAL, Place.PORTAL_HEADER, Place.PORTAL)

    def _sent(self, request: web.Request, body: Place, header: Place, address: Place) -> None:
        self._books.see(address, f"{request.method} {request.raw_path}")
        self._books.see(header, request.headers.get(_AUTHORIZATION, ""))
        others = (pair for pair in request.headers.items() if pair[0] != _AUTHORIZATION)
        self._books.see(body, "\n".join(": ".join(pair) for pair in others))
        read: Any = request._read_bytes  # what streams is in the sandbox, where it came to lie
        self._books.see(body, read or b"")

    def _response(self, request: web.Request, response: web.StreamResponse) -> None:
        own = _OWN & _paths(request)
        if not own or not isinstance(response, web.Response):
            return
        body = response.body if isinstance(response.body, bytes) else b""
        if "/metrics" in own:
            self._books.see(Place.METRICS, body)
            return
        page = request.path.startswith("/connect/")
        self._books.see(Place.PAGES if page else Place.SLACK, body)
        for cookie in response.cookies.values():
            self._books.see(Place.COOKIES, cookie.OutputString())
        headers = "\n".join(": ".join(pair) for pair in response.headers.items())
        self._books.see(Place.PAGES if page else Place.SLACK, headers)


def _of_front(request: web.Request) -> bool:
    """Tell whether this is the proxy in front of the bot: what it carries comes in."""
    return isinstance(getattr(request.match_info.handler, "__self__", None), Front)


def _paths(request: web.Request) -> set[str]:
    """Return the places of the site that a request came to, as they were registered."""
    return {resource.canonical for resource in request.app.router.resources()}
