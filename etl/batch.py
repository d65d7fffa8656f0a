"""One call of `load`: its files, and what its steps share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from etl.cast import Formats
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
    def rejects(self) -> str:
        """Table in which DuckDB keeps the records it could not cut."""
        return f"source_{self.load_id}_rejects"

    @property
    def written_at(self) -> datetime:
        """When the file was last written, UTC."""
        stat = self.match.source.path.stat()
        return datetime.fromtimestamp(stat.st_mtime, UTC).replace(tzinfo=None)

    @property
    def written_on(self) -> date:
        """The day the file was last written, UTC."""
        return self.written_at.date()


@dataclass
class Batch:
    """One call of `load`."""

    con: duckdb.DuckDBPyConnection
    options: LoadOptions
    scratch: Path
    notes: list[str]
    files: Sequence[File] = ()

    def number(self, query: str) -> int:
        """The one number that a query gives; 0 for none."""
        rows = self.con.execute(query).fetchall()
        return int(rows[0][0] or 0) if rows else 0

    def of_layout(self, profile: str, layout: str) -> list[File]:
        """The files of a layout."""
        return [file for file in self.files if file.key == (profile, layout)]
