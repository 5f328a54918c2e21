"""`python -m tests.wheel`: builds the wheel, installs it elsewhere and tries it, all offline."""

from __future__ import annotations

import base64
import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
WANTED = ("bot/__main__.py", "bot/manifest.yml", "handlers/__init__.py", "storage/__init__.py")
UNWANTED = ("tests/", "bench/", "docs/", ".")
SECONDS = 120


class WrongError(Exception):
    """The wheel is not what it should be; the message says how."""


def main() -> int:
    if importlib.util.find_spec("hatchling") is None:
        sys.stderr.write("wheel: hatchling is not installed; `make test` installs it\n")
        return 1
    try:
        with tempfile.TemporaryDirectory(prefix="attachbot-wheel-") as folder:
            _try_out(Path(folder))
    except WrongError as error:
        sys.stderr.write(f"wheel: {error}\n")
        return 1
    return 0


def _try_out(folder: Path) -> None:
    wheel = _build(folder / "dist")
    _ok(f"built {wheel.name}")
    _check_content(wheel)
    _ok("it holds the bot and its manifest, and neither tests nor tools")
    command = _install(wheel, folder / "env")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    _check_version(_output([command, "--version"], elsewhere))
    _ok("attachbot --version")
    _check_manifest(_output([command, "manifest"], elsewhere))
    _ok("attachbot manifest")
    _check_key(_output([command, "keys", "new"], elsewhere))
    _ok("attachbot keys new")


def _build(folder: Path) -> Path:
    _output([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    found = list(folder.glob("*.whl"))
    if len(found) != 1:
        raise WrongError(f"built {len(found)} wheels, not one")
    return found[0]


def _check_content(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    missing = [name for name in WANTED if name not in names]
    extra = [name for name in names if name.startswith(UNWANTED)]
    if missing or extra:
        raise WrongError(f"missing: {missing}; should not be there: {extra}")


def _install(wheel: Path, folder: Path) -> str:
    """Install the wheel alone and lend it the libraries of this environment."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    _output(
        [str(python), "-m", "pip", "install", "-q", "--no-deps", "--no-index", str(wheel)], ROOT
    )
    site = _output([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    # A .pth file of a folder named in a .pth file is not read, so that the editable install of
    # this checkout stays out.
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(site.strip()) / "libraries.pth").write_text("\n".join(sorted(lent)), "utf-8")
    where = _output([str(python), "-c", "import bot; print(bot.__file__)"], folder)
    if not Path(where.strip()).is_relative_to(folder):
        raise WrongError(f"the bot is imported from {where.strip()}, not from the wheel")
    return str(folder / "bin" / "attachbot")


def _check_version(said: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    if said.strip() != f"attachbot, version {project['version']}":
        raise WrongError(f"--version says {said.strip()!r}")


def _check_manifest(said: str) -> None:
    if "command: /attach" not in said or "socket_mode_enabled: true" not in said:
        raise WrongError("the manifest lacks the command, or Socket Mode")


def _check_key(said: str) -> None:
    if len(base64.b64decode(said.strip(), validate=True)) != 32:
        raise WrongError("the new key does not have 32 bytes")


def _output(command: Sequence[str], folder: Path = ROOT) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603  (every command stands above)
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise WrongError(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr}")
    return done.stdout


def _ok(what: str) -> None:
    sys.stdout.write(f"ok  {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
