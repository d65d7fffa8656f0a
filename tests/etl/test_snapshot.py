"""The snapshot store with real files, real processes and real kills."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from etl.errors import StoreError
from etl.snapshot import KEPT, Holder, Store
from sql.store import current_path
from tests.etl.store_writer import build, publish

# Forks one child for each call of the operating system that publishing makes, and kills the child
# just before it makes that call. Prints how many stages there were.
KILLED_AT_EVERY_STAGE = """
import os, signal, sys
from pathlib import Path

import duckdb

from tests.etl.store_writer import publish

STAGES = ["fsync", "rename", "replace", "symlink", "unlink", "open", "ftruncate"]


def killing_before(call, stage):
    def counted(*args, **kwargs):
        global made
        if made == stage:
            os.kill(os.getpid(), signal.SIGKILL)
        made += 1
        return call(*args, **kwargs)
    return counted


def readers_number(folder):
    path = folder / (folder / "CURRENT").read_text().strip()
    con = duckdb.connect(str(path), read_only=True)
    rows = con.execute("select min(number), max(number), count(*) from core.build").fetchone()
    con.close()
    return rows


folder, stage = Path(sys.argv[1]), 0
while True:
    child = os.fork()
    if child == 0:
        made = 0
        for name in STAGES:
            setattr(os, name, killing_before(getattr(os, name), stage))
        publish(folder, stage + 1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0, status
        break
    reader = os.fork()
    if reader == 0:
        low, high, rows = readers_number(folder)
        os._exit(0 if low == high and rows == 999 else 1)
    _, status = os.waitpid(reader, 0)
    assert status == 0, f"unreadable after a kill at stage {stage}"
    stage += 1
print(stage)
"""

READER = """
import sys, time
from pathlib import Path

import duckdb

from sql.store import current_path

folder, stop = Path(sys.argv[1]), Path(sys.argv[2])
reads, failed, seen = 0, [], set()
print("ready", flush=True)
while not stop.exists():
    try:
        con = duckdb.connect(str(current_path(folder)), read_only=True)
        for _ in range(5):
            low, high, rows = con.execute(
                "select min(number), max(number), count(*) from core.build"
            ).fetchone()
            assert low == high and rows == 999, (low, high, rows)
            reads += 1
        seen.add(low)
        con.close()
    except Exception as error:
        failed.append(repr(error))
print(reads, len(failed), len(seen), failed[:3])
"""


def python(root: Path, script: str, *args: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def number_of(path: Path | None) -> int:
    with duckdb.connect(str(path), read_only=True) as con:
        row = con.execute("select any_value(number) from core.build").fetchone()
    assert row is not None
    return int(row[0])


def events(store: Path) -> list[str]:
    lines = (store / "refresh.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["event"] for line in lines]


def test_a_new_store_has_no_snapshot(tmp_path: Path) -> None:
    store = Store(tmp_path / "never made")
    assert store.current() is None
    assert store.snapshots() == []
    assert not store.path.exists()


def test_publishing_puts_a_snapshot_in_force_and_leaves_nothing_else(tmp_path: Path) -> None:
    info = publish(tmp_path, 7)
    assert current_path(tmp_path) == info.path
    assert number_of(tmp_path / "latest.duckdb") == 7
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [".lock", "CURRENT", "latest.duckdb", "refresh.log", info.path.name]
    )
    assert events(tmp_path) == ["build_started", "published"]


def test_the_last_five_are_kept_and_sort_by_age(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        publish(tmp_path, number)
    snapshots = Store(tmp_path).snapshots()
    assert [number_of(each.path) for each in snapshots] == [7, 6, 5, 4, 3]
    assert [each.is_current for each in snapshots] == [True, False, False, False, False]


def test_a_clock_set_back_does_not_publish_into_the_past(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    (first,) = Store(tmp_path).snapshots()
    future = tmp_path / "backorders-29991231T235959-999.duckdb"
    first.path.rename(future)
    (tmp_path / "CURRENT").write_text(future.name + "\n")
    assert publish(tmp_path, 2).version == "30000101T000000-001"


def test_a_late_reader_keeps_the_old_snapshot(tmp_path: Path) -> None:
    publish(tmp_path, 0)
    reader = duckdb.connect(str(current_path(tmp_path)), read_only=True)
    for number in range(1, KEPT + 2):
        publish(tmp_path, number)
    assert reader.execute("select distinct number from core.build").fetchall() == [(0,)]
    reader.close()


def test_a_failed_build_leaves_only_a_log_line(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    before = sorted(p.name for p in tmp_path.iterdir())
    store = Store(tmp_path)
    with pytest.raises(duckdb.ParserException), store.lock(), store.building() as path:
        duckdb.connect(str(path)).execute("this is no SQL")
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert number_of(store.current()) == 1
    assert events(tmp_path)[-1] == "build_failed"


@pytest.mark.parametrize("damage", ["truncated", "no as_of", "write-ahead log left"])
def test_a_file_that_cannot_be_read_back_is_not_published(tmp_path: Path, damage: str) -> None:
    publish(tmp_path, 1)
    store = Store(tmp_path)
    with store.lock(), store.building() as path:
        build(path, 2)
        if damage == "truncated":
            os.truncate(path, path.stat().st_size // 2)
        elif damage == "no as_of":
            with duckdb.connect(str(path)) as con:
                con.execute("delete from core.as_of")
        else:
            path.with_name(path.name + ".wal").write_bytes(b"x")
        with pytest.raises(StoreError):
            store.publish(path)
    assert number_of(store.current()) == 1
    assert len(store.snapshots()) == 1


def test_killed_at_any_stage_of_publication_readers_see_a_whole_snapshot(
    tmp_path: Path, root: Path
) -> None:
    publish(tmp_path, 0)
    writer = python(root, KILLED_AT_EVERY_STAGE, tmp_path)
    out, err = writer.communicate(timeout=60)
    assert writer.returncode == 0, err
    assert int(out) >= 15
    # The last child was not killed: it tidied what the ones before it left.
    assert number_of(Store(tmp_path).current()) == int(out) + 1
    hidden = {p.name for p in tmp_path.iterdir() if p.name.startswith(".")}
    assert hidden == {".lock"}
    assert {"leftovers_removed", "publication_undone", "publication_finished"} <= set(
        events(tmp_path)
    )


def test_a_snapshot_whose_publication_was_killed_is_not_offered(tmp_path: Path) -> None:
    published = publish(tmp_path, 1)
    orphan = tmp_path / "backorders-29990101T000000-001.duckdb"
    build(orphan, 2)
    (tmp_path / ".publishing").write_text(orphan.name + "\n")
    store = Store(tmp_path)
    assert [each.version for each in store.snapshots()] == [published.version]
    with store.lock():
        assert not orphan.exists()


def test_two_readers_never_fail_during_twenty_publications(tmp_path: Path, root: Path) -> None:
    folder, stop = tmp_path / "store", tmp_path / "stop"
    publish(folder, 0)
    readers = [python(root, READER, folder, stop) for _ in range(2)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for number in range(1, 21):
        publish(folder, number)
    stop.touch()
    for reader in readers:
        out, err = reader.communicate(timeout=30)
        assert reader.returncode == 0, err
        reads, failed, seen, _ = out.split(maxsplit=3)
        assert int(failed) == 0, out
        assert int(reads) > 20
        assert int(seen) > 2


def test_a_second_refresh_is_told_who_holds_the_lock(tmp_path: Path, root: Path) -> None:
    holder = python(
        root,
        "import sys, time; from pathlib import Path; from etl.snapshot import Store\n"
        "with Store(Path(sys.argv[1])).lock(): print('held', flush=True); time.sleep(60)",
        tmp_path,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    waited: list[Holder | None] = []
    with pytest.raises(StoreError) as caught, Store(tmp_path).lock(0.3, waited.append):
        pass
    assert caught.value.what == "another refresh holds the store"
    assert f"process {holder.pid} on " in caught.value.where
    assert [each and each.pid for each in waited] == [holder.pid]
    # A dead holder holds nothing.
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with Store(tmp_path).lock():
        pass


def test_a_second_refresh_waits_for_the_first(tmp_path: Path, root: Path) -> None:
    first = python(
        root,
        "import sys, time; from pathlib import Path; from etl.snapshot import Store\n"
        "with Store(Path(sys.argv[1])).lock(): print('held', flush=True); time.sleep(0.5)",
        tmp_path,
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    started = time.monotonic()
    with Store(tmp_path).lock(wait_seconds=20):
        assert time.monotonic() - started > 0.2
    assert first.wait() == 0


def test_rollback_goes_one_back_and_the_next_publication_goes_on(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        publish(tmp_path, number)
    store = Store(tmp_path)
    with store.lock():
        store.rollback()
        assert number_of(store.current()) == 2
        store.rollback()
        assert number_of(store.current()) == 1
        with pytest.raises(StoreError, match="no earlier snapshot"):
            store.rollback()
        newest = store.snapshots()[0]
        store.rollback(newest.version)
    assert number_of(store.current()) == 3
    assert number_of(tmp_path / "latest.duckdb") == 3
    assert publish(tmp_path, 4).version > newest.version


def test_rollback_to_an_unknown_version_names_the_known_ones(tmp_path: Path) -> None:
    info = publish(tmp_path, 1)
    store = Store(tmp_path)
    with store.lock(), pytest.raises(StoreError, match=info.version):
        store.rollback("20200101T000000-001")


def test_a_pointer_to_nothing_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    (tmp_path / "CURRENT").write_text("../elsewhere.duckdb\n")
    assert current_path(tmp_path) is None
    with pytest.raises(StoreError, match="backorders rollback"):
        Store(tmp_path).current()


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be written"), Store(tmp_path / "file").lock():
        pass


def test_writing_without_the_lock_is_a_mistake_in_the_program(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Store(tmp_path).building():
        pass


def test_published_files_open_in_the_release_before(tmp_path: Path) -> None:
    publish(tmp_path, 1)
    with duckdb.connect(str(current_path(tmp_path)), read_only=True) as con:
        row = con.execute("select tags from duckdb_databases() where not internal").fetchone()
    assert row is not None
    assert row[0]["storage_version"].startswith("v1.5.0")
