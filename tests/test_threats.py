"""Each threat that SECURITY.md lists has tests with its number in their names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
THREATS = sorted(
    set(re.findall(r"^\| ([STRIDE]\d) \|", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE))
)
NUMBERS = re.compile(r"^(?:async )?def test_((?:[stride]\d_)+)", re.MULTILINE)


def numbered() -> set[str]:
    """Return the numbers that stand at the beginning of names of tests."""
    texts = (path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    names = [name for text in texts for name in NUMBERS.findall(text)]
    return {number.upper() for name in names for number in name.strip("_").split("_")}


def test_there_is_a_threat_of_each_kind():
    assert {threat[0] for threat in THREATS} == set("STRIDE")


@pytest.mark.parametrize("threat", THREATS)
def test_a_threat_has_tests_of_its_number(threat: str):
    assert threat in numbered()


def test_e2_the_container_runs_as_nobody_and_may_do_nothing():
    image = (ROOT / "Dockerfile").read_text("utf-8")
    compose: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    service = compose["services"]["attachbot"]

    user = re.findall(r"^USER (\d+):(\d+)$", image, re.MULTILINE)[-1]
    assert all(int(number) > 0 for number in user)
    assert "root" not in image
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "user"} & service.keys()
