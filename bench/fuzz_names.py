"""Whatever a file is called, its name in the portal is harmless, and no header breaks at it."""

from __future__ import annotations

import re
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.fuzz_target import Target, at_once, bytes_of, swift, text_of
from bench.hostile import PIECES
from bot.file_names import LONGEST_NAME, clean_name, extension_of, with_extension
from bot.portal.streams import multipart
from bot.sandbox.portal_names import clean_title

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    Clean = Callable[[str], str]

CONTENT = b"--\r\ncontent\r\n"
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
HEAD = re.compile(
    r'--(?P<boundary>[0-9a-f]{32})\r\nContent-Disposition: form-data; name="file"; '
    r'filename="(?P<name>[^"\\\r\n\0]*)"\r\nContent-Type: application/octet-stream\r\n\r\n'
)
SEEDS = (
    *("contract.pdf", "archive.tar.GZ", ".gitignore", "x" * 400 + ".DOCX", "x." + "y" * 400),
    *("../../etc/passwd", "C:\\scans\\page 1.PNG", 'a"; filename="b\r\nX-Y: z.txt', "e\u0301.pdf"),
    *(
        "run.exe. ",
        "invoice\u202egpj.exe",
        "a\N{GRINNING FACE}b.txt",
        "\u0130.\u0130",
        "\ufb01.\ufb01",
    ),
)
WORDS = (
    *(". ", "..", "/", "\\", '"', "\r\n", "\0", ":", "\u202e", "\u2028", "\u200d", "\xa0", ".pdf"),
    *(
        "\u0130",
        "\u03a3",
        "\u0301",
        "\ufb01",
        "\U0001f600",
        "\ufeff",
        "x" * 170,
        "filename=",
        "%22",
    ),
)


def check(name: str, clean: Clean = clean_name) -> None:
    """See what becomes of a name."""
    with swift():
        kept = clean(name)
        typed = with_extension(kept, name) if kept else kept
    for one in (kept, with_extension(kept, "image/png") if kept else kept, typed):
        assert len(one.encode("utf-16-le")) <= 2 * LONGEST_NAME
        assert not set(one) & set('"\\/\r\n\0*:<>?|'), one
        assert not UNSEEN & set(map(unicodedata.category, one)), one
        assert not one.endswith((".", " ")), one
        assert one == one.lstrip(), one
    assert not kept or kept.strip("._ "), "nothing to read is left"
    assert clean(kept) == kept, "cleaned twice it is another"
    assert clean_title(kept) == kept, "the portal would change it"
    assert kept.endswith(extension_of(kept))
    if kept:
        _check_header(kept)
    _check_refused(name)


def _check_header(name: str) -> None:
    """See that a form of a clean name is one head with that name, the content, and an end."""
    body = at_once(_sent(name))
    begun, content, ended = body.partition(CONTENT)
    head = HEAD.fullmatch(begun.decode())
    assert content
    assert head, f"the head is {begun!r}"
    assert head["name"] == name
    assert ended == f"\r\n--{head['boundary']}--\r\n".encode()


def _check_refused(name: str) -> None:
    """See that a name which is not clean goes into no header, or does no harm there."""
    try:
        body = at_once(_sent(name))
    except ValueError:
        return
    head = HEAD.match(body.decode())
    assert head, f"the head is {body!r}"
    assert head["name"] == name


async def _sent(name: str) -> bytes:
    async def content() -> AsyncIterator[bytes]:
        yield CONTENT

    body = multipart(name, len(CONTENT), content())
    sent = b"".join([chunk async for chunk in body])
    assert len(sent) == body.length
    return sent


@contextmanager
def target() -> Iterator[Target]:
    """Give what is tried."""
    pieces = [piece for group in PIECES.values() for piece in group]
    yield Target(
        run=lambda data: check(text_of(data)),
        seeds=[bytes_of(text) for text in (*SEEDS, *pieces)],
        words=[bytes_of(word) for word in WORDS],
        longest=700,
    )
