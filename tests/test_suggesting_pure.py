"""What is picked, ranked and remembered without asking anybody."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import errors
from bot.domain import Entity, EntityName, EntityRef, EntityType, UntypedNumber
from bot.grammar import Sought
from bot.suggesting.known import MOST_QUESTIONS, SECONDS, Known
from bot.suggesting.matching import covers, fits, has_every, in_order, names_of, questions_of
from bot.suggesting.menus import Local, found_menu, ready_menu, remark_of
from bot.suggesting.ranking import STOP_WORDS, ranked, telling
from bot.suggestions import MOST_OFFERED, Offer, Remark, Why
from tests.builders import ANA, BEN, OFFICE, account_of

CASE, DEAL, CONTACT = EntityType
HERS, HIS = account_of(ANA), account_of(BEN)
words = st.sampled_from(["ac", "acme", "Acmé", "me", "onb", "onboarding", "lt", "ltd", "100"])
phrases = st.lists(words, min_size=1, max_size=3).map(" ".join)
entities = st.builds(
    Entity,
    ref=st.builds(EntityRef, st.sampled_from(EntityType), st.integers(1, 60)),
    title=st.lists(words, max_size=4).map(" ".join),
    closed=st.none() | st.booleans(),
    company=st.none() | st.booleans(),
)
offices = st.lists(entities, max_size=40, unique_by=lambda one: one.ref)
names = st.builds(EntityName, st.sampled_from(EntityType), phrases, st.none() | st.booleans())


def case(number: int, title: str, *, closed: bool = False) -> Entity:
    return Entity(ref=EntityRef(CASE, number), title=title, closed=closed)


def titles(found: list[Entity]) -> list[str]:
    return [entity.title for entity in found]


# Matching


@pytest.mark.parametrize(
    ("sought", "asked"),
    [
        (Sought(), []),
        (Sought(record=EntityRef(CASE, 7)), [EntityRef(CASE, 7)]),
        (Sought(words="a"), []),
        (Sought(words="\u5c71"), [EntityName(type_, "\u5c71") for type_ in EntityType]),
        (Sought(words="ac"), [EntityName(type_, "ac") for type_ in EntityType]),
        (
            Sought(record=UntypedNumber(7), words="7"),
            [EntityRef(type_, 7) for type_ in EntityType],
        ),
        (
            Sought(record=EntityName(DEAL, "acme"), words="deal acme"),
            [EntityName(DEAL, "acme"), *(EntityName(type_, "deal acme") for type_ in EntityType)],
        ),
    ],
)
def test_the_portal_is_asked_for_what_was_typed(sought: Sought, asked: list[object]):
    assert questions_of(sought) == asked


@pytest.mark.parametrize(
    ("words", "title", "found"),
    [
        ("acme onb", "Onboarding of ACME", True),
        ("resume", "R\u00e9sum\u00e9 of Jo", True),
        ("R\u00c9SUM\u00c9", "resume", True),
        ("stra\u00dfe", "Strasse 7", True),
        ("acme ltd", "Acme", False),
    ],
)
def test_titles_have_every_word_as_databases_compare_them(words: str, title: str, found: bool):
    assert has_every(words, title) is found


@given(names, names, entities)
def test_whatever_fits_a_narrower_search_fits_the_wider_one(
    wider: EntityName, narrower: EntityName, entity: Entity
):
    assert not (covers(wider, narrower) and fits(narrower, entity)) or fits(wider, entity)


def test_what_the_database_reads_as_anything_is_not_picked_from_an_answer():
    assert not covers(EntityName(CASE, "100"), EntityName(CASE, "100%"))
    assert covers(EntityName(CASE, "100"), EntityName(CASE, "1001"))


def test_titles_that_begin_with_the_words_come_first_and_closed_ones_later():
    found = in_order(
        [
            case(1, "Re: acme"),
            case(2, "Acme", closed=True),
            case(3, "Acme pilot"),
            case(4, "Megacme"),
        ],
        "acme",
    )

    assert titles(found) == ["Acme pilot", "Acme", "Re: acme", "Megacme"]


# Ranking


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], ()),
        (["contract-signed.pdf", "Please file this for Acme"], ("acme",)),
        (["IMG_2041.jpeg", "20261103.xlsx", "scan 12.pdf"], ()),
        (["harbour claim.pdf", "the Harbour", "#claims-harbour"], ("harbour", "claim")),
        (["a1b2c3d4e5f6.bin"], ("bin",)),
        (["offer for bright Lindqvist"], ("lindqvist", "bright")),
        (
            ["<@U0BENITO> <#C0SALES|harbour> <https://files.example/x|Claim> <!here>"],
            ("claim", "harbour"),
        ),
    ],
)
def test_telling_words_name_somebody(texts: list[str], told: tuple[str, ...]):
    assert telling(texts, 2) == told


def test_rare_words_count_more_than_common_ones():
    office = [case(number, f"Acme ticket {number}") for number in range(10)]
    office += [case(50, "Harbour claim"), case(51, "Acme harbour claim")]

    found = ranked(office, ["acme harbour.pdf"], 3)

    assert titles([fit.entity for fit in found])[:2] == ["Acme harbour claim", "Harbour claim"]
    assert found[0].shared == ("acme", "harbour")


def test_forms_of_a_word_are_one_word():
    assert [fit.shared for fit in ranked([case(1, "Onboarding")], ["onboard.docx"], 5)] == [
        ("onboarding",)
    ]


@given(offices, st.lists(phrases | st.text(max_size=40), max_size=3), st.randoms())
def test_ranking_does_not_depend_on_the_order_of_what_is_ranked(office, texts, dice):
    shuffled = dice.sample(office, len(office))

    found = ranked(office, texts, 5)

    assert found == ranked(shuffled, texts, 5)
    assert len(found) <= 5
    assert all(fit.shared and not STOP_WORDS.intersection(fit.shared) for fit in found)


# Remembering


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_serves_narrower_searches_if_the_portal_gave_all():
    known = Known(Clock())
    acme = [Entity(ref=EntityRef(CONTACT, 4), title="Acme Ltd", company=True)]
    known.put(HERS, EntityName(CONTACT, "ac"), acme)

    assert known.answer(HERS, EntityName(CONTACT, "acme l")) == tuple(acme)
    assert known.answer(HERS, EntityName(CONTACT, "acme", company=True)) == tuple(acme)
    assert known.answer(HERS, EntityName(CONTACT, "acme x")) == ()
    assert known.answer(HERS, EntityName(CONTACT, "a")) is None
    assert known.answer(HERS, EntityName(CASE, "acme")) is None
    assert known.answer(HERS, EntityRef(CONTACT, 4)) == tuple(acme)
    assert known.answer(HIS, EntityName(CONTACT, "acme l")) is None


def test_where_nothing_is_left_of_cases_the_portal_may_have_hidden_what_fits():
    known = Known(Clock())
    known.put(HERS, EntityName(CASE, "ac"), [case(7, "Acme onboarding")])

    assert known.answer(HERS, EntityName(CASE, "acme onb")) == (case(7, "Acme onboarding"),)
    assert known.answer(HERS, EntityName(CASE, "acme audit")) is None
    assert known.is_sure(HERS, EntityName(CASE, "ac"))
    assert not known.is_sure(HERS, EntityName(CASE, "acme onb"))


def test_thirty_rows_are_not_all():
    known = Known(Clock())
    known.put(HERS, EntityName(CASE, "ac"), [case(number, "Acme") for number in range(30)])

    assert known.answer(HERS, EntityName(CASE, "acme")) is None
    assert len(known.entities(HERS)) == 30


def test_answers_are_forgotten_after_a_while_by_key_and_on_demand():
    clock = Clock()
    known = Known(clock)
    known.put(HERS, CASE, [case(7, "Acme")])
    known.put(HIS, CASE, [case(9, "Fair")])

    assert known.answer(dataclasses.replace(HERS, key=HIS.key, owner="new"), CASE) is None
    known.forget(lambda account: account.user == ANA)
    assert known.answer(HERS, CASE) is None
    assert known.answer(HIS, CASE) == (case(9, "Fair"),)
    clock.now = SECONDS
    assert known.answer(HIS, CASE) is None
    assert len(known) == 0


@given(st.lists(st.tuples(st.integers(0, 5), names, offices, st.integers(0, 60)), max_size=15))
@settings(max_examples=50)
def test_memory_stays_within_its_bounds(puts):
    clock = Clock()
    known = Known(clock, most=100)
    people = [dataclasses.replace(HERS, owner=str(number)) for number in range(6)]

    for person, question, found, later in puts:
        clock.now += later
        known.put(people[person], question, found)

        assert len(known) <= 100
        assert known.answer(people[person], question) == tuple(found)
    kept = [known.entities(person) for person in people]
    assert sum(map(len, kept)) <= len(known) <= 100


def test_who_was_served_longest_ago_is_forgotten_first_when_memory_is_full():
    known = Known(Clock(), most=3)
    third = dataclasses.replace(HERS, owner="third")
    known.put(HERS, CASE, [case(1, "Acme")])
    known.put(HIS, CASE, [case(2, "Acme")])
    known.put(HERS, DEAL, [])

    known.put(third, CASE, [case(3, "Acme"), case(4, "Acme")])

    assert known.answer(HIS, CASE) is None
    assert known.answer(HERS, CASE) == (case(1, "Acme"),)
    assert len(known.entities(third)) == 2
    assert len(known) == 3


def test_one_person_cannot_fill_the_memory():
    known = Known(Clock())
    for number in range(MOST_QUESTIONS + 5):
        known.put(HERS, EntityRef(CASE, number + 1), [case(number + 1, "Acme")])

    assert len(known) == MOST_QUESTIONS


# Menus


@given(
    st.builds(
        Sought,
        record=st.none() | names | st.builds(UntypedNumber, st.integers(1, 60)),
        words=phrases,
    ),
    st.lists(offices, max_size=7),
    offices,
)
def test_a_menu_of_what_was_found_offers_each_record_once_and_only_what_fits(wanted, found, known):
    answers = dict(itertools.zip_longest(questions_of(wanted), found[: len(questions_of(wanted))]))

    menu = found_menu(wanted, answers, known)

    offered = [
        offer.record
        for group in menu.groups
        for offer in group.offers
        if isinstance(offer.record, Entity)
    ]
    assert len(offered) == len({entity.ref for entity in offered}) <= MOST_OFFERED
    said = {entity for answer in answers.values() for entity in answer or ()}
    assert all(
        entity in said or any(fits(name, entity) for name in names_of(wanted)) for entity in offered
    )


@given(offices, st.lists(entities, max_size=5, unique_by=lambda one: one.ref), st.lists(phrases))
def test_a_menu_of_what_may_be_meant_offers_each_record_once(known, recents, about):
    newest = {type_: [one for one in known if one.ref.type is type_] for type_ in EntityType}
    linked = Offer(known[0] if known else EntityRef(CASE, 7))

    menu = ready_menu(Local(linked=linked, recents=tuple(recents)), newest, known, about)

    offered = [offer.ref for group in menu.groups for offer in group.offers]
    assert len(offered) == len(set(offered)) <= MOST_OFFERED
    assert menu.groups[0].why is Why.LINKED
    assert menu.groups[0].offers == (linked,)


@pytest.mark.parametrize(
    ("error", "remark"),
    [
        (errors.KeyInCommandError(), Remark.TYPED_KEY),
        (errors.ForeignLinkError("crm.example.net"), Remark.FOREIGN),
        (errors.UnsupportedTypeError("task"), Remark.NO_RECORD),
        (errors.NotConnectedError(OFFICE), Remark.CONNECT),
        (errors.KeyRefusedError(OFFICE), Remark.KEY),
        (errors.SecretError("another ring"), Remark.KEY),
        (errors.CrmClosedError(OFFICE), Remark.CLOSED),
        (errors.GuestError(OFFICE), Remark.CLOSED),
        (errors.PortalAwayError(OFFICE), Remark.AWAY),
        (errors.PortalUnpaidError(OFFICE), Remark.AWAY),
        (errors.StoreError("busy"), Remark.AWAY),
    ],
    ids=lambda one: type(one).__name__,
)
def test_trouble_has_its_remark(error: errors.BotError, remark: Remark):
    assert remark_of(error) is remark
