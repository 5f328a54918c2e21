"""What the product is made of: pinned by hash, few, licensed so that it may be shipped, listed."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution
from typing import TYPE_CHECKING

import pytest
import uv

from tests.licences import PAGE, LicenceError, check, licence_of, page, reasons, shipped
from tests.locks import LOCKS, PYPROJECT, ROOT, RUNTIME, UnpinnedError, asked, pins
from tests.sbom import bill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.locks import Pin

LOCK = RUNTIME.read_text("utf-8")
GOOD = f"some-thing==1.0 \\\n    --hash=sha256:{'0' * 64}\n    # via\n    #   attachbot (x)\n"


# Hashes


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_t4_every_package_of_a_lock_file_is_pinned_by_hash(lock: Path):
    locked = pins(lock.read_text("utf-8"))

    assert locked
    assert [pin.name for pin in locked if not pin.hashes] == []
    assert len({pin.name for pin in locked}) == len(locked)


@pytest.mark.parametrize(
    "line",
    [
        "thing>=1.0",
        "thing==1.0",
        "thing @ https://files.example.com/thing-1.0.whl \\",
        "-e .",
        "--index-url https://index.example.com/simple",
        "    --hash=md5:d41d8cd98f00b204e9800998ecf8427e",
        "    --hash=sha256:abc",
    ],
)
def test_t4_a_line_of_a_lock_file_that_pins_nothing_is_noticed(line: str):
    assert [pin.via for pin in pins(GOOD)] == [("attachbot",)]

    with pytest.raises(UnpinnedError):
        pins(f"{GOOD}{line}\n")


def test_t4_tests_run_with_the_very_packages_that_are_shipped():
    tools = {pin.name: (pin.version, pin.hashes) for pin in pins(LOCKS[1].read_text("utf-8"))}

    assert {pin.name for pin in pins(LOCK) if tools[pin.name] != (pin.version, pin.hashes)} == set()


PIP = (sys.executable, "-m", "pip", "install", "--isolated", "--no-cache-dir")
UV = (uv.find_uv_bin(), "pip", "install", "--no-config", "--no-cache", "--python", sys.executable)


@pytest.mark.parametrize("installer", [PIP, UV], ids=["pip", "uv"])
def test_t4_a_package_with_another_hash_is_not_installed(installer: Sequence[str], tmp_path: Path):
    wheel = a_wheel(tmp_path, "right = True\n")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"some-thing==1.0 \\\n    --hash=sha256:{digest}\n")

    before = install(installer, lock, tmp_path / "before")
    a_wheel(tmp_path, "right = False\n")
    after = install(installer, lock, tmp_path / "after")

    assert before.returncode == 0, before.stderr
    assert (tmp_path / "before" / "some_thing.py").is_file()
    assert after.returncode != 0
    assert digest in after.stderr
    assert not (tmp_path / "after" / "some_thing.py").exists()


def a_wheel(folder: Path, content: str) -> Path:
    """Make a wheel by hand, as who poisons a release would."""
    wheel = folder / "some_thing-1.0-py3-none-any.whl"
    about = "some_thing-1.0.dist-info"
    files = {
        "some_thing.py": content,
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: some-thing\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "".join(
            f"{name},,\n" for name in ("some_thing.py", f"{about}/METADATA", f"{about}/WHEEL")
        ),
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


def install(installer: Sequence[str], lock: Path, into: Path) -> subprocess.CompletedProcess[str]:
    options = ["--no-index", "--find-links", str(lock.parent), "--target", str(into)]
    return subprocess.run(  # noqa: S603  (pip or uv, with files of the test)
        [*installer, *options, "--require-hashes", "-r", str(lock)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", ["Makefile", "Dockerfile"])
def test_t4_whatever_is_installed_is_asked_for_its_hash(name: str):
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    installs = re.findall(r"pip (?:install|sync)[^;&\n]*", text)

    assert installs
    for words in installs:
        if ".lock" in words or "$(2)" in words:  # the lock files that a rule names
            assert "--require-hashes" in words
        else:  # the product itself, made from this checkout
            assert "--no-deps" in words
            assert "--no-index" in words or "--no-build-isolation -e ." in words


# Few


def test_t4_every_package_that_is_asked_for_has_its_reason():
    wanted = {name for group in asked().values() for name in group}

    assert set(reasons()) == wanted
    assert {pin.name for pin in pins(LOCK) if pin.direct} == asked()["dependencies"]


def test_t4_no_package_is_locked_that_nobody_asks_for():
    locked = pins(LOCK)
    names = {pin.name for pin in locked} | {PYPROJECT["project"]["name"]}

    assert {pin.name for pin in locked if not pin.via or not names >= set(pin.via)} == set()


# Licences


def test_t4_the_page_about_licences_is_the_one_of_the_lock_file():
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize(
    ("name", "licence"),
    [("x", "MIT"), ("x", "MIT OR GPL-3.0-only"), ("x", "MIT AND MIT-0"), ("certifi", "MPL-2.0")],
)
def test_t4_what_may_be_shipped_is_taken(name: str, licence: str):
    check(name, licence)


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-only",
        "MIT AND LGPL-2.1-or-later",
        "(MIT OR GPL-2.0-only) AND AGPL-3.0-only",
        "MPL-2.0",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "LicenseRef-Ours",
    ],
)
def test_t4_copyleft_and_what_is_not_known_is_refused(licence: str):
    with pytest.raises(LicenceError):
        check("x", licence)


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ("License-Expression: MIT or  apache-2.0", "MIT OR Apache-2.0"),
        ("License: Apache 2.0", "Apache-2.0"),
        ("License: The one below\nClassifier: License :: OSI Approved :: MIT License", "MIT"),
    ],
)
def test_t4_licences_are_found_where_packages_name_them(tmp_path: Path, said: str, licence: str):
    assert licence_of(installed(tmp_path, "x", said)) == licence


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x", ""),
        ("x", "License: Public Domain"),
        ("x", "License: BSD"),
        ("x", "Classifier: License :: OSI Approved :: BSD License"),
        (
            "x",
            "Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: Other",
        ),
        ("httpx-aiohttp", "License-Expression: MIT"),
    ],
    ids=["silent", "public-domain", "which-bsd", "which-bsd-class", "two", "text-changed"],
)
def test_t4_a_licence_that_is_not_certain_is_refused(tmp_path: Path, name: str, said: str):
    with pytest.raises(LicenceError):
        licence_of(installed(tmp_path, name, said))


def installed(folder: Path, name: str, said: str) -> Distribution:
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1\n{said}\n")
    return Distribution.at(folder)


# The bill of materials


@pytest.fixture(scope="module")
def parts() -> Sequence[tuple[Pin, str]]:
    return shipped()


def test_t4_the_bill_of_materials_has_all_that_is_shipped(parts: Sequence[tuple[Pin, str]]):
    text = bill(parts)

    made = json.loads(text)
    found = {component["name"]: component for component in made["components"]}
    assert found.keys() == {pin.name for pin, _ in parts}
    for pin, licence in parts:
        component = found[pin.name]
        assert component["version"] == pin.version
        assert component["purl"] == f"pkg:pypi/{pin.name}@{pin.version}"
        assert licence in str(component["licenses"])
        hashes = component["externalReferences"][0]["hashes"]
        assert sorted(one["content"] for one in hashes) == sorted(pin.hashes)
    depends = {one["ref"]: one.get("dependsOn", []) for one in made["dependencies"]}
    direct = [component["purl"] for name, component in found.items() if name in direct_names()]
    assert depends[made["metadata"]["component"]["bom-ref"]] == sorted(direct)
    assert depends.keys() >= {one for several in depends.values() for one in several}


def test_t4_the_bill_of_materials_is_the_same_each_time(parts: Sequence[tuple[Pin, str]]):
    assert bill(parts) == bill(list(parts))


def direct_names() -> set[str]:
    return asked()["dependencies"]
