"""Hypothesis strategies for whole domain values."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot import domain
from bot.domain import Attempt, Entity, Failure, FileId, Filing, Item, PortalFile
from bot.reply_to import Posted, ReplyTo, Way

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
file_ids = st.integers(1, domain.HIGHEST_ID).map(FileId)
# Slack's ids and the portals of the settings have no NUL, at which SQLite would cut them.
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
users = st.builds(domain.SlackUser, names, names, names)
facts = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
marks = st.builds(domain.FileMark, made=times, changed=times)
files = st.builds(
    PortalFile, id=file_ids, created=st.none() | times, mark=st.none() | marks, busy=st.booleans()
)
removals = st.builds(
    domain.Removal,
    stand=st.sampled_from(domain.Stand),
    doubt=st.none() | st.sampled_from(domain.Doubt),
    copy=st.none() | files,
    mark=st.none() | marks,
    sent_at=st.none() | times,
    looked_at=st.none() | times,
    tries=st.integers(0, 3),
)
failures = st.builds(Failure, st.text(), st.dictionaries(st.text(), facts, max_size=3))
sources = (
    file_ids
    | st.builds(domain.SharedFile, id=names, name=names, channel=names)
    | st.builds(domain.WrittenFile, title=names)
)
items = st.builds(
    Item,
    source=sources,
    file=st.none() | files,
    sha256=st.text("0123456789abcdef", max_size=4),
    failure=st.none() | failures,
    removal=st.none() | removals,
)
posted = st.builds(Posted)
replies = st.builds(
    ReplyTo,
    url_until=st.none() | times,
    posted=st.none() | posted,
    trying=st.none() | st.sampled_from(Way),
    unsure=st.integers(0, 3),
    failing_since=st.none() | times,
    retry_at=st.none() | times,
)
attempts = st.builds(
    Attempt,
    files=st.lists(file_ids, max_size=4).map(tuple),
    watermark=st.integers(0),
    at=times,
    looked_at=st.none() | times,
)
late_looks = st.builds(domain.LateLook, attempt=attempts, due=times, until=st.none() | times)
filings = st.builds(
    Filing,
    user=users,
    portal=names.map(domain.PortalUrl),
    reply=replies,
    accepted_at=times,
    wake_at=times,
    items=st.lists(items, max_size=4).map(tuple),
    expires_at=st.none() | times,
    entity=st.none() | st.builds(Entity),
    choices=st.lists(st.builds(Entity), max_size=3).map(tuple),
    attempt=st.none() | attempts,
    on_record=st.none() | st.lists(files, max_size=3).map(tuple),
    failure=st.none() | failures,
    trouble_since=st.none() | times,
    finished_at=st.none() | times,
    asked_at=st.none() | times,
    sharing=st.none() | replies,
    shared=st.none() | posted,
    untold=st.booleans(),
    late=st.none() | late_looks,
    openly=st.none() | replies,
    begun=st.lists(st.text(), max_size=3).map(tuple),
    doubles=st.lists(st.integers(), max_size=3).map(tuple),
    events_before=st.lists(st.integers(), max_size=3).map(tuple),
    undo=st.none() | st.builds(domain.Undo),
    undone_at=st.none() | times,
    version=st.integers(0, 1_000),
)
