"""One call of `load`: its files, and what its steps share."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from etl.cast import Formats, nonblank
from etl.profiles import Match, Profile, Rule
from etl.stage import Work


@dataclass(frozen=True)
class LoadOptions:
    """What the user says about the files.

    `profile` limits recognition, `profiles` are the user's own beside the built-in ones; `as_of`
    is the day the files speak of: it dates balances that carry no date, and says which of two
    exports is the newer; `date_format` is a strptime format, day-first or month-first; `decimal`
    is a comma or a point; `full` declares every file a full extract, so that what an earlier
    export of its series had and it lacks is closed.
    """

    profile: str | None = None
    profiles: tuple[Profile, ...] = ()
    as_of: date | None = None
    date_format: str | None = None
    decimal: str | None = None
    delimiter: str | None = None
    full: bool = False


DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
END_OF_DAY = time(23, 59, 59)
MASK = "***"


@dataclass
class File:
    """A recognised source on its way into the contract."""

    match: Match
    load_id: int
    relation: str
    notes: list[str]
    formats: Formats
    rows_in: int = 0
    text_table: str = ""
    works: list[Work] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """Name of the file, with the sheet where it has several."""
        return self.match.source.name

    @property
    def key(self) -> tuple[str, str]:
        """Profile and layout."""
        return self.match.profile.name, self.match.layout.id

    @property
    def rules(self) -> list[Rule]:
        """The rules of its profile that start from its layout."""
        return [r for r in self.match.profile.rules if r.source == self.match.layout.id]

    @property
    def shown_cells(self) -> list[str]:
        """SQL of each cell as it may be kept of a refused record: personal data is masked."""
        header, layout = self.match.source.header, self.match.layout
        cells = [f"c{i}" for i in range(len(header))]
        if layout.private is None:
            return cells
        shown = {i for c, i in self.match.bound.items() if c not in layout.private}
        return [
            cell if i in shown else f"case when {nonblank(cell)} is not null then '{MASK}' end"
            for i, cell in enumerate(cells)
        ]

    @property
    def rejects(self) -> str:
        """Table in which DuckDB keeps the records it could not cut."""
        return f"source_{self.load_id}_rejects"

    @property
    def made_at(self) -> datetime:
        """When the export was made, UTC."""
        return made_at(self.match.source.path)

    @property
    def made_on(self) -> date:
        """The day the export was made."""
        return self.made_at.date()


def made_at(path: Path) -> datetime:
    """When an export was made, UTC: the end of the day in its name, else when it was written.

    A day after the file was written is no day of an export; of two days none is it.
    """
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    days = DAY_IN_NAME.findall(Path(path.name).stem)
    with suppress(ValueError):
        (day,) = (date(*map(int, parts)) for parts in days)
        if day <= written.date() + timedelta(days=1):
            return datetime.combine(day, END_OF_DAY)
    return written


@dataclass
class Batch:
    """One call of `load`; `touched` are the loads of which other rows are in force than before."""

    con: duckdb.DuckDBPyConnection
    options: LoadOptions
    scratch: Path
    notes: list[str]
    files: Sequence[File] = ()
    touched: set[int] = field(default_factory=set)

    def number(self, query: str) -> int:
        """The one number that a query gives; 0 for none."""
        rows = self.con.execute(query).fetchall()
        return int(rows[0][0] or 0) if rows else 0

    def of_layout(self, profile: str, layout: str) -> list[File]:
        """The files of a layout."""
        return [file for file in self.files if file.key == (profile, layout)]
