"""Folders for copies: those in use stay, those that a killed process left go."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from etl import scratch
from etl.scratch import scratch_folder

HOLDER = """
import sys
from etl.scratch import scratch_folder

with scratch_folder() as folder:
    (folder / "copy.csv").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_in_use_stays_and_goes_with_its_process(root: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        env={**os.environ, "TMPDIR": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        theirs = Path(holder.stdout.readline().strip())
        with scratch_folder() as ours, scratch_folder():
            assert (theirs / "copy.csv").exists()
            assert len(list(root.iterdir())) == 3
        assert not ours.exists()
        holder.kill()
        holder.wait()
    assert list(root.iterdir()) == [theirs]
    with scratch_folder() as ours:
        assert list(root.iterdir()) == [ours]
    assert not list(root.iterdir())


@pytest.mark.parametrize("inside", [(), (".held",), ("copy.csv",), (".held", "folder/copy.csv")])
def test_a_folder_left_at_any_moment_of_its_life_goes(root: Path, inside: tuple[str, ...]) -> None:
    left = root / "backorders-scratch-left"
    left.mkdir()
    for name in inside:
        (left / name).parent.mkdir(exist_ok=True)
        (left / name).touch()
    with scratch_folder() as ours:
        assert list(root.iterdir()) == [ours]


def test_what_is_not_ours_stays(root: Path) -> None:
    others = [root / "backorders-demo", root / "tmpabcdefgh"]
    for each in others:
        each.mkdir()
    (root / "backorders-scratch-file").touch()
    with scratch_folder():
        pass
    assert sorted(root.iterdir()) == [*others[:1], root / "backorders-scratch-file", *others[1:]]


@pytest.mark.parametrize("moment", ["before the lock is there", "before it is held"])
def test_a_folder_removed_before_it_is_held_is_made_again(
    root: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    removed: list[Path] = []

    def after(made: Callable[..., str]) -> Callable[..., str]:
        def make(**options: object) -> str:
            folder = made(**options)
            if not removed:
                removed.append(Path(folder))
                scratch._remove_abandoned(root)
            return folder

        return make

    if moment == "before the lock is there":
        monkeypatch.setattr(tempfile, "mkdtemp", after(tempfile.mkdtemp))
    else:
        lock = scratch.fcntl.flock

        def flock(file: object, how: int) -> None:
            if not removed:
                # As the process does that comes first.
                removed.extend(root.glob("backorders-scratch-*"))
                shutil.rmtree(removed[0])
            lock(file, how)

        monkeypatch.setattr(scratch.fcntl, "flock", flock)
    with scratch_folder() as ours:
        assert removed
        assert removed[0] != ours
        assert [each.name for each in ours.iterdir()] == [".held"]
        scratch._remove_abandoned(root)
        assert list(root.iterdir()) == [ours]
