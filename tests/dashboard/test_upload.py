"""What strangers' files may do: nothing but be read, within limits, under harmless names."""

import io
import stat
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from dashboard import access, loader, upload
from dashboard.access import Reader, Role
from dashboard.front import Front
from dashboard.loader import Failure, Job
from dashboard.upload import Folder, UploadError


@dataclass
class Uploaded:
    name: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def getbuffer(self) -> memoryview:
        return memoryview(self.content)


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("orders.csv", "orders.csv"),
        ("Bestellungen März (2).XLSX", "Bestellungen März (2).xlsx"),
        ("../../etc/cron.d/orders.csv", "orders.csv"),
        ("C:\\exports\\orders.csv", "orders.csv"),
        ("--fresh.csv", "fresh.csv"),
        ("*[a-z]?.csv", "a-z__.csv"),
        ("a\nb\x00;$(rm -rf).csv", "a_b___(rm -rf).csv"),
        (".hidden.csv", "hidden.csv"),
        ("x" * 300 + ".csv", "x" * 100 + ".csv"),
        ("orders.csv.parquet", "orders.csv.parquet"),
    ],
)
def test_a_name_is_no_path_no_option_and_no_pattern(name: str, kept: str) -> None:
    assert upload.safe_name(name) == kept


@pytest.mark.parametrize("name", ["x.exe", "csv", ".csv", "", "a.source.toml", "b.csv/"])
def test_other_kinds_of_files_are_turned_away(name: str) -> None:
    with pytest.raises(UploadError) as error:
        upload.safe_name(name)
    assert "Export it as one of" in error.value.failure.remedy


def test_the_folder_is_private_and_goes_with_its_holder() -> None:
    folder = Folder()
    kept = folder.add(Uploaded("a/orders.csv", b"x"))
    folder.add(Uploaded("b/orders.csv", b"yy"))
    assert folder.files == [kept]
    assert kept.read_bytes() == b"yy"
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    del folder
    assert not kept.exists()


def test_files_together_stay_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKORDERS_UPLOAD_MB", "1")
    folder = Folder()
    folder.add(Uploaded("a.csv", bytes(600_000)))
    with pytest.raises(UploadError, match="more than 1 MB"):
        folder.add(Uploaded("b.csv", bytes(600_000)))
    folder.add(Uploaded("a.csv", bytes(700_000)))
    assert [each.name for each in folder.files] == ["a.csv"]


def test_an_archive_that_unpacks_to_too_much_is_turned_away() -> None:
    folder = Folder()
    with pytest.raises(UploadError, match="unpacks to more than 50 MB"):
        folder.add(Uploaded("stock.xlsx", zipped({"sheet.xml": bytes(60_000_000)})))
    assert not folder.files
    folder.add(Uploaded("stock.zip", zipped({"stock.csv": bytes(1_000_000)})))


def test_an_archive_that_lies_about_its_size_is_turned_away() -> None:
    honest = zipped({"sheet.xml": bytes(1_000_000)})
    lying = honest.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(UploadError, match="damaged"):
        Folder().add(Uploaded("stock.xlsx", lying))


@pytest.mark.parametrize("content", [b"PK", b"PK\x03\x04" + b"x" * 100])
def test_a_broken_archive_is_turned_away(content: bytes) -> None:
    with pytest.raises(UploadError, match="damaged"):
        Folder().add(Uploaded("stock.zip", content))


@pytest.mark.parametrize(
    ("role", "environment", "why_not"),
    [
        (Role.ADMIN, {}, None),
        (Role.ADMIN, {"BACKORDERS_UPLOAD": "off"}, "switched off"),
        (Role.ANALYST, {}, "needs the role admin"),
        (Role.VIEWER, {"BACKORDERS_UPLOAD": "on"}, "needs the role admin"),
    ],
)
def test_only_those_allowed_may_load_files(
    monkeypatch: pytest.MonkeyPatch,
    role: Role,
    environment: dict[str, str],
    why_not: str | None,
) -> None:
    monkeypatch.setattr(access, "who", lambda: Reader("anna@example.com", role))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = upload.refusal()
    assert found is None if why_not is None else why_not in str(found)


@pytest.mark.parametrize(
    ("session", "method", "code"),
    [("anna", "PUT", 200), ("stranger", "PUT", 403), ("stranger", "DELETE", 403)],
)
def test_bytes_are_taken_only_from_who_was_shown_where_to_drop_them(
    monkeypatch: pytest.MonkeyPatch, session: str, method: str, code: int
) -> None:
    monkeypatch.setattr(upload, "_admitted", {"anna": None})
    client = TestClient(Front(PlainTextResponse("taken"), ["localhost"]), "http://localhost")
    answer = client.request(method, f"/_stcore/upload_file/{session}/1", content=b"a,b")
    assert answer.status_code == code
    assert "content-security-policy" in answer.headers
    assert (answer.text == "taken") is (code == 200)


def job(script: str, seconds: float | None = None) -> Job:
    folder = tempfile.TemporaryDirectory()
    with Path(folder.name, "out").open("wb") as out, Path(folder.name, "err").open("wb") as err:
        process = subprocess.Popen(
            ["/bin/sh", "-c", script], stdout=out, stderr=err, start_new_session=True
        )
    return Job(process, folder, seconds)


def ended(script: str) -> Job:
    made = job(script)
    made.process.wait()
    return made


def test_a_loader_that_takes_too_long_is_stopped() -> None:
    slow = job("sleep 60", seconds=0.05)
    slow.wait(0.1)
    assert not slow.is_running
    assert slow.failure
    assert "took longer" in slow.failure.what


def test_an_error_of_the_loader_is_told_in_its_words() -> None:
    told = "printf 'a note\\nerror: no: good\\n  where: a.csv, row 3\\n  remedy: mend it\\n' >&2"
    failed = ended(f"{told}; exit 3")
    assert failed.failure == Failure("no: good", "a.csv, row 3", "mend it")
    assert failed.narration == ["a note"]
    killed = ended("kill -9 $$")
    assert killed.failure
    assert "stopped before it was done" in killed.failure.what
    assert ended("true").failure is None


def test_progress_never_goes_back() -> None:
    steps = ["Loading a (b).csv (1 of 2)", "Loading c.csv (2 of 2)", "Building core.x (1 of 70)"]
    shares = []
    for count in range(len(steps) + 1):
        script = "".join(f"echo '{step}' >&2; " for step in steps[:count])
        shares.append(ended(script or "true").progress.share)
    assert shares == sorted(shares)
    assert shares[-1] == 0.5
    assert (
        ended("echo 'Loading a (b).csv (1 of 2)' >&2").progress.text == "Loading a (b).csv, 1 of 2"
    )


def test_a_failing_preview_says_so(tmp_path: Path) -> None:
    failed = loader.preview([tmp_path / "gone.csv"], [], tmp_path)
    failed.process.wait()
    assert loader.preview_result(failed) is None
    assert failed.failure
    assert failed.failure.what == "no such file or folder"
