"""What the grammar promises: it reads what people type and paste."""

from __future__ import annotations

import pytest

from bot.domain import EntityName, EntityRef, EntityType, UntypedNumber
from bot.grammar import (
    Command,
    Connect,
    Disconnect,
    Help,
    Here,
    Last,
    Link,
    ListFiles,
    Retry,
    Status,
    TakeBack,
    Unlink,
    parse,
)
from tests.typed import (
    BRANCH,
    CASE_7,
    CONTACT_4,
    CRM,
    DEAL_31,
    DOCS,
    OFFICE,
    PORTALS,
    SLACK_FILE,
    attach,
    case,
    contact,
)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("case 7 12,13", attach(CASE_7, 12, 13)),
        ("case #7 12-15, 20", attach(CASE_7, 12, 13, 14, 15, 20)),
        ("deal 31 12 13", attach(DEAL_31, 12, 13)),
        ("opp:31 #12", attach(DEAL_31, 12)),
        ("company Acme 12", attach(contact("Acme", company=True), 12)),
        ('person "Jo Li" 12', attach(contact("Jo Li", company=False), 12)),
        ("12,13 to case 7", attach(CASE_7, 12, 13)),
        (f"{CRM}/Cases.aspx?id=7 12", attach(CASE_7, 12, portal=OFFICE)),
        ("here 12", attach(Here(), 12)),
        ("last 14", attach(Last(), 14)),
        (f"case 7 {DOCS}/DocEditor.aspx?fileid=12", attach(CASE_7, 12, portal=OFFICE)),
        (f"case 7 {SLACK_FILE}", attach(CASE_7, slack_files=(SLACK_FILE,))),
        ("case 7 last -- signed copy", attach(CASE_7, note="signed copy", last_file=True)),
        ("case 7", attach(CASE_7)),
        ("12-14", attach(None, 12, 13, 14)),
        ("CASE  7   12 \uff0c13", attach(CASE_7, 12, 13)),
        ("case 7 12\u201315", attach(CASE_7, 12, 13, 14, 15)),
    ],
)
def test_every_example_of_the_manual_is_understood(text: str, command: Command) -> None:
    assert parse(text, PORTALS) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", attach(None)),
        ("  \u00a0 ", attach(None)),
        ("12", attach(None, 12)),
        ("#12", attach(None, 12)),
        ("12,13", attach(None, 12, 13)),
        ("12 and 13", attach(None, 12, 13)),
        ("12+13;14 & 15", attach(None, 12, 13, 14, 15)),
        ("7 12,13", attach(UntypedNumber(7), 12, 13)),
        ("#7 12", attach(UntypedNumber(7), 12)),
        ("7 7", attach(UntypedNumber(7), 7)),
        ("7 with 12", attach(UntypedNumber(7), 12)),
        ("7 with", attach(UntypedNumber(7))),
        ("7 last", attach(UntypedNumber(7), last_file=True)),
        ("12,13 to 7", attach(UntypedNumber(7), 12, 13)),
        ("12 13 to #7", attach(UntypedNumber(7), 12, 13)),
        ("12,13 on deal Acme", attach(EntityName(EntityType.OPPORTUNITY, "Acme"), 12, 13)),
        ("12 > case 7", attach(CASE_7, 12)),
        ("12 &gt; case 7", attach(CASE_7, 12)),
        ("12 -> here", attach(Here(), 12)),
        ("12 to last", attach(Last(), 12)),
        ("last to case 7", attach(CASE_7, last_file=True)),
        ("last, 12 to case 7", attach(CASE_7, 12, last_file=True)),
        ("last", attach(Last())),
        ("last last", attach(Last(), last_file=True)),
        ("here", attach(Here())),
        ("12 case 7", attach(CASE_7, 12)),
        ("case 7 12 to case 7", attach(CASE_7, 12)),
        ("to case 7", attach(CASE_7)),
        ("case 7 with 12", attach(CASE_7, 12)),
        ("case 7: 12", attach(CASE_7, 12)),
        ("case: 7 12", attach(CASE_7, 12)),
        ("case-7 12", attach(CASE_7, 12)),
        ("case - 7 12", attach(CASE_7, 12)),
        ("case\u20117 12", attach(CASE_7, 12)),
        ("case#7 12", attach(CASE_7, 12)),
        ("case7 12", attach(CASE_7, 12)),
        ("case # 7 12", attach(CASE_7, 12)),
        ("case 7 15-12", attach(CASE_7, 12, 13, 14, 15)),
        ("case 7 12 - 14", attach(CASE_7, 12, 13, 14)),
        ("case 7 12..14", attach(CASE_7, 12, 13, 14)),
        ("case 7 12\u202614", attach(CASE_7, 12, 13, 14)),
        ("case 7 #12-#14", attach(CASE_7, 12, 13, 14)),
        ("case 7 12,,13,", attach(CASE_7, 12, 13)),
        ("case 7 13,12,13,12-14", attach(CASE_7, 13, 12, 14)),
        ("case \uff17 \uff11\uff12\uff0c\uff03\uff11\uff13", attach(CASE_7, 12, 13)),
        ("case 7 12\u200b,\u200e13\ufeff", attach(CASE_7, 12, 13)),
        ("clients 4 12", attach(CONTACT_4, 12)),
        ("person 4 12", attach(CONTACT_4, 12)),
        ("companies 4 12", attach(CONTACT_4, 12)),
        ("Opportunities 31", attach(DEAL_31)),
    ],
)
def test_records_and_files_come_in_any_order_and_dress(text: str, command: Command) -> None:
    assert parse(text, PORTALS) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("case Broken invoice 12", attach(case("Broken invoice"), 12)),
        ("case Broken   invoice", attach(case("Broken invoice"))),
        ("case Broken invoice with 12", attach(case("Broken invoice"), 12)),
        ("case Acme, 12,13", attach(case("Acme"), 12, 13)),
        ("case R&amp;D 12", attach(case("R&D"), 12)),
        ("case Acme -- urgent", attach(case("Acme"), note="urgent")),
        ("case:Acme 12", attach(case("Acme"), 12)),
        ("client Ben 12", attach(contact("Ben", company=None), 12)),
        ("people Ben 12", attach(contact("Ben", company=False), 12)),
        ('case "help" 12', attach(case("help"), 12)),
        ('case "Q3 2026 -- 12" 13', attach(case("Q3 2026 -- 12"), 13)),
        ('case "say ""hi""" 12', attach(case('say "hi"'), 12)),
        ("case 'Jo Li' 12", attach(case("Jo Li"), 12)),
        ("case 'O'Brien 9' 12", attach(case("O'Brien 9"), 12)),
        ("case O'Brien 12", attach(case("O'Brien"), 12)),
        ("case \u201cJo 7\u201d 12", attach(case("Jo 7"), 12)),
        ("case \u201eJo 7\u201c 12", attach(case("Jo 7"), 12)),
        ("case \u00abJo 7\u00bb 12", attach(case("Jo 7"), 12)),
        ("case \u2018Jo 7\u2019 12", attach(case("Jo 7"), 12)),
        ('case"Jo" 12', attach(case("Jo"), 12)),
        ("case \u6771\u4eac\u652f\u5e97 12", attach(case("\u6771\u4eac\u652f\u5e97"), 12)),
        ("case office 12", attach(case("office"), 12)),
        (
            f"company Acme {DOCS}/#preview/12",
            attach(contact("Acme", company=True), 12, portal=OFFICE),
        ),
    ],
)
def test_a_name_is_quoted_or_runs_to_the_first_number(text: str, command: Command) -> None:
    assert parse(text, PORTALS) == command


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("case 7 12 -- signed copy", "signed copy"),
        ("case 7 12 --signed, 13", "signed, 13"),
        ("case 7 12 -- -- x", "-- x"),
        ("case 7 12 \u2014 signed copy", "signed copy"),
        ("case 7 12 \u2013\u2013 signed", "signed"),
        (
            "case 7 12 -- R&amp;D &lt;3 \u201cquoted\u201d \u2014 12",
            "R&D <3 \u201cquoted\u201d \u2014 12",
        ),
        ("case 7 12 -- see <https://x.example/a|the page>", "see https://x.example/a"),
        ("case 7 12 --", ""),
        ("case 7 12 -- " + "n" * 2000, "n" * 1000),
    ],
)
def test_a_note_is_kept_as_typed(text: str, note: str) -> None:
    assert parse(text, PORTALS) == attach(CASE_7, 12, note=note)


