"""What fails beside the data: kills, full disks, folders nobody may write to, files that move."""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl import load as loader
from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.read import Source
from sql.store import current_path
from tests.etl.loading import HEAD, database
from tests.faults import export, kill_refreshes

DROP_FROM_BOUNDING_SET, OVERRIDE_PERMISSIONS = 24, 1  # prctl's, capabilities(7)
ROWS = "".join(f"S{n},1,2026-01-05,A,5\n" for n in range(500))


def refresh(
    store: Path, exports: Path, before: Callable[[], object] | None = None, **environment: str
) -> tuple[int, str]:
    """Run the command as a process of its own; its exit code and complaint."""
    done = subprocess.run(
        [sys.executable, "-m", "etl", "refresh", str(exports), "--db", str(store), "--wait", "0"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,
        env={**os.environ, **environment},
        timeout=120,
    )
    return done.returncode, done.stderr


def state(store: Path) -> dict[str, bytes | None]:
    """The files of a store, with the contents of the small ones that matter."""
    kept = {path.name for path in store.iterdir()} - {"refresh.log", ".lock"}
    return {
        name: (store / name).read_bytes() if name == "CURRENT" else None for name in sorted(kept)
    }


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exports and a store of them; tests copy nothing and must change nothing."""
    folder = tmp_path_factory.mktemp("faults")
    code, complaint = refresh(folder / "store", export(folder / "exports", 1))
    assert code == 0, complaint
    return folder


def test_killed_refreshes_harm_no_reader_and_leave_nothing(tmp_path: Path) -> None:
    tally = kill_refreshes(tmp_path, 2, seed=5)
    assert tally.is_clean, tally
    assert tally.kills == 2
    assert tally.reads > 10


UNPROBED = """
import tempfile

# Finds a folder by writing a file into it.
tempfile._get_default_tempdir = None

from etl.cli import main

main()
"""


@pytest.mark.parametrize(
    "command",
    ["refresh {} --db {}/store", "preview {}", "profile new {}/orders.csv", "template {}/empty"],
)
def test_no_folder_for_temporary_files_is_tried_by_writing_to_it(
    tmp_path: Path, command: str
) -> None:
    exports = export(tmp_path / "exports", 1)
    (tmp_path / "scratch").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", UNPROBED, *command.replace("{}", str(exports)).split()],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path / "scratch")},
    )
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.parametrize(
    ("variable", "value", "chosen"),
    [
        ("TMPDIR", "own", "own"),
        ("TMP", "own", "own"),
        ("TMPDIR", "none", ""),
        ("TMPDIR", "file", ""),
        ("TMPDIR", "closed", ""),
    ],
)
def test_temporary_files_are_where_python_would_put_them(
    tmp_path: Path, variable: str, value: str, chosen: str
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "closed").mkdir(mode=0o555)
    (tmp_path / "file").touch()
    ours = "import etl.scratch; print(etl.scratch._root())"
    theirs = "import tempfile; print(tempfile.gettempdir())"
    kept = {k: v for k, v in os.environ.items() if k not in ("TMPDIR", "TEMP", "TMP")}
    told = set()
    for script in (ours, theirs):
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=obey_permissions,
            env={**kept, variable: str(tmp_path / value)},
        )
        if done.returncode == 77:
            pytest.skip("root cannot be made to obey permissions here")
        told.add(done.stdout.strip())
    assert len(told) == 1
    assert not chosen or told == {str(tmp_path / chosen)}


def limit_file_size() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))


def test_a_file_that_may_not_grow_is_an_error_and_nothing_changes(published: Path) -> None:
    before = state(published / "store")
    more = export(published / "more", 2)
    code, complaint = refresh(published / "store", more, limit_file_size)
    assert code == 5, complaint
    assert " written: " in complaint
    assert f"  where: {published / 'store'}\n  remedy: " in complaint
    assert "free space" in complaint or "Free disk space" in complaint
    assert state(published / "store") == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for one snapshot and a half."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_an_error_and_nothing_changes(
    small_disk: Path, published: Path, tmp_path: Path
) -> None:
    store, exports = small_disk / "store", tmp_path / "exports"
    shutil.copytree(published / "store", store, symlinks=True)
    usage = os.statvfs(small_disk)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(usage.f_bavail * usage.f_frsize - 400_000))
    before = state(store)

    code, complaint = refresh(store, export(exports, 2))

    assert code == 5, complaint
    assert "No space left on device" in complaint or "could not be written" in complaint
    assert "free space" in complaint or "Free disk space" in complaint
    assert state(store) == before
    with duckdb.connect(str(current_path(store)), read_only=True) as con:
        assert con.execute("select max(ordered_qty)::int from core.order_lines").fetchone() == (1,)


def obey_permissions() -> None:
    """Root may write everywhere, but for this."""
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(
        DROP_FROM_BOUNDING_SET, OVERRIDE_PERMISSIONS, 0, 0, 0
    ):
        os._exit(77)


@pytest.mark.parametrize("place", ["the store", "its parent"])
def test_a_folder_that_may_not_be_written_to_is_an_error(
    published: Path, tmp_path: Path, place: str
) -> None:
    store = published / "store" if place == "the store" else tmp_path / "closed" / "store"
    closed = store if place == "the store" else store.parent
    closed.mkdir(exist_ok=True)
    before = state(closed)
    closed.chmod(0o555)
    try:
        code, complaint = refresh(store, published / "exports", obey_permissions)
    finally:
        closed.chmod(0o755)
    if code == 77:
        pytest.skip("root cannot be made to obey permissions here")
    assert code == 5, complaint
    assert complaint.startswith("error: the store cannot be written: Permission denied\n")
    assert f"  where: {store}\n  remedy: Check the folder's permissions" in complaint
    assert state(closed) == before


def test_a_full_folder_for_copies_is_not_the_export_s_fault(tmp_path: Path) -> None:
    # Mixed line ends: the text is copied before it is read.
    (tmp_path / "a.csv").write_bytes((HEAD + ROWS).encode() + b"S1,2,2026-01-05,A,5\r\n")
    script = (
        "import sys; from pathlib import Path; from tests.etl.loading import database;"
        "from tests.etl.test_faults import limit_copies; from etl.load import load;"
        "con = database(Path(sys.argv[1])); limit_copies(); load(con, [Path(sys.argv[2])])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(tmp_path / "a.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        "etl.errors.StoreError: the text of a.csv cannot be copied: File too large" in done.stderr
    )
    assert "Free disk space" in done.stderr


def limit_copies() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write("S9,1,2026-01-05,A,5\n")


def replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes()[::-1])
    other.replace(path)


@pytest.mark.parametrize("change", [append, replace, Path.unlink])
@pytest.mark.parametrize("moment", ["before it is read", "while it is read"])
def test_a_file_that_moves_while_it_is_loaded_is_refused(
    tmp_path: Path, change: Callable[[Path], None], moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD + ROWS)
    con = database(tmp_path)
    notice: Callable[[str, int, int], None] | None = None
    if moment == "before it is read":

        def notice(_name: str, _number: int, _total: int) -> None:
            change(path)

    else:
        settle = loader.settle

        def settled(*args: Any) -> None:
            settle(*args)
            change(path)

        monkeypatch.setattr(loader, "settle", settled)

    with pytest.raises(InputError) as caught:
        load(con, [path], LoadOptions(), notice)

    verb = "went away" if change is Path.unlink else "changed"
    assert caught.value.what.startswith(f"the file {verb} while it was read")
    assert caught.value.where == "a.csv"
    assert caught.value.remedy.startswith("Load it again when ")


def test_a_file_gone_between_listing_and_opening_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text(HEAD + ROWS)
    second.write_text(HEAD + ROWS)
    read = loader.read

    def read_and_remove(path: Path, *rest: Any) -> list[Source]:
        second.unlink(missing_ok=True)
        return read(path, *rest)

    monkeypatch.setattr(loader, "read", read_and_remove)
    with pytest.raises(InputError, match=r"cannot be read: No such file or directory \(b.csv\)"):
        load(database(tmp_path), [first, second])
