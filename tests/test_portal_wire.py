"""Answers of a portal as domain values: whatever they look like, they are read or refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Entity, EntityRef, EntityType, FileId, Place, PortalFile
from bot.file_kinds import FileKind
from bot.portal import wire
from bot.portal.network import Reply
from bot.portal.wire import (
    NotUnderstoodError,
    WireEntity,
    WireError,
    WireEvent,
    WireFile,
    WirePerson,
    WireQuota,
    WireToken,
    decode,
    decode_list,
    message_of,
)

JSON = "application/json"
CASE = EntityRef(EntityType.CASE, 7)
ROOT = 34
BERLIN = timezone(timedelta(hours=1))


def reply(body: object, *, status: int = 200, kind: str = JSON) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, kind, raw)


def enveloped(response: object) -> Reply:
    return reply({"count": 1, "status": 0, "statusCode": 200, "response": response})


def file(**members: Any) -> PortalFile:
    return decode(enveloped({"id": 12, "folderId": ROOT, **members}), WireFile).domain(ROOT)


def page(status: int, body: bytes = b"<html>Bad Gateway</html>") -> Reply:
    return reply(body, status=status, kind="text/html")


# shapes


@pytest.mark.parametrize(
    "answer",
    [
        enveloped({"id": 7, "title": "Acme", "isClosed": True}),
        reply({"id": 7, "title": "Acme", "isClosed": True}),
        reply({"ID": 7, "Title": "Acme", "IsClosed": True}),
        reply({"Response": {"ID": "7", "Title": "Acme", "IsClosed": "true", "CanEdit": {}}}),
        enveloped({"id": 7.0, "title": "Acme", "isClosed": True, "isPrivate": None, "x": []}),
        Reply(200, "application/problem+json", b'\xef\xbb\xbf{"id":7,"title":"Acme","isClosed":1}'),
    ],
    ids=["envelope", "bare", "pascal", "words", "nulls", "marked"],
)
def test_a_record_is_read_in_every_shape(answer: Reply):
    expected = Entity(ref=CASE, title="Acme", closed=True)

    assert decode(answer, WireEntity).domain(EntityType.CASE) == expected


@pytest.mark.parametrize(
    ("type_", "members", "expected"),
    [
        (EntityType.CASE, {"title": "A"}, {"title": "A", "closed": False}),
        (EntityType.CASE, {"title": None, "isPrivate": True}, {"closed": False, "private": True}),
        (EntityType.OPPORTUNITY, {"title": "A"}, {"title": "A", "closed": False}),
        (EntityType.OPPORTUNITY, {"stage": None}, {"closed": False}),
        (EntityType.OPPORTUNITY, {"stage": {"title": "Lead"}}, {"closed": False}),
        (EntityType.OPPORTUNITY, {"stage": {"stageType": 1}}, {"closed": True}),
        (EntityType.OPPORTUNITY, {"stage": {"stageType": "2"}}, {"closed": True}),
        (EntityType.CONTACT, {"displayName": "A&B"}, {"title": "A&B", "company": False}),
        (EntityType.CONTACT, {"isCompany": True, "title": "boss"}, {"company": True}),
    ],
)
def test_each_type_has_its_title_and_its_closing(type_, members, expected):
    facts: dict[str, Any] = {"title": "", **expected}

    found = decode(enveloped({"id": 7, **members}), WireEntity).domain(type_)

    assert found == Entity(ref=EntityRef(type_, 7), **facts)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-02-03T14:05:11.4821930+01:00", datetime(2025, 2, 3, 14, 5, 11, 482193, BERLIN)),
        ("2025-02-03T13:05:11.0000000Z", datetime(2025, 2, 3, 13, 5, 11, tzinfo=UTC)),
        ("2025-02-03T13:05:11Z", datetime(2025, 2, 3, 13, 5, 11, tzinfo=UTC)),
        ("0001-01-01T00:00:00.0000000Z", None),
        ("0001-01-01T00:00:00.0000000+01:00", None),
        (None, None),
    ],
)
def test_dates_have_seven_digits_and_year_one_is_none(text: str | None, moment: datetime | None):
    assert file(created=text).created == moment


def test_a_file_without_its_defaults_is_read():
    assert file() == PortalFile(id=FileId(12), title="")


@pytest.mark.parametrize(
    ("members", "facts"),
    [
        ({"name": "a.pdf"}, {"title": "a.pdf"}),
        ({"title": None, "comment": None}, {"title": ""}),
        ({"pureContentLength": "12345"}, {"size": 12345}),
        ({"pureContentLength": None}, {"size": 0}),
        ({"fileType": 7, "fileExst": ".PDF"}, {"kind": FileKind.DOCUMENT, "extension": ".pdf"}),
        ({"fileType": "4"}, {"kind": FileKind.IMAGE}),
        ({"fileType": 99}, {"kind": FileKind.UNKNOWN}),
        ({"fileType": []}, {"kind": FileKind.UNKNOWN}),
        ({"fileType": {"a": 1}}, {"kind": FileKind.UNKNOWN}),
        ({"createdBy": {"displayName": "O&#39;Brien &amp; Co"}}, {"author": "O'Brien & Co"}),
        ({"createdBy": {"displayName": None}}, {"author": ""}),
        ({"createdBy": None}, {"author": ""}),
        ({"folderId": ROOT, "rootFolderType": 3}, {"place": Place.TRASH}),
        ({"folderId": 3, "rootFolderType": 1}, {"place": Place.COMMON}),
        ({"folderId": 102, "rootFolderType": 5}, {"place": Place.MY}),
        ({"folderId": 21, "rootFolderType": 8}, {"place": Place.OTHER}),
        ({"folderId": "sbox-5", "rootFolderType": None}, {"place": Place.OTHER}),
    ],
)
def test_each_member_of_a_file_is_read(members: dict[str, Any], facts: dict[str, Any]):
    expected = {"title": "", **facts}
    found = file(**members)

    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("id_", "numbered"),
    [
        (12, True),
        ("12", True),
        ("sbox-5-|a", False),
        ("", False),
        ("-3", False),
        ("9" * 5000, False),
    ],
    ids=["number", "word", "third-party", "empty", "negative", "endless"],
)
def test_files_of_third_party_storage_have_no_number(id_: int | str, numbered: bool):
    found = decode(enveloped({"id": id_}), WireFile)

    assert found.numbered is numbered
    if numbered:
        assert found.domain().id == 12
    else:
        with pytest.raises(NotUnderstoodError):
            found.domain()


def test_an_event_lists_its_files_and_no_files_are_an_empty_list():
    event = decode(enveloped({"id": 5, "entity": None, "files": [{"id": 12}]}), WireEvent)
    empty = decode(enveloped({"id": 5, "files": None, "createBy": None}), WireEvent)

    assert ([one.id for one in event.files], empty.files) == ([12], ())


@pytest.mark.parametrize(
    ("ref", "members", "on"),
    [
        (CASE, {}, True),
        (CASE, {"entity": {"entityType": "case", "entityId": 7}}, True),
        (CASE, {"entity": {"entityId": 8}}, False),
        (EntityRef(EntityType.CONTACT, 4), {"contact": {"id": 4}}, True),
        (EntityRef(EntityType.CONTACT, 4), {"contact": {"id": 5}}, False),
        (EntityRef(EntityType.CONTACT, 4), {"contact": None, "entity": None}, True),
    ],
)
def test_an_event_hangs_on_one_record(ref: EntityRef, members: dict[str, Any], on: bool):
    assert decode(enveloped({"id": 5, **members}), WireEvent).is_on(ref) is on


def test_scalars_and_lists_come_out_of_their_envelope():
    assert decode(enveloped(34), int) == 34
    assert decode(enveloped(True), bool) is True
    assert decode_list(enveloped([]), WireFile) == []
    assert [one.id for one in decode_list(reply([{"ID": 12}]), WireFile)] == [12]
    assert decode(enveloped({"availableSize": 5}), WireQuota).available_size == 5
    assert decode(enveloped({}), WireQuota).available_size is None


@pytest.mark.parametrize(
    "answer",
    [
        page(200),
        reply(b"", kind=JSON),
        reply(b"{", kind=JSON),
        reply(b"\xff\xfe\xff", kind=JSON),
        reply(b"[" * 100_000, kind=JSON),
        reply(b'{"a":' * 900 + b"1" + b"}" * 900),
        reply(b"7"),
        enveloped(None),
        enveloped({}),
        enveloped("7"),
        enveloped([{"title": "no number"}]),
        enveloped({"id": "seven"}),
        enveloped({"id": None}),
    ],
    ids=lambda answer: answer.body[:20].decode("latin-1"),
)
def test_what_is_no_record_is_not_understood(answer: Reply):
    with pytest.raises(NotUnderstoodError):
        decode(answer, WireEntity)
    with pytest.raises(NotUnderstoodError):
        decode_list(answer, WireEntity)


NAMES = sorted(
    {
        name
        for model in (WireEntity, WireEvent, WireFile, WirePerson, WireQuota, WireToken, WireError)
        for name in (field.replace("_", "") for field in model.model_fields)
    }
    | {"response", "statusCode", "error"}
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just("0001-"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=12,
)
MODELS: list[type[Any]] = [
    WireEntity,
    WireEvent,
    WireFile,
    WirePerson,
    WireQuota,
    WireToken,
    int,
    bool,
]


@settings(max_examples=300, deadline=None)
@given(body=values, model=st.sampled_from(MODELS), listed=st.booleans())
def test_no_json_raises_anything_but_that_it_was_not_understood(
    body: object, model: type[Any], listed: bool
):
    answer = reply(body)
    wire.is_envelope(answer)
    message_of(answer)
    try:
        found = decode_list(answer, model) if listed else [decode(answer, model)]
        for one in found:
            if isinstance(one, WireFile):
                one.domain(ROOT)
            if isinstance(one, WireEntity):
                one.domain(EntityType.OPPORTUNITY)
    except NotUnderstoodError:
        pass


def test_names_of_people_are_decoded_and_guests_known():
    person = decode(
        enveloped({"id": "g", "displayName": "O&#39;Brien", "email": None, "isVisitor": True}),
        WirePerson,
    )

    assert (person.display_name, person.email, person.is_visitor) == ("O'Brien", "", True)
