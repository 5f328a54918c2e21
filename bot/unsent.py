"""Whether a request certainly never left: what is decided where one may not be made twice."""

from __future__ import annotations

import aiohttp

_NEVER = (
    aiohttp.ClientConnectorError
    | aiohttp.ConnectionTimeoutError
    | aiohttp.InvalidURL
    | UnicodeError
)


def never_left(error: BaseException | None) -> bool:
    """Say whether aiohttp's own exception means that no connection was made.

    Everything else, a connection that broke or a deadline that passed, may have come after the
    request had arrived.
    """
    return isinstance(error, _NEVER)
