"""SQL that turns text into the contract's types: one expression a cell, no sample, no guess.

Two strengths. `typed` reads the plain spellings at the speed of the file reader. What it cannot
read is kept as text, and `cleaned` reads it again with patience: currency signs, thousands marks,
trailing minus signs, written months. What both refuse is refused, with `fault` saying why.
"""

import re
from dataclasses import dataclass, field

EARLIEST, LATEST = "1970-01-01", "2199-12-31"
BLANKS = ("", "null", "(null)", "none", "n/a", "na", "nan", "nat", "\\n", "-", "--", "#n/a")
# Two-digit years come first: %Y would read 25 as the year 25.
WRITTEN_DATES = (
    "%d-%b-%y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d.%m.%y",
    "%d.%m.%Y",
    "%Y.%m.%d",
    "%Y%m%d",
)
DAY_FIRST = ("%d/%m/%y", "%d/%m/%Y", "%d-%m-%y", "%d-%m-%Y")
MONTH_FIRST = ("%m/%d/%y", "%m/%d/%Y", "%m-%d-%y", "%m-%d-%Y")
TIME_OF_DAY = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?( ?(Z|[+-]\d{2}:?\d{2}))?$"
EXCEL_EPOCH = "1899-12-30"
# What thousands are set apart with, beside the comma or point that is not the decimal mark.
WHITE = " \t\r\n\u00a0\u2007\u2009\u202f\u3000\ufeff"
SPACES = r"[\s\p{Zs}\x27’]"
EXPONENT = r"([eE][+-]?\d+)?"
COMMA_NUMBER = r"[+-]?(\d{1,3}((\.\d{3})+|(_\d{3})+)(,\d*)?|\d*,\d+|\d+,?)" + EXPONENT
POINT_NUMBER = r"[+-]?(\d{1,3}((,\d{2,3})*,\d{3}|(_\d{3})+)(\.\d*)?|\d*\.\d+|\d+\.?)" + EXPONENT
TOO_LARGE = "larger than the column can hold"


@dataclass(frozen=True)
class Formats:
    """How a file spells numbers and dates. `dates` are strptime formats tried after ISO 8601."""

    decimal: str = "."
    dates: tuple[str, ...] = ()
    serial_dates: bool = False


@dataclass(frozen=True)
class Column:
    """A contract column. `kind` is text, integer, decimal, date or boolean; `type` is DuckDB's."""

    name: str
    type: str
    required: bool
    checks: tuple[str, ...] = field(default=())

    @property
    def kind(self) -> str:
        """The family of its type, which decides how text is read."""
        base = self.type.lower().split("(")[0]
        return {"varchar": "text", "bigint": "integer"}.get(base, base)

    @property
    def is_listed(self) -> bool:
        """True when only listed words are allowed; case and spaces are then forgiven."""
        return self.kind == "text" and any(" IN (" in check for check in self.checks)


def typed(column: Column, text: str, formats: Formats) -> str:
    """SQL: `text` as the column's type, NULL where it is blank or not spelt plainly.

    The trim() is load-bearing: DuckDB 2.0 pushes a bare TRY_CAST over read_csv into the reader,
    where it becomes strict and its failures are dropped as rejected lines.
    """
    trimmed = f"trim({text})"
    if column.is_listed:
        return f"nullif(replace(lower({trimmed}), ' ', '_'), '')"
    if column.kind == "text":
        return f"nullif({trimmed}, '')"
    if column.kind == "date" and formats.dates:
        known = ", ".join(f"'{f}'" for f in formats.dates)
        return (
            f"coalesce(try_cast({trimmed} as date), "
            f"cast(try_strptime({trimmed}, [{known}]) as date))"
        )
    if column.kind == "decimal" and formats.decimal == ",":
        return (
            f"case when not contains({text}, '.') "
            f"then try_cast(replace({trimmed}, ',', '.') as {column.type}) end"
        )
    if column.kind == "integer":
        # A cast to integer would round 2.5 to 3.
        return f"case when not contains({text}, '.') then try_cast({trimmed} as integer) end"
    return f"try_cast({trimmed} as {column.type})"


