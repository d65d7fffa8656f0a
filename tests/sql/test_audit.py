"""The audit log: on the disk, in order, whole lines only, from several programs at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sql import audit


def test_an_event_is_one_line_and_says_who_did_what_when(tmp_path: Path) -> None:
    audit.record(tmp_path, "exported", "anna@example.com", "analyst", file="a\nb.csv", rows=2)
    audit.record(tmp_path, "refused", "eve", "viewer", page="sql", reason=None)
    lines = (tmp_path / audit.NAME).read_text().splitlines()
    assert len(lines) == 2
    first = json.loads(lines[0])
    assert first.pop("time").endswith("Z")
    assert first == {
        "event": "exported",
        "user": "anna@example.com",
        "role": "analyst",
        "file": "a\nb.csv",
        "rows": 2,
    }
    assert "reason" not in json.loads(lines[1])
    assert (tmp_path / audit.NAME).stat().st_mode & 0o077 == 0


def test_it_is_on_the_disk_before_the_next_thing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    monkeypatch.setattr(os, "fsync", lambda file: sizes.append(os.fstat(file).st_size))
    audit.record(tmp_path, "published", "root", "command line")
    assert sizes == [(tmp_path / audit.NAME).stat().st_size]


def test_the_newest_come_first_across_the_files_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ROTATED_BYTES", 300)
    for number in range(10):
        audit.record(tmp_path, "even" if number % 2 == 0 else "odd", "anna", "admin", n=number)
    assert len(list(tmp_path.glob("audit*.jsonl"))) > 2
    assert [entry["n"] for entry in audit.entries(tmp_path)] == list(range(9, -1, -1))
    assert [entry["n"] for entry in audit.entries(tmp_path, last=2, event="odd")] == [9, 7]
    assert audit.entries(tmp_path, user="bert") == []


def test_a_line_the_machine_went_down_in_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / audit.NAME).write_text('{"event": "publ')
    audit.record(tmp_path, "published", "root", "command line")
    found = audit.entries(tmp_path)
    assert [entry["event"] for entry in found] == ["published", "unreadable"]
    assert audit.rows(found)[1]["details"] == 'text {"event": "publ'


def test_several_programs_write_at_once_and_lose_nothing(tmp_path: Path, root: Path) -> None:
    script = """
import sys
from pathlib import Path
from sql import audit
audit.ROTATED_BYTES = 2_000
for number in range(100):
    audit.record(Path(sys.argv[1]), "published", sys.argv[2], "command line", n=number)
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name], cwd=root)
        for name in ("anna", "bert", "carl")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    found = audit.entries(tmp_path)
    for name in ("anna", "bert", "carl"):
        mine = [entry["n"] for entry in found if entry["user"] == name]
        assert mine == list(range(99, -1, -1))


def test_details_are_told_in_one_text(tmp_path: Path) -> None:
    audit.record(tmp_path, "uploaded", "anna", "admin", files=["a.csv", "b.csv"], bytes=7)
    (row,) = audit.rows(audit.entries(tmp_path))
    assert tuple(row) == audit.COLUMNS
    assert row["details"] == "files a.csv, b.csv; bytes 7"
