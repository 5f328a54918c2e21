"""The fuzz targets in short: each keeps its promises for any bytes, and would notice a breach."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bench.fuzz import TARGETS, main, replay, told
from bench.fuzz_engine import prepared
from bench.fuzz_gate import check as check_gate
from bench.fuzz_gate import opened
from bench.fuzz_grammar import check as check_grammar
from bench.fuzz_names import check as check_name
from bench.fuzz_target import Fed, Target, at_once, text_of
from bench.fuzz_vault import RECORDS, check_open
from bot.grammar import Attach, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from bot.domain import PortalUrl
    from bot.grammar import Command


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    with importlib.import_module(TARGETS[request.param]).target() as given_target:
        yield given_target


def test_every_seed_of_a_target_keeps_its_promises(target: Target):
    assert target.seeds

    for seed in target.seeds:
        target.run(seed)


@settings(max_examples=100)
@given(data=st.data())
def test_any_bytes_keep_the_promises_of_a_target(target: Target, data: st.DataObject):
    pieces = st.binary(max_size=40) | st.sampled_from([*target.words, *target.seeds])

    target.run(b"".join(data.draw(st.lists(pieces, max_size=5)))[: target.longest])


# What each is against


def fails(text: str, portals: Sequence[PortalUrl]) -> Command:
    raise ValueError(text)


def forgets(text: str, portals: Sequence[PortalUrl]) -> Command:
    command = parse(text, portals)
    return Attach(record=None, files=command.files[:-1]) if isinstance(command, Attach) else command


@pytest.mark.parametrize("read", [fails, forgets])
def test_the_target_of_the_grammar_notices_what_it_is_against(read: Callable[..., Command]):
    with pytest.raises((ValueError, AssertionError)):
        check_grammar("case 7 12,13", read)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ('a"b.txt', str),
        ("a\r\nb.txt", str),
        ("x" * 171, str),
        ("invoice\u202egpj.exe", str),
        ("../a", str),
        ("..", str),
        ("a.pdf", lambda name: f"x{name}"),
        ("A.PDF", str),
    ],
    ids=["quote", "line", "long", "direction", "path", "dots", "never-the-same", "not-the-portals"],
)
def test_the_target_of_names_notices_what_it_is_against(name: str, clean: Callable[[str], str]):
    with pytest.raises(AssertionError):
        check_name(name, clean)


def test_the_target_of_the_vault_notices_what_it_is_against():
    (_, _, sealed), secret = RECORDS[0]

    with pytest.raises(AssertionError):
        check_open("anything", lambda *_: SecretStr(secret))
    with pytest.raises(AssertionError):
        check_open(sealed, lambda *_: SecretStr(secret))


async def test_the_target_of_the_gate_notices_what_it_is_against():
    async def broken(_: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError

    form = b"\x03command=%2Fattach&user_id=U1&team_id=T1&trigger_id=1"
    async with opened(broken) as gate:
        with pytest.raises(AssertionError, match="RuntimeError"):
            await check_gate(gate, form)


# What was found


@contextmanager
def a_target() -> Iterator[Target]:
    def run(data: bytes) -> None:
        assert data != b"bad"

    yield Target(run=run, seeds=[b"a", b"\xff"], words=[b'"\\\x00', b"b"])


def test_what_was_found_is_tried_again_by_a_command(tmp_path: Path, capsys: Any):
    found = tmp_path / "crash-1"
    found.write_bytes(b"\x00v1.e265b876.x")

    assert main(["vault", "--replay", str(found)]) == 0
    assert "nothing fails" in capsys.readouterr().out


def test_what_still_fails_is_shown(tmp_path: Path):
    files = [tmp_path / "good", tmp_path / "bad"]
    for file in files:
        file.write_text(file.name)

    failures = replay(a_target, files)

    assert len(failures) == 1
    assert str(files[1]) in failures[0]
    assert "AssertionError" in failures[0]


def test_seeds_and_words_are_handed_over_as_files(tmp_path: Path):
    with a_target() as target:
        options = prepared(target, tmp_path)

    seeds = [file.read_bytes() for file in (tmp_path / "seeds").iterdir()]
    assert sorted(seeds) == [b"a", b"\xff"]
    assert (tmp_path / "words").read_text() == '"\\x22\\x5c\\x00"\n"\\x62"\n'
    assert options[-2:] == [str(tmp_path / "bred"), str(tmp_path / "seeds")]


def test_the_figures_are_those_of_the_engine(tmp_path: Path):
    said = """
        #2048	pulse  cov: 50 ft: 60 corp: 9/90b lim: 4 exec/s: 1024 rss: 70Mb
        #4096	DONE   cov: 52 ft: 66 corp: 12/99b lim: 8 exec/s: 1000 rss: 70Mb
stat::number_of_executed_units: 4096
stat::average_exec_per_sec:     1000
"""
    tried = told(said)

    assert (tried.runs, tried.each_second, tried.reached, tried.kept) == (4096, 1000, 52, 12)
    assert not tried.wrong
    assert told("").wrong
    assert told(said, [tmp_path]).wrong


def test_bytes_are_chance_and_chance_ends():
    dice = Fed(b"\x80\x20")

    assert dice.random() == 0.5
    assert dice.randrange(100) == 0x20 >> 1
    assert [dice.randrange(100) for _ in range(3)] == [0, 0, 0]
    assert text_of(b"a\xff") == "a\udcff"


def test_a_coroutine_that_waits_is_none_of_ours():
    async def waits() -> None:
        await Turn()

    class Turn:
        def __await__(self) -> Generator[None]:
            yield

    with pytest.raises(AssertionError):
        at_once(waits())
