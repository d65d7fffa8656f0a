"""Opening files: encodings, delimiters, the header's row, folders."""

import csv
import hashlib
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import InputError
from etl.profiles import recognise
from etl.read import CHUNK_BYTES, Source, blank_lines, counted, find_files, json_pointer, read

HEAD = "order_id,order_date,item_id,ordered_qty\n"
GOOD = "S1,2026-01-05,A,5\n"


def opened(tmp_path: Path, content: bytes | str, name: str = "a.csv") -> Source:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    (source,) = read(path, scratch)
    return source


def cells(source: Source) -> list[tuple[str | None, ...]]:
    with duckdb.connect() as con:
        columns = ", ".join(f"c{i}" for i in range(len(source.header)))
        return con.execute(f"select {columns} from {source.register(con, 'v')}").fetchall()


@pytest.mark.parametrize(
    ("codec", "mark", "label"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", b"\xef\xbb\xbf", "UTF-8 with BOM"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("cp1252", b"", "Windows-1252"),
    ],
)
def test_encodings(tmp_path: Path, codec: str, mark: bytes, label: str) -> None:
    content = mark + (HEAD + "Ä1,2026-01-05,café,5\n").encode(codec)

    source = opened(tmp_path, content)

    assert source.format == f"{label}, comma"
    assert source.header == tuple(HEAD.strip().split(","))
    assert cells(source) == [("Ä1", "2026-01-05", "café", "5")]
    assert source.sha256 == hashlib.sha256(content).hexdigest()
    assert source.bytes == len(content)


def test_a_character_cut_by_the_readers_chunks(tmp_path: Path) -> None:
    lead = (HEAD + GOOD * 60_000)[: CHUNK_BYTES - 1]
    lead = lead[: lead.rindex("\n") + 1]
    lead += "x" * (CHUNK_BYTES - 1 - len(lead))
    assert len(lead) == CHUNK_BYTES - 1

    source = opened(tmp_path, lead + "é,2026-01-05,A,5\n")

    assert source.notes == ()
    assert (cells(source)[-1][0] or "").endswith("xé")


def test_a_line_end_cut_by_the_readers_chunks(tmp_path: Path) -> None:
    text = (HEAD + GOOD * 60_000).replace("\n", "\r\n")
    text = "x" * (CHUNK_BYTES - text.index("\r", CHUNK_BYTES - 100) - 1) + text

    source = opened(tmp_path, text)

    assert text[CHUNK_BYTES - 1] == "\r"
    assert source.text_path == source.path, "no copy: all line ends are alike"


@pytest.mark.parametrize(
    ("delimiter", "name"),
    [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "pipe")],
)
def test_delimiters(tmp_path: Path, delimiter: str, name: str) -> None:
    text = HEAD.replace(",", delimiter) + delimiter.join(["S1", "2026-01-05", "a, b; c", "5"])

    source = opened(tmp_path, text.replace("a, b; c", '"a, b; c"'))

    assert source.format == f"UTF-8, {name}"
    assert cells(source) == [("S1", "2026-01-05", "a, b; c", "5")]


def test_a_decimal_comma_does_not_make_the_comma_a_delimiter(tmp_path: Path) -> None:
    source = opened(tmp_path, "item;on hand;cost\nA;1,5;2,5\nB;1,5;2,5\n")

    assert source.delimiter == ";"


def test_a_list_in_a_cell_does_not_make_its_marks_the_delimiter(tmp_path: Path) -> None:
    source = opened(tmp_path, 'item,on hand\n"a;b;c;d;e",5\nB,6\n')

    assert source.delimiter == ","


@pytest.mark.parametrize("above", [0, 1, 5, 19])
def test_the_header_is_found_below_titles(tmp_path: Path, above: int) -> None:
    titles = "".join(f"Report line {i}\n" if i % 2 == 0 else "\n" for i in range(above))

    source = recognise(opened(tmp_path, titles + HEAD + GOOD)).source

    assert source.header_row == above
    assert cells(source) == [("S1", "2026-01-05", "A", "5")]


def test_a_header_too_far_down_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no header of a known layout was found"):
        recognise(opened(tmp_path, "Report\n" * 20 + HEAD + GOOD))


def test_files_are_taken_in_order_and_folders_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("b.csv", "a.XLSX", "c.ndjson", "readme.md", ".hidden.csv", "~$a.xlsx"):
        (folder / name).write_text("x")
    (folder / "deeper").mkdir()
    named = tmp_path / "orders.export"
    named.write_text("x")

    files, notes = find_files([named, folder])

    assert [file.name for file in files] == ["orders.export", "a.XLSX", "b.csv", "c.ndjson"]
    assert notes == ["readme.md: not a data file, passed over"]


def test_a_folder_without_data_and_a_wrong_path(tmp_path: Path) -> None:
    with pytest.raises(InputError) as empty:
        find_files([tmp_path])
    assert str(empty.value).startswith(f"the folder holds no data file ({tmp_path}). Put exports")
    with pytest.raises(InputError) as wrong:
        find_files([tmp_path / "none.csv"])
    assert str(wrong.value) == f"no such file or folder ({tmp_path / 'none.csv'}). Check the path"


def test_a_file_that_vanished_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path / "a.csv", tmp_path)
    assert str(caught.value) == (
        "the file cannot be read: No such file or directory (a.csv)."
        " Check that it is still there and that you may read it"
    )


def test_words_that_databases_write_for_nothing(tmp_path: Path) -> None:
    source = opened(tmp_path, 'a,b,c,d,e\nNULL,\\N,"NULL","",null\n')

    assert cells(source) == [(None, None, None, None, "null")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_are_found_outside_cells(tmp_path: Path, end: str) -> None:
    text = 'a,b@@1,"x@@y"@@@2,5" pipe@3,"""@@"@@4,5@'
    outside = [text.index(before) + len(before) for before in ("a,b@", 'y"@', 'y"@@', '@@"@')]
    stretch = len(end) - 1

    found = blank_lines(opened(tmp_path, text.replace("@", end)))

    assert found == [i + 1 + stretch * text[:i].count("@") for i in outside]


@settings(max_examples=30, deadline=None)
@given(
    table=st.lists(
        st.lists(st.text('ab,;"\n \u00e9', max_size=5), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_record_comes_back_as_csv_reads_it(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], end: str, codec: str
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["one", "two", "three"], *table])

    path = tmp_path_factory.mktemp("read") / "a.csv"
    path.write_bytes(stream.getvalue().encode(codec))
    (source,) = read(path, path.parent, delimiter=",")

    assert cells(source) == [tuple(cell or None for cell in row) for row in table]


def test_small_words() -> None:
    assert counted(1, "row") == "1 row"
    assert counted(2000, "row") == "2,000 rows"
    assert json_pointer("a/b~c") == "/a~1b~0c"
