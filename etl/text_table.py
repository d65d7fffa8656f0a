"""Rows as plain text for a terminal: columns aligned, numbers to the right."""

from collections.abc import Sequence
from decimal import Decimal


def text_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A header, a rule and the rows, each line ended; missing values are blank."""
    cells = [[_text(value) for value in row] for row in rows]
    widths = [
        max(len(name), *(len(row[i]) for row in cells)) if cells else len(name)
        for i, name in enumerate(names)
    ]
    numeric = [all(_is_number(row[i]) for row in rows) for i in range(len(names))]
    lines = [_line(names, widths, numeric), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths, numeric) for row in cells]
    return "".join(f"{line}\n" for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    parts = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return "  ".join(parts).rstrip()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # A line end inside a cell would break the row in two, an escape could drive the terminal.
    return "".join(each if each.isprintable() else " " for each in str(value))


def _is_number(value: object) -> bool:
    return value is None or (
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    )
