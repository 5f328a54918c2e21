"""What each refusal of a portal means."""

from __future__ import annotations

import json

import pytest

from bot.domain import EntityRef, EntityType
from bot.errors import (
    BotError,
    CrmClosedError,
    DocumentsClosedError,
    EntityNotFoundError,
    InvalidFolderError,
    KeyRefusedError,
    MayNotAttachError,
    PortalAwayError,
    PortalClosedError,
    PortalRefusedError,
    PortalUnpaidError,
)
from bot.portal.network import Reply
from bot.portal.refusals import error_of
from bot.portal.wire import message_of
from tests.builders import OFFICE

CASE = EntityRef(EntityType.CASE, 7)


def reply(body: object, *, status: int = 404) -> Reply:
    return Reply(status, "application/json", json.dumps(body).encode())


def refusal(status: int, message: str) -> Reply:
    error = {"message": message, "hresult": -1, "data": {}}
    return reply({"status": 1, "statusCode": status, "error": error}, status=status)


def page(status: int, body: bytes = b"<html>Bad Gateway</html>") -> Reply:
    return Reply(status, "text/html", body)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (page(401, b"Unauthorized"), KeyRefusedError(OFFICE)),
        (refusal(402, "PaymentRequired"), PortalUnpaidError(OFFICE)),
        (page(402, b""), PortalUnpaidError(OFFICE)),
        (refusal(403, "Forbidden"), CrmClosedError(OFFICE)),
        (refusal(403, "Zugriff verweigert"), MayNotAttachError(CASE)),
        (page(403, b""), PortalRefusedError(OFFICE, 403)),
        (refusal(404, "Not found"), EntityNotFoundError(CASE)),
        (page(404, b""), PortalClosedError(OFFICE)),
        (page(404), PortalClosedError(OFFICE)),
        (refusal(400, "invalid file folder"), InvalidFolderError()),
        (refusal(400, "Value does not fall within the expected range."), None),
        (page(400, b"invalid file folder"), PortalRefusedError(OFFICE, 400)),
        (page(413), PortalRefusedError(OFFICE, 413)),
        (page(301, b""), PortalRefusedError(OFFICE, 301)),
        (refusal(500, "The maximum file size is exceeded"), PortalRefusedError(OFFICE, 500)),
        (page(502), PortalAwayError(OFFICE)),
        (Reply(503, "", b"", retry_after=120), PortalAwayError(OFFICE, 120)),
        (Reply(429, "", b"", retry_after=7), PortalAwayError(OFFICE, 7)),
        (page(504), PortalAwayError(OFFICE)),
    ],
    ids=lambda value: f"{value.status} {value.body[:12]!r}" if isinstance(value, Reply) else "",
)
def test_each_refusal_has_its_error(answer: Reply, error: BotError | None):
    error = error or PortalRefusedError(OFFICE, 400)

    found = error_of(answer, OFFICE, "crm/case/7", CASE)

    assert (type(found), vars(found)) == (type(error), vars(error))


def test_a_closed_module_is_the_one_that_was_asked():
    found = error_of(refusal(403, "Forbidden"), OFFICE, "files/file/12")

    assert isinstance(found, DocumentsClosedError)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_every_success_is_one(status: int):
    assert error_of(page(status), OFFICE, "crm/case/7", CASE) is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refusal(404, "Not found"), "Not found"),
        (reply({"StatusCode": 404, "Error": {"Message": "Not found"}}), "Not found"),
        (reply({"statusCode": 404, "error": None}), ""),
        (reply({"statusCode": 404, "error": ["x"]}), ""),
        (reply({"statusCode": 404, "error": {"message": 5}}), ""),
        (reply({"message": "x"}), None),
        (reply(["statusCode"]), None),
        (page(404), None),
        (page(404, b'{"statusCode":404,"error":{"message":"x"}}'), None),
    ],
)
def test_a_message_is_read_from_envelopes_only(answer: Reply, message: str | None):
    assert message_of(answer) == message