@pytest.mark.parametrize(
    ("link", "record"),
    [
        (f"{CRM}/Cases.aspx?id=7", CASE_7),
        (f"{CRM}/Deals.aspx?id=31#files", DEAL_31),
        (f"{CRM}/Default.aspx?id=4", CONTACT_4),
        (f"{CRM}/Default.aspx?id=4&amp;type=people#profile", CONTACT_4),
        (f"{OFFICE}/products/crm/cases.aspx?ID=7", CASE_7),
        ("office.example.com/Products/CRM/Cases.aspx?id=7", CASE_7),
        ("HTTPS://OFFICE.example.com:443/Products/CRM/Cases.aspx?id=7", CASE_7),
        (f"<{CRM}/Cases.aspx?id=7>", CASE_7),
        (f"<{CRM}/Cases.aspx?id=7|Acme &amp; Co>", CASE_7),
    ],
)
@pytest.mark.parametrize("shape", ["{} 12", "12 {}", "12 to {}", "deal {} 12", "{} with 12"])
def test_a_link_decides_type_number_and_portal(link: str, record: EntityRef, shape: str) -> None:
    assert parse(shape.format(link), PORTALS) == attach(record, 12, portal=OFFICE)


@pytest.mark.parametrize(
    "link",
    [
        f"{DOCS}/DocEditor.aspx?fileid=12",
        f"{DOCS}/DocEditor.aspx?fileid=12&amp;action=view#x",
        f"{DOCS}/doceditor.aspx?version=2&amp;FileId=12",
        f"{DOCS}/HttpHandlers/filehandler.ashx?action=download&amp;fileid=12&amp;version=1",
        f"{DOCS}/#preview/12",
        "office.example.com/Products/Files/DocEditor.aspx?fileid=12",
        f"<{DOCS}/DocEditor.aspx?fileid=12|contract.pdf>",
    ],
)
def test_a_file_link_is_a_file_number_of_its_portal(link: str) -> None:
    assert parse(f"case 7 {link}", PORTALS) == attach(CASE_7, 12, portal=OFFICE)
    assert parse(f"case 7 {link},13 and {link}", PORTALS) == attach(CASE_7, 12, 13, portal=OFFICE)
    assert parse(f"{link} to case 7", PORTALS) == attach(CASE_7, 12, portal=OFFICE)
    assert parse(f"{link} {CRM}/Cases.aspx?id=7", PORTALS) == attach(CASE_7, 12, portal=OFFICE)