def suspect(column: Column, text: str, value: str) -> str:
    """SQL: true when the row needs the patient reading because of this column."""
    conditions = [f"{value} is null"] if column.required else []
    if column.kind != "text" and not column.required:
        conditions.append(f"({value} is null and trim({text}) <> '')")
    if column.kind == "date":
        conditions.append(f"not {value} between date '{EARLIEST}' and date '{LATEST}'")
    if column.name.endswith("_id"):
        conditions.append(f"(contains({text}, '+') and {_rounded(text)})")
        conditions.append(f"contains({text}, chr(9)) or contains({text}, chr(10))")
        conditions.append(f"starts_with({value}, chr(39))")
    conditions += [f"not {check}" for check in column.checks]
    return " or ".join(conditions)


def _rounded(text: str) -> str:
    """SQL: true for an id that a spreadsheet turned into a rounded number, such as 1.23E+12."""
    return rf"regexp_full_match(trim({text}), '\d([.,]\d+)?[eE]\+\d+')"


def nonblank(cell: str) -> str:
    """SQL: the cell, or null when it holds nothing but white space."""
    return f"nullif(trim({cell}, '{WHITE}'), '')"


def blank(text: str) -> str:
    """SQL: true for what people and programs write where nothing is known."""
    tokens = ", ".join("'" + t + "'" for t in BLANKS)
    return f"coalesce(lower(trim({text}, '{WHITE}')) in ({tokens}), true)"


def bare_number(text: str) -> str:
    """SQL: `text` without currency, its minus sign in front, `_` where it had spaces."""
    code = r"([A-Z]{3}|\p{Sc})"
    bare = f"trim(replace(trim({text}, '{WHITE}'), '−', '-'), chr(39))"
    bare = f"regexp_replace({bare}, '{SPACES}', '_', 'g')"
    without_currency = rf"'^([+-]?){code}_?|_?{code}(-?)$', '\1\4'"
    bare = f"regexp_replace({bare}, {without_currency})"
    bare = rf"regexp_replace({bare}, '^\(([^-].*)\)$', '-\1')"
    bare = f"regexp_replace({bare}, {without_currency})"
    return rf"regexp_replace({bare}, '^([^-].*)-$', '-\1')"


def number_text(text: str, formats: Formats) -> str:
    """SQL: `text` as digits with a decimal point, NULL where it is not spelt as a number."""
    bare = bare_number(text)
    shape, group = (COMMA_NUMBER, ".") if formats.decimal == "," else (POINT_NUMBER, ",")
    plain = f"replace(replace({bare}, '_', ''), '{group}', '')"
    if formats.decimal == ",":
        plain = f"replace({plain}, ',', '.')"
    return f"case when regexp_full_match({bare}, '{shape}') then {plain} end"


def _number(column: Column, text: str, formats: Formats) -> str:
    as_text = number_text(text, formats)
    if column.kind == "integer":
        exact = f"try_cast({as_text} as decimal(18, 6))"
        whole = f"case when {exact} = floor({exact}) then try_cast({exact} as integer) end"
        return f"coalesce({whole}, {typed(column, text, formats)})"
    value = f"try_cast({as_text} as {column.type})"
    if column.name.endswith("_rate"):
        share = rf"regexp_extract({text}, '^(.*)%\s*$', 1)"
        share = f"try_cast({number_text(share, formats)} as decimal(18, 6)) / 100"
        value = f"coalesce({value}, try_cast({share} as {column.type}))"
    return f"coalesce({value}, {typed(column, text, formats)})"


