"""How `make mutate` is told what to change, and how it counts."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from bench.mutation import BAR, Group, Score, configured, groups

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
GROUPS = groups(PYPROJECT)
GROUP = Group(
    "vault", ("bot/vault.py",), ("tests/test_vault.py",), ("tests/test_vault.py::test_a",)
)


@pytest.mark.parametrize("group", GROUPS.values(), ids=str)
def test_every_module_and_test_that_a_group_names_exists(group: Group):
    for module in group.modules:
        assert (ROOT / module).is_file(), module
    for test in (*group.tests, *group.left_out):
        path, _, name = test.partition("::")
        assert not name or f"def {name}" in (ROOT / path).read_text("utf-8"), test


def test_each_module_is_in_one_group():
    named = Counter(module for group in GROUPS.values() for module in group.modules)

    assert set(named.values()) == {1}
    assert {"bot/vault.py", "bot/web.py", "bot/portal/guard.py", "bot/views/blocks.py"} <= set(
        named
    )


def test_a_group_has_a_configuration_of_its_own():
    tool = tomllib.loads(configured(PYPROJECT, GROUP))["tool"]

    assert tool["mutmut"]["only_mutate"] == ["bot/vault.py"]
    assert tool["mutmut"]["pytest_add_cli_args_test_selection"] == ["tests/test_vault.py"]
    assert "--deselect=tests/test_vault.py::test_a" in tool["mutmut"]["pytest_add_cli_args"]
    assert tool["mutmut"]["type_check_command"][-1] == "bot/vault.py"
    assert tool["mypy"]["strict"]
    assert not {"enable_error_code", "warn_unreachable"} & set(tool["mypy"])
    assert tool["pytest"] == tomllib.loads(PYPROJECT)["tool"]["pytest"]


def test_what_mypy_refuses_counts_for_nothing_and_what_was_not_tried_against():
    results = {
        "a": "killed",
        "b": "timeout",
        "c": "survived",
        "d": "no tests",
        "e": "caught by type check",
        "f": "not checked",
    }

    score = Score(GROUP, results, 1.0)

    assert (score.noticed, score.tried, score.share) == (2, 5, 0.4)
    assert score.unnoticed == ["c", "d", "f"]
    assert score.share < BAR
    assert Score(GROUP, {}, 1.0).share < BAR
