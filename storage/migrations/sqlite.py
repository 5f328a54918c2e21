"""The SQLite schema as numbered steps; a released step is never edited, the next one follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlite_utils import Migrations

from bot.errors import StoreError

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: Database) -> None:
    """Bring a database to the present schema, each step in a transaction of its own.

    Raises:
        StoreError: a newer version of attachbot has written this database.

    """
    migrations = Migrations("attachbot")
    for step in _STEPS:
        migrations()(step)
    known = {step.__name__ for step in _STEPS}
    unknown = [step.name for step in migrations.applied(db) if step.name not in known]
    if unknown:
        raise StoreError(
            f"a newer version of attachbot has written this database (step {unknown[-1]})"
        )
    migrations.apply(db)


def step_0001_accounts(db: Database) -> None:
    db.execute("""
        create table accounts (
            team text not null,
            user text not null,
            enterprise text not null,
            portal text not null,
            key text not null,
            owner text not null,
            name text not null,
            email text not null,
            checked_at text not null,
            primary key (team, user, portal)
        ) strict, without rowid
    """)


def step_0002_filings(db: Database) -> None:
    db.execute("""
        create table filings (
            id text not null primary key,
            receipt text not null unique,
            dedupe_key text not null unique,
            team text not null,
            user text not null,
            portal text not null,
            purpose text not null,
            state text not null,
            waiting_for text,
            wake_at text not null,
            accepted_at text not null,
            finished_at text,
            over integer not null check (over in (0, 1)),
            version integer not null,
            body text not null
        ) strict
    """)
    db.execute("""
        create table items (
            filing text not null references filings (id) on delete cascade,
            position integer not null,
            asked integer not null,
            state text not null,
            file_id integer,
            title text,
            body text not null,
            primary key (filing, position)
        ) strict, without rowid
    """)
    db.execute("create index filings_unfinished on filings (wake_at) where over = 0")
    db.execute("create index filings_of on filings (team, user, accepted_at)")
    db.execute("""
        create index filings_done on filings (team, user, finished_at)
        where state = 'done' and purpose = 'attach'
    """)


def step_0003_probe(db: Database) -> None:
    """Add the row that the readiness probe writes."""
    db.execute("""
        create table probe (
            id integer primary key check (id = 1),
            writes integer not null
        ) strict
    """)
    db.execute("insert into probe (id, writes) values (1, 0)")


def step_0004_canary(db: Database) -> None:
    """Add the sealed text that tells whether the key ring is the one of this database."""
    db.execute("""
        create table canary (
            id integer primary key check (id = 1),
            sealed text not null
        ) strict
    """)


def step_0005_ended(db: Database) -> None:
    """Let the sweep find what is over without looking at everything."""
    db.execute("create index filings_ended on filings (finished_at) where over = 1")


def step_0006_wishes(db: Database) -> None:
    """Let an acceptance find the same wish of a moment before; older filings have none."""
    db.execute("alter table filings add column wish text not null default ''")
    db.execute("create index filings_wished on filings (wish, accepted_at) where wish <> ''")


def step_0007_sources(db: Database) -> None:
    """Let an item be a file in Slack or a text, and be found by what it is and what it holds."""
    db.execute("""
        create table sources (
            filing text not null references filings (id) on delete cascade,
            position integer not null,
            asked integer,
            shared text,
            state text not null,
            file_id integer,
            title text,
            digest text not null,
            body text not null,
            primary key (filing, position)
        ) strict, without rowid
    """)
    db.execute("""
        insert into sources
            (filing, position, asked, shared, state, file_id, title, digest, body)
        select filing, position, asked, null, state, file_id, title, '', body from items
    """)
    db.execute("drop table items")
    db.execute("alter table sources rename to items")
    db.execute("create index items_shared on items (shared) where shared is not null")
    db.execute("create index items_alike on items (digest) where digest <> ''")


def step_0008_channels(db: Database) -> None:
    """Add what was agreed for conversations, and the files that people share in them."""
    db.execute("""
        create table links (
            team text not null,
            channel text not null,
            portal text not null,
            type text not null,
            number integer not null,
            by text not null,
            at text not null,
            primary key (team, channel)
        ) strict, without rowid
    """)
    db.execute("""
        create table habits (
            team text not null,
            user text not null,
            channel text not null,
            kind text not null,
            portal text,
            type text,
            number integer,
            primary key (team, user, channel)
        ) strict, without rowid
    """)
    db.execute("""
        create table shares (
            team text not null,
            channel text not null,
            file text not null,
            event text not null,
            user text not null,
            enterprise text not null,
            at text not null,
            wanted integer not null check (wanted in (0, 1)),
            primary key (team, channel, file, event)
        ) strict, without rowid
    """)
    db.execute("create index shares_of on shares (team, user, channel, at)")
    db.execute("create index shares_wanted on shares (team, user, channel) where wanted = 1")
    db.execute("create index shares_seen on shares (at)")
    db.execute("""
        create table prompts (
            id text not null primary key,
            team text not null,
            channel text not null,
            message text not null,
            part integer not null,
            user text not null,
            created_at text not null,
            wake_at text,
            unconnected integer not null check (unconnected in (0, 1)),
            answered text,
            body text not null,
            unique (team, channel, message, part)
        ) strict
    """)
    db.execute("create index prompts_of on prompts (team, user, created_at)")
    db.execute("create index prompts_due on prompts (wake_at) where wake_at is not null")
    db.execute("create index prompts_made on prompts (created_at)")


def step_0010_drafts(db: Database) -> None:
    """Add the choices of forms, and what is known of the conversations they come from."""
    db.execute("""
        create table drafts (
            id text not null primary key,
            team text not null,
            user text not null,
            made_at text not null,
            body text not null
        ) strict, without rowid
    """)
    db.execute("create index drafts_made on drafts (made_at)")
    db.execute("create index drafts_of on drafts (team, user)")
    db.execute("""
        create table conversations (
            team text not null,
            channel text not null,
            shared integer not null check (shared in (0, 1)),
            primary key (team, channel)
        ) strict, without rowid
    """)


def step_0012_sealing_keys(db: Database) -> None:
    """Note which keys of the ring seal something, so that a start need not look at everything."""
    db.execute("create table sealing_keys (id text not null primary key) strict, without rowid")
    db.execute("""
        insert into sealing_keys
        select substr(sealed, 4, 8) from (
            select sealed from canary
            union all select key from accounts
            union all select json_extract(body, '$.reply.sealed_url') from filings
            union all select json_extract(body, '$.sharing.sealed_url') from filings
            union all select json_extract(body, '$.openly.sealed_url') from filings
            union all select json_extract(body, '$.source.sealed') from items
            union all select body from drafts
        )
        where sealed glob 'v1.????????.*'
        group by 1
    """)


def step_0013_audit(db: Database) -> None:
    """Add the audit, what opens its names of people, and where its oldest entry begins."""
    db.execute("""
        create table audit (
            seq integer primary key,
            at text not null,
            person text not null,
            entry text not null,
            hash text not null
        ) strict
    """)
    db.execute("""
        create table audit_people (
            team text not null,
            user text not null,
            person text not null,
            salt text not null,
            primary key (team, user)
        ) strict, without rowid
    """)
    db.execute("""
        create table audit_anchor (
            id integer primary key check (id = 1),
            seq integer not null,
            hash text not null
        ) strict
    """)


def step_0014_connect_links(db: Database) -> None:
    """Add the links to the connect page; a person has one at a time."""
    db.execute("""
        create table connect_links (
            id text not null primary key,
            token text not null unique,
            team text not null,
            user text not null,
            enterprise text not null,
            name text not null,
            portal text,
            draft text not null,
            reply text not null,
            until text not null,
            wrong integer not null,
            browser text not null,
            unique (team, user)
        ) strict, without rowid
    """)


def step_0018_open_of(db: Database) -> None:
    """Let an acceptance count what a person has open without looking at all they ever asked for."""
    db.execute("create index filings_open_of on filings (team, user) where over = 0")


_STEPS: Final = (
    step_0001_accounts,
    step_0002_filings,
    step_0003_probe,
    step_0004_canary,
    step_0005_ended,
    step_0006_wishes,
    step_0007_sources,
    step_0008_channels,
    step_0010_drafts,
    step_0012_sealing_keys,
    step_0013_audit,
    step_0014_connect_links,
    step_0018_open_of,
)