def cleaned(column: Column, text: str, formats: Formats) -> str:
    """SQL: `text` as the column's type with every harmless ornament removed, else NULL."""
    if column.kind == "text":
        if not column.name.endswith("_id"):
            return typed(column, text, formats)
        # Spreadsheets are told by an apostrophe or a tab that an id is text.
        bare = rf"regexp_replace({text}, '^[\s\p{{Zs}}\x27]+|[\s\p{{Zs}}]+$', '', 'g')"
        return f"case when not {_rounded(bare)} then {typed(column, bare, formats)} end"
    if column.kind in ("decimal", "integer"):
        return f"case when not {blank(text)} then {_number(column, text, formats)} end"
    if column.kind == "date":
        day = f"regexp_replace(trim({text}), '{TIME_OF_DAY}', '')"
        known = ", ".join(f"'{f}'" for f in (*formats.dates, *WRITTEN_DATES))
        choices = [
            plausible(text),
            f"cast(try_strptime({day}, [{known}]) as date)",
        ]
        if formats.serial_dates:
            days = f"try_cast(trim({text}) as double)"
            choices.append(
                f"case when {days} between 25569 and 109574"
                f" then date '{EXCEL_EPOCH}' + cast(floor({days}) as integer) end"
            )
        value = f"coalesce({', '.join(choices)})"
        return (
            f"case when not {blank(text)} "
            f"and {value} between date '{EARLIEST}' and date '{LATEST}' then {value} end"
        )
    words = {
        "true": ("true", "t", "yes", "y", "1", "1.0", "x", "on", "ja", "wahr"),
        "false": ("false", "f", "no", "n", "0", "0.0", "off", "nein", "falsch"),
    }
    cases = " ".join(
        f"when lower(trim({text})) in ({', '.join(repr(w) for w in spelt)}) then {value}"
        for value, spelt in words.items()
    )
    return f"case {cases} end"


def plausible(text: str) -> str:
    """SQL: `text` read as an ISO date, NULL when no year of ours: 05-06-07 is no day of year 5."""
    day = f"try_cast(trim({text}) as date)"
    return f"case when {day} between date '{EARLIEST}' and date '{LATEST}' then {day} end"


def fault(column: Column, text: str, formats: Formats) -> str:
    """SQL: why the non-blank `text` is refused in this column, in words a person can act on."""
    if column.kind == "text":
        message = "'a spreadsheet rounded this id; export it as text'"
    elif column.kind in ("decimal", "integer"):
        as_text = number_text(text, formats)
        mark = "comma" if formats.decimal == "," else "point"
        kind = "whole number" if column.kind == "integer" else f"number with a decimal {mark}"
        large = (
            f"abs(try_cast({as_text} as double)) > {2**31 - 1 if column.kind == 'integer' else 0}"
        )
        message = f"case when {large} then '{TOO_LARGE}' else 'not a {kind}' end"
    elif column.kind == "boolean":
        message = "'not yes or no'"
    else:
        message = (
            f"case when try_cast(trim({text}) as date) is not null "
            f"then 'not a plausible date ({EARLIEST[:4]} to {LATEST[:4]})' "
            f"else 'not a date; expected YYYY-MM-DD' end"
        )
    cases = []
    for check in column.checks:
        cases.append(f"when not {_over(check, column, text, formats)} then '{wording(check)}'")
    return f"case {' '.join(cases)} else {message} end" if cases else message


def _over(check: str, column: Column, text: str, formats: Formats) -> str:
    value = cleaned(column, text, formats)
    return re.sub(rf"\b{column.name}\b", lambda _: f"({value})", check)


def holds(column: Column, value: str) -> str:
    """SQL: true when every check of the column alone holds for `value` (NULL holds)."""
    parts = [re.sub(rf"\b{column.name}\b", lambda _: f"({value})", c) for c in column.checks]
    return " and ".join(f"coalesce({p}, true)" for p in parts) or "true"


def wording(check: str) -> str:
    """A CHECK expression in words: `(ordered_qty >= 0)` is "must be at least 0"."""
    bare = re.sub(r"[()]|cast|\bas\b|decimal\d*,? ?\d*", " ", check, flags=re.I)
    if re.fullmatch(r" *\w+ +is not null *( or +\w+ +is not null *)*", bare, flags=re.I):
        return "needs " + " or ".join(re.findall(r"(\w+) +is not null", bare, flags=re.I))
    listed = re.search(r"\bin\b(.*)", bare, flags=re.I)
    if listed:
        return "must be one of " + listed[1].replace("'", "").strip()
    span = re.search(r">= *([\d.]+).*(<=?) *([\d.]+)", bare) or re.search(
        r"between +([\d.]+) +(and) +([\d.]+)", bare, flags=re.I
    )
    if span:
        return f"must be from {span[1]} to {'below ' if span[2] == '<' else ''}{span[3]}"
    least = re.search(r"(>=?) *([\d.]+)", bare)
    if least:
        return f"must be {'at least' if least[1] == '>=' else 'above'} {least[2]}"
    return "breaks the rule " + " ".join(bare.replace("'", "").split())
