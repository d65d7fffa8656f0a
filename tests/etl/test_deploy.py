"""The container file and the systemd units: what they start is there, and takes the flags given."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from etl.cli import cli
from etl.serve import ROOT

FOLDER = ROOT / "etl" / "deploy"
INSTALLED = "/opt/backorders"
UNITS = sorted(path.name for path in FOLDER.glob("backorders*.*"))


def instruction(root: Path, name: str) -> str:
    """The last instruction of that name in the container file, its lines joined."""
    text = (root / "etl" / "deploy" / "Containerfile").read_text().replace("\\\n", " ")
    found = re.findall(rf"^{name} (.*)$", text, re.MULTILINE)
    assert found, name
    return str(found[-1])


def takes(arguments: Sequence[str]) -> str:
    """The command that these arguments name; fails where a flag is not one of its own."""
    name, *rest = arguments
    command = cli.commands[name]
    command.make_context(name, list(rest))
    return name


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(FOLDER / name)
    return parser


def test_the_image_starts_a_command_that_is_there(root: Path) -> None:
    assert json.loads(instruction(root, "ENTRYPOINT")) == ["backorders"]
    assert takes(json.loads(instruction(root, "CMD"))) == "serve"
    text = (FOLDER / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        *sources, _ = line.split()
        assert all((root / source).exists() for source in sources), line
    # Pinned and checked; nobody is root; no registry is named.
    assert "--require-hashes" in text
    assert int(instruction(root, "USER")) > 0
    assert all("/" not in image for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert instruction(root, "VOLUME") in instruction(root, "ENV")


def test_the_units_start_commands_that_are_there() -> None:
    started = set()
    for name in UNITS:
        if name.endswith(".service"):
            command, *arguments = shlex.split(unit(name)["Service"]["ExecStart"])
            assert command == f"{INSTALLED}/.venv/bin/backorders"
            started.add(takes(arguments))
    assert started == {"serve", "refresh"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units_and_finds_little_exposed(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("backorders")
    for name in UNITS:
        text = (FOLDER / name).read_text()
        text = text.replace(f"{INSTALLED}/.venv/bin/backorders", str(program))
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in UNITS]
    assert len(paths) == 3
    analyze("verify", *paths)
    for path in paths:
        if path.endswith(".service"):
            analyze("security", "--offline=yes", "--threshold=20", path)


def analyze(*arguments: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
