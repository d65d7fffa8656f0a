"""Damage of the kinds that files really suffer, and of kinds they do not, byte- and row-wise."""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from random import Random

from tests.fuzz.corpus import Seed

ODD_BYTES = [
    b'"', b'""', b"'", b"\n", b"\r", b"\r\n", b"\n\n", b"\x00", b"\x00" * 9, b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xfe\xff", b"\xff", b"\xc3", b"\xe2\x80\xa8", b"\xc2\x85", b"\x0b", b"\x1c",
    b"\x1a", b"\x7f", b",", b";", b"\t", b"|", b"\\", b"\\N", b"#", b"{", b"}", b"[", b"]",
    b"sep=;\n", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xc2\xa0",
]  # fmt: skip
ODD_CELLS = [
    "", " ", "\u00a0", "-", "--", "NULL", "null", "N/A", "#DIV/0!", "nan", "inf", "-inf", "1e400",
    "1e-400", "9" * 40, "-9" * 30, "0x10", "1_000", "1,234.5", "1.234,5", "1.234", "1,234", "5-",
    "(5)", "€5", "5 EUR", "50%", "2026-02-30", "31/12/2026", "12/31/2026", "05/06/07", "0000-00-00",
    "infinity", "epoch", "20260105", "46027", "2026-W05", "1.5E+11", "true", "WAHR", "'007",
    "=1+1", "a\nb", 'a"b', '"', '""', '"a', 'a"', "\x00", "\u202e", "é" * 3000, "x" * 70_000,
    "Total", "Grand total", "Summe", "a,b", "a;b", "a\tb", "\\", "\\N", "\ufeff",
    "'; drop table x; --", "{'a': 1}", "[1, 2]", "١٢", "$.a", "%s", "{}", "\u2028", "\x85",
]  # fmt: skip
ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig", "utf-32", "cp437", "cp1251"]
SUFFIXES = [".csv", ".tsv", ".txt", ".json", ".ndjson", ".xlsx", ".parquet", ".xls", ".ods", ""]
Mutation = Callable[[bytes, Random], bytes]


def mutated(seed: Seed, other: Seed, random: Random) -> Seed:
    """`seed` after one to four mutations; now and then under another ending."""
    name, data = seed.name, seed.data
    kind = name.rpartition(".")[2]
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        if random.random() < 0.06:
            data = _spliced(data, other.data, random)
            continue
        if kind != "xlsx" and random.random() < 0.02:
            data = _huge(data, random)
            continue
        known: list[Mutation] = BYTE_WISE
        if kind == "xlsx" and random.random() < 0.6:
            known = [_inside_zip]
        elif kind not in ("xlsx", "parquet") and random.random() < 0.75:
            known = ROW_WISE
        data = random.choice(known)(data, random)
    if random.random() < 0.04:
        name = name.rpartition(".")[0] + random.choice(SUFFIXES)
    return Seed(name, data)


