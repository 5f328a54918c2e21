"""Pages: inert whatever stands in them, readable by day and by night, the same for every reason."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.views.pages import connect as pages
from bot.views.pages.shell import POLICY, STYLE
from tests.gallery import HOSTILE
from tests.views_samples import OFFICE, SECOND, account, filing

if TYPE_CHECKING:
    from collections.abc import Iterator

_VOID = {"input", "meta"}
_FALLEN = re.compile(r"[\x00-\x09\x0b-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def form_of(name: str = "@ana", workspace: str = "Acme") -> pages.Form:
    return pages.Form(
        person=name,
        member=name,
        workspace=workspace,
        portals=(OFFICE, SECOND),
        chosen=SECOND,
        proof=name,
    )


def every_page(text: str) -> Iterator[str]:
    form = form_of(text, text)
    yield pages.connect_page(form)
    yield pages.connect_page(form, text)
    yield pages.connect_page(form, errors.OtherOwnerError(text, text, text, text))
    yield pages.connect_page(form, errors.KeyRefusedError(text))
    yield pages.connected_page(account(name=text), (filing(note=text),))
    yield pages.connected_page(account(name=text), (), "case 7")
    yield pages.dead_page()
    yield pages.ended_page()
    yield pages.busy_page()
    yield pages.broken_page(text)


class Outline(HTMLParser):
    """Notes the tags and the attributes of a page, and whether every tag is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


PLAIN = [Outline(page) for page in every_page("Ana")]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_t3_outside_text_changes_nothing_of_a_page(text: str):
    check_inert(text)


@given(text=st.text(max_size=80) | st.text("<>&\"'=/ !-`\\\u202e\u200d\n", max_size=80))
def test_t3_any_text_stays_text(text: str):
    check_inert(text)


def check_inert(text: str) -> None:
    for page, plain in zip(every_page(text), PLAIN, strict=True):
        outline = Outline(page)
        assert outline.tags == plain.tags
        assert outline.attributes == plain.attributes
        assert not _FALLEN.search(page)
        assert page.encode()


def test_no_page_holds_scripts_or_styles_of_its_own():
    for page, outline in zip(every_page("Ana"), PLAIN, strict=True):
        assert not {"script", "link", "img", "iframe", "object"} & set(outline.tags)
        assert not any(name == "style" or name.startswith("on") for name in outline.attributes)
        assert outline.tags.count("style") == 1
        assert '<html lang="en">' in page
        assert outline.tags.count("h1") == 1


def test_the_style_is_allowed_by_its_digest_alone():
    [style] = re.findall(r"<style>(.*?)</style>", pages.dead_page(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in POLICY.split("; ")
    assert "url(" not in STYLE


def test_the_page_names_the_portal_or_asks_for_it():
    several = pages.connect_page(form_of())
    one = pages.connect_page(
        pages.Form(
            person="@ana",
            member="U0ANA",
            workspace="Acme",
            portals=(OFFICE,),
            chosen=OFFICE,
            proof="",
        )
    )

    assert f'<option value="{SECOND}" selected>second.example.com</option>' in several
    assert "<select" not in one
    assert "<dt>CRM portal</dt><dd>office.example.com</dd>" in one


# Contrast, as WCAG 2.2 counts it: 4.5 for text, 3 for the edges of fields and the focus ring


def palettes() -> dict[str, dict[str, str]]:
    found = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in found)
    return {"light": light, "dark": dark}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize(
    ("over", "under", "least"),
    [
        ("ink", "card", 4.5),
        ("ink", "note", 4.5),
        ("ink", "bad-back", 4.5),
        ("soft", "page", 4.5),
        ("soft", "card", 4.5),
        ("soft", "note", 4.5),
        ("on-brand", "brand", 4.5),
        ("on-brand", "brand-over", 4.5),
        ("bad", "bad-back", 4.5),
        ("good", "card", 4.5),
        ("edge", "card", 3),
        ("bad", "card", 3),
        ("ring", "card", 3),
    ],
)
def test_what_is_written_can_be_read(palette: str, over: str, under: str, least: float):
    colours = palettes()[palette]

    assert contrast(colours[over], colours[under]) >= least
