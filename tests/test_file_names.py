"""Names that stand in headers and come back as titles: the portal's own, and harmless."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.file_names import LONGEST_NAME, clean_name, extension_of, with_extension
from bot.sandbox.portal_names import LONGEST_TITLE, clean_title
from tests.portal_uploads import ODD

names = st.text() | st.text(ODD, max_size=400) | st.text("ab.", min_size=165, max_size=180)


@given(names)
def test_the_portal_has_nothing_left_to_change(name: str):
    cleaned = clean_name(name)

    assert clean_title(cleaned) == cleaned
    assert clean_name(cleaned) == cleaned


@given(names)
def test_a_clean_name_can_stand_in_a_header(name: str):
    cleaned = clean_name(name)

    assert len(cleaned.encode("utf-16-le")) <= 2 * LONGEST_NAME == 2 * LONGEST_TITLE
    assert not set(cleaned) & set('"\\/\r\n\0')
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & set(map(unicodedata.category, cleaned))
    assert not cleaned.endswith((".", " "))


@given(st.text("aB9 äß€_-(),'%;=&", min_size=1, max_size=100))
def test_an_ordinary_name_is_kept(stem: str):
    name = unicodedata.normalize("NFC", f"{' '.join(stem.split())}x.pdf")

    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("contract.pdf", "contract.pdf"),
        ("12:30 offer.DOCX", "12_30 offer.docx"),
        ("  Offer  2026 .PDF ", "Offer 2026 .pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\page 1.PNG", "page 1.png"),
        ("a/b/", "b"),
        ('what? "a*b" <c>|d:+.txt', "what_ _a_b_ _c__d__.txt"),
        ('a"; filename="b\r\nX-Y: z.txt', "a_; filename=_b X-Y_ z.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("run.exe. ", "run.exe"),
        ("at 3.04\u202fPM.png", "at 3.04 PM.png"),
        ("one\r\ntwo\0three\x1b.txt", "one two three .txt"),
        ("e\u0301te\u0301.pdf", "\u00e9t\u00e9.pdf"),
        ("a\N{GRINNING FACE}b.txt", "a__b.txt"),
        ("\N{PARTY POPPER}.png", "__.png"),
        ("half \ud83d of one.txt", "half of one.txt"),
        (".gitignore", ".gitignore"),
        ("archive.tar.GZ", "archive.tar.gz"),
        ("x" * 400 + ".DOCX", "x" * 165 + ".docx"),
        ("x." + "y" * 400, "x." + "y" * 168),
        ("", ""),
        ("..", ""),
        ("X", "X"),
        ("a/..", "a"),
        ("RUN.EXE.", "RUN.exe"),
        ("half.\uffff", "half.\uffff"),
        ("xy." + "z" * 400, "x." + "z" * 168),
        ("x." + "y" * 167 + " z", "x." + "y" * 167),
        ("/", ""),
        ("?", ""),
        ("\N{PARTY POPPER}", ""),
    ],
)
def test_names_by_example(name: str, cleaned: str):
    assert clean_name(name) == cleaned


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.PDF", ".pdf"), ("archive.tar.gz", ".gz"), ("plan", ""), (".gitignore", ""), ("a.", "")],
)
def test_an_extension_is_what_follows_the_last_dot(name: str, extension: str):
    assert extension_of(name) == extension


@pytest.mark.parametrize(
    ("name", "mimetype", "whole"),
    [
        ("Contract", "application/pdf", "Contract.pdf"),
        ("Plan v1.2", "application/pdf", "Plan v1.2"),
        ("Contract", "", "Contract"),
        ("x" * 170, "image/png", "x" * 166 + ".png"),
    ],
)
def test_a_name_without_an_extension_gets_that_of_its_type(name: str, mimetype: str, whole: str):
    assert with_extension(name, mimetype) == whole