def _spliced(data: bytes, other: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


# Byte-wise ---------------------------------------------------------------------------------------


def _flip_bits(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 64)) if changed else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _truncate(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _insert(data: bytes, random: Random) -> bytes:
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        anywhere = random.randint(0, len(data))
        at = random.choice((0, len(data), anywhere, anywhere))
        data = data[:at] + random.choice(ODD_BYTES) + data[at:]
    return data


def _cut_out(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + data[at + random.choice((1, 2, 7, 100, 3000)) :]


def _repeat(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + data[at : at + random.choice((1, 3, 50, 2000))] * 2 + data[at:]


def _replace_byte(data: bytes, random: Random) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data.replace(data[at : at + 1], random.choice(ODD_BYTES))


def _noise(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.randbytes(random.choice((1, 4, 64, 4096))) + data[at:]


BYTE_WISE: list[Mutation] = [
    _flip_bits, _truncate, _insert, _insert, _cut_out, _repeat, _replace_byte, _noise,
]  # fmt: skip


# Row-wise: lines and cells of text -----------------------------------------------------------


def _by_lines(change: Callable[[list[str], Random], None]) -> Mutation:
    def apply(data: bytes, random: Random) -> bytes:
        lines = data.decode("utf-8", "surrogateescape").split("\n")
        change(lines, random)
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    return apply


def _mark(lines: list[str]) -> str:
    return max(",;\t|", key=lines[0].count)


def _odd_cell(lines: list[str], random: Random) -> None:
    for _ in range(random.choice((1, 1, 3, 10))):
        at, mark = random.randrange(len(lines)), _mark(lines)
        cells = lines[at].split(mark)
        odd = random.choice(ODD_CELLS)
        if random.random() < 0.3:
            odd = '"' + odd.replace('"', '""') + '"'
        cells[random.randrange(len(cells))] = odd
        lines[at] = mark.join(cells)


def _odd_column(lines: list[str], random: Random) -> None:
    mark = _mark(lines)
    place, odd = random.randrange(len(lines[0].split(mark))), random.choice(ODD_CELLS)
    for at in range(1, len(lines)):
        cells = lines[at].split(mark)
        if place < len(cells) and random.random() < 0.7:
            cells[place] = odd
        lines[at] = mark.join(cells)


def _other_mark(lines: list[str], random: Random) -> None:
    mark, other = _mark(lines), random.choice(",;\t|^ ")
    some = random.random() < 0.3
    for at, line in enumerate(lines):
        lines[at] = line if some and random.random() < 0.5 else line.replace(mark, other)


def _ragged(lines: list[str], random: Random) -> None:
    mark = _mark(lines)
    for _ in range(random.choice((1, 3, 20))):
        at = random.randrange(len(lines))
        cells = lines[at].split(mark)
        lines[at] = mark.join(random.choice((cells[:-1], cells[:1], [*cells, "x"], cells * 2)))


def _odd_lines(lines: list[str], random: Random) -> None:
    mark = _mark(lines)
    width = lines[0].count(mark)
    total = f"Grand Total{mark * width}"
    kinds = ["", " ", mark * width, lines[0], total, "Page 1 of 2", "-" * 40, '"']
    for _ in range(random.choice((1, 2, 10))):
        lines.insert(random.randint(0, len(lines)), random.choice(kinds))


def _header(lines: list[str], random: Random) -> None:
    mark = _mark(lines)
    cells = lines[0].split(mark)
    at = random.randrange(len(cells))
    change = random.randrange(7)
    if change == 0:
        del cells[at]
    elif change == 1:
        cells.insert(at, random.choice([*cells, "", "note", "x" * 5000]))
    elif change == 2:
        cells[at] = random.choice(["", cells[-1], '"' + cells[at] + '\nx"', cells[at].upper(), '"'])
    elif change == 3:
        random.shuffle(cells)
    elif change == 4:
        cells += ["extra"] * random.choice((1, 30, 600))
    elif change == 5:
        lines[0:0] = random.choice((["Report"], ["", "a title", ""], ['"two\nlines"'], ["x"] * 25))
        return
    lines[0] = mark.join(cells)


def _shuffle(lines: list[str], random: Random) -> None:
    rest = lines[1:]
    random.shuffle(rest)
    lines[1:] = rest


def _twice(lines: list[str], random: Random) -> None:
    lines += random.choices(lines, k=random.choice((1, 5, len(lines))))


def _unbalanced_quote(lines: list[str], random: Random) -> None:
    mark = _mark(lines)
    at = random.randrange(len(lines))
    cells = lines[at].split(mark)
    where = random.randrange(len(cells))
    cells[where] = random.choice(('"' + cells[where], cells[where] + '"', '"x" ' + cells[where]))
    lines[at] = mark.join(cells)
    if random.random() < 0.4:
        later = min(len(lines) - 1, at + random.randint(1, 30))
        lines[later] += '"'


def _line_ends(data: bytes, random: Random) -> bytes:
    end = random.choice((b"\r\n", b"\r", b"\n\r", b"\r\r\n"))
    if random.random() < 0.5:
        return data.replace(b"\n", end)
    return re.sub(b"\n", lambda _: end if random.random() < 0.3 else b"\n", data)


def _encode(data: bytes, random: Random) -> bytes:
    return data.decode("utf-8", "replace").encode(random.choice(ENCODINGS), "replace")


def _huge(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    filler = random.choice((b"x", b"x,", b'"', b'""', b"\n", b"9", b" ", b"\xe2\x82\xac"))
    times = random.choice((70_000, 300_000, 2_100_000)) // len(filler)
    return data[:at] + filler * times + data[at:]


ROW_WISE: list[Mutation] = [
    *(_by_lines(change) for change in (
        _odd_cell, _odd_cell, _odd_cell, _odd_column, _other_mark, _ragged, _odd_lines, _header,
        _header, _shuffle, _twice, _unbalanced_quote,
    )),
    _line_ends, _encode,
]  # fmt: skip


# Workbooks: damage inside the archive ------------------------------------------------------------


def _inside_zip(data: bytes, random: Random) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # a broken archive breaks Python's reader in many ways
        return _flip_bits(data, random)
    if not members:
        return data
    name = random.choice(sorted(members))
    if random.random() < 0.15:
        del members[name]
    elif random.random() < 0.5:
        members[name] = random.choice(BYTE_WISE)(members[name], random)
    else:
        members[name] = _odd_xml(members[name], random)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    return out.getvalue()


def _odd_xml(data: bytes, random: Random) -> bytes:
    """Change values and attributes, the markup kept well-formed mostly."""
    parts = re.split(rb'(>[^<>]*<|"[^"<>]*")', data)
    places = [i for i, part in enumerate(parts) if part[:1] in (b">", b'"')]
    for _ in range(random.choice((1, 3, 10)) if places else 0):
        at = random.choice(places)
        first, last = parts[at][:1], parts[at][-1:]
        odd = random.choice([*ODD_CELLS, "99999999", "-1", "s", "inlineStr", "e", "XFD1048576"])
        odd = re.sub(r'[<>"&\x00]', "", odd)
        parts[at] = first + odd.encode("utf-8", "replace") + last
    return b"".join(parts)