def test_links_that_touch_are_two_links() -> None:
    text = f"<{CRM}/Cases.aspx?id=7><{DOCS}/#preview/12|x>"

    assert parse(text, PORTALS) == attach(CASE_7, 12, portal=OFFICE)


def test_the_address_of_a_portal_alone_says_which_portal_is_meant() -> None:
    assert parse(f"case 7 12 {BRANCH}", PORTALS) == attach(CASE_7, 12, portal=BRANCH)
    assert parse("12 crm.branch.example:8080", PORTALS) == attach(None, 12, portal=BRANCH)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("help", Help()),
        ("HELP  list  files", Help(topic="list files")),
        ("?", Help()),
        ("--help", Help()),
        ("connect", Connect()),
        (f"connect {OFFICE}", Connect(portal=OFFICE)),
        (f"connect <{OFFICE}/Products/CRM/|office>", Connect(portal=OFFICE)),
        ("Connect office.example.com", Connect(portal=OFFICE)),
        ("connect crm.branch.example:8080", Connect(portal=BRANCH)),
        ("disconnect", Disconnect()),
        ("status", Status()),
        ("retry", Retry()),
        ("retry a7k2", Retry(receipt="A7K2")),
        ("undo", TakeBack()),
        ("Undo #a7k2", TakeBack(receipt="A7K2")),
        ("link case 7", Link(record=CASE_7)),
        ("LINK deal Acme renewal", Link(record=EntityName(EntityType.OPPORTUNITY, "Acme renewal"))),
        ("link last", Link(record=Last())),
        (f"link {CRM}/Deals.aspx?id=31", Link(record=DEAL_31, portal=OFFICE)),
        (f"link case 7 {BRANCH}", Link(record=CASE_7, portal=BRANCH)),
        ("unlink", Unlink()),
        ("list case 7", ListFiles(record=CASE_7)),
        ("list case 7 all", ListFiles(record=CASE_7, everything=True)),
        ("list 7", ListFiles(record=UntypedNumber(7))),
        ("list here", ListFiles(record=Here())),
        ("list last ALL", ListFiles(record=Last(), everything=True)),
        ("list case Acme Ltd", ListFiles(record=case("Acme Ltd"))),
        ("list case Acme Ltd all", ListFiles(record=case("Acme Ltd"), everything=True)),
        ("list case all", ListFiles(record=case("all"))),
        ('list case "Acme all"', ListFiles(record=case("Acme all"))),
        (f"list {CRM}/Deals.aspx?id=31", ListFiles(record=DEAL_31, portal=OFFICE)),
        (f"list case 7 {BRANCH}", ListFiles(record=CASE_7, portal=BRANCH)),
    ],
)
def test_verbs_are_understood(text: str, command: Command) -> None:
    assert parse(text, PORTALS) == command
