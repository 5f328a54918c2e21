"""Rows of many filings at once: each of these is one statement, however many there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.audit import Before
from storage.codec import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from storage.codec import Row


def insert_filings(db: Database, rows: Sequence[Row]) -> None:
    db.execute(
        """
        insert into filings
            (id, receipt, dedupe_key, team, user, portal, purpose, state, waiting_for,
            wake_at, accepted_at, finished_at, over, version, wish, body)
        select
            json_extract(value, '$.id'), json_extract(value, '$.receipt'),
            json_extract(value, '$.dedupe_key'), json_extract(value, '$.team'),
            json_extract(value, '$.user'), json_extract(value, '$.portal'),
            json_extract(value, '$.purpose'), json_extract(value, '$.state'),
            json_extract(value, '$.waiting_for'), json_extract(value, '$.wake_at'),
            json_extract(value, '$.accepted_at'), json_extract(value, '$.finished_at'),
            json_extract(value, '$.over'), json_extract(value, '$.version'),
            json_extract(value, '$.wish'), json_extract(value, '$.body')
        from json_each(?)
        """,
        (as_json(rows),),
    )


def update_filings(db: Database, rows: Sequence[Row]) -> None:
    db.execute(
        """
        update filings set
            receipt = new.receipt, dedupe_key = new.dedupe_key, team = new.team,
            user = new.user, portal = new.portal, purpose = new.purpose, state = new.state,
            waiting_for = new.waiting_for, wake_at = new.wake_at,
            accepted_at = new.accepted_at, finished_at = new.finished_at, over = new.over,
            version = new.version, wish = new.wish, body = new.body
        from (
            select
                json_extract(value, '$.id') as id, json_extract(value, '$.receipt') as receipt,
                json_extract(value, '$.dedupe_key') as dedupe_key,
                json_extract(value, '$.team') as team, json_extract(value, '$.user') as user,
                json_extract(value, '$.portal') as portal,
                json_extract(value, '$.purpose') as purpose,
                json_extract(value, '$.state') as state,
                json_extract(value, '$.waiting_for') as waiting_for,
                json_extract(value, '$.wake_at') as wake_at,
                json_extract(value, '$.accepted_at') as accepted_at,
                json_extract(value, '$.finished_at') as finished_at,
                json_extract(value, '$.over') as over,
                json_extract(value, '$.version') as version,
                json_extract(value, '$.wish') as wish,
                json_extract(value, '$.body') as body
            from json_each(?)
        ) as new
        where filings.id = new.id
        """,
        (as_json(rows),),
    )


def insert_items(db: Database, rows: Sequence[Row]) -> None:
    db.execute(
        """
        insert into items
            (filing, position, asked, shared, state, file_id, title, digest, body)
        select
            json_extract(value, '$.filing'), json_extract(value, '$.position'),
            json_extract(value, '$.asked'), json_extract(value, '$.shared'),
            json_extract(value, '$.state'), json_extract(value, '$.file_id'),
            json_extract(value, '$.title'), json_extract(value, '$.digest'),
            json_extract(value, '$.body')
        from json_each(?)
        """,
        (as_json(rows),),
    )


def delete_items(db: Database, filings: Sequence[str]) -> None:
    db.execute(
        "delete from items where filing in (select value from json_each(?))", (as_json(filings),)
    )


def before(db: Database, filings: Sequence[str]) -> dict[str, Before]:
    """Return how far each of these filings is that is stored."""
    [row] = db.execute(
        """
        select json_group_object(id, json_object(
            'version', version,
            'state', state,
            'answer', json_extract(body, '$.answer'),
            'anyway', json_extract(body, '$.anyway'),
            'doubles', json(coalesce(json_extract(body, '$.doubles'), '[]')),
            'orphans', coalesce(json_array_length(body, '$.orphans'), 0),
            'items', json((
                select json_group_array(json_array(state, removal)) from (
                    select state, json_extract(body, '$.removal.stand') as removal
                    from items where filing = filings.id order by position
                )
            ))
        ))
        from filings where id in (select value from json_each(?))
        """,
        (as_json(filings),),
    )
    return {id_: Before(**facts) for id_, facts in json.loads(row[0]).items()}


def known_keys(db: Database, dedupe_keys: Sequence[str]) -> set[str]:
    """Return those of these dedupe keys that a filing has."""
    [row] = db.execute(
        """
        select json_group_array(dedupe_key) from filings
        where dedupe_key in (select value from json_each(?))
        """,
        (as_json(dedupe_keys),),
    )
    return set(json.loads(row[0]))


def recent_wishes(db: Database, wishes: Sequence[str], since: str) -> set[str]:
    """Return those of these wishes that a filing has which was accepted at `since` or later."""
    [row] = db.execute(
        """
        select json_group_array(wish) from filings
        where wish in (select value from json_each(?)) and wish <> '' and accepted_at >= ?
        """,
        (as_json(wishes), since),
    )
    return set(json.loads(row[0]))


def standings(
    db: Database, people: Sequence[tuple[str, str]], since: str, most: int
) -> dict[tuple[str, str], tuple[list[str], int]]:
    """Return, by team and user, when their latest filings were accepted and how many are not over.

    Both are counted up to `most`; only what was accepted at `since` or later has its time told.
    """
    [row] = db.execute(
        """
        select json_group_array(json_array(
            team, user,
            (select json_group_array(accepted_at) from (
                select accepted_at from filings
                where team = person.team and user = person.user and accepted_at >= :since
                order by accepted_at desc limit :most
            )),
            (select count(*) from (
                select 1 from filings
                where team = person.team and user = person.user and over = 0 limit :most
            ))
        ))
        from (
            select json_extract(value, '$[0]') as team, json_extract(value, '$[1]') as user
            from json_each(:people)
        ) as person
        """,
        {"people": as_json(people), "since": since, "most": most},
    )
    return {
        (team, user): (sorted(accepted), unfinished)
        for team, user, accepted, unfinished in json.loads(row[0])
    }


def taken_receipts(db: Database, receipts: Sequence[str]) -> set[str]:
    """Return those of these receipts that a filing has."""
    [row] = db.execute(
        """
        select json_group_array(receipt) from filings
        where receipt in (select value from json_each(?))
        """,
        (as_json(receipts),),
    )
    return set(json.loads(row[0]))
