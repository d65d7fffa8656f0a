"""The README is a transcript: its commands run as written and print what it says."""

import re
from pathlib import Path

from etl import cli
from tests.readme import BLOCK, LAYOUTS, README, commands, layouts, normal, transcripts


def test_every_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    written = BLOCK.findall(README.read_text(encoding="utf-8"))
    assert sum(len(commands(block)) for block in written) > 10
    for block, now in zip(written, transcripts(written, tmp_path), strict=True):
        assert normal(now) == normal(block)


def test_the_readme_lists_the_known_layouts() -> None:
    assert LAYOUTS.findall(README.read_text(encoding="utf-8")) == [layouts()], "run: make readme"


def test_the_readme_names_every_target_of_the_makefile(root: Path) -> None:
    readme = README.read_text(encoding="utf-8")
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test", "check", "sample", "bench", "screenshots", "lock", "readme"):
        assert f"make {target}" in readme
        assert re.search(rf"^{target}:.* ## ", makefile, re.M)


def test_the_pictures_are_there_and_small(root: Path) -> None:
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert len(named) == 4
    for name in named:
        assert 10_000 < (root / name).stat().st_size < 80_000, name


def test_the_readme_lists_the_exit_codes() -> None:
    readme = README.read_text(encoding="utf-8")
    for code in cli.Exit:
        assert f"\n| {code.value} | " in readme


def test_the_readme_tells_how_to_do_without_make(root: Path) -> None:
    readme = README.read_text(encoding="utf-8")
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for step in ("--require-hashes -r requirements.lock", "--no-build-isolation --no-deps -e ."):
        assert step in readme
        assert step in makefile
