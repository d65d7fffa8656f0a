"""The versions of a contract row: the one in force, in `contract`, and the replaced, in `history`.

Of two versions of a key the newer is the one whose load was exported later; of two exported at the
same moment, the one loaded later. So the order in which files arrive does not matter. Where a load
has no line numbers of its own, its lines' ranks identify nothing, and its documents count as a
whole: the newest load of a document replaces all that older loads knew of it, numbered or not.
A version in history that equals the next newer one of its key is kept without its content.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb

from etl.profiles import CONTRACT
from etl.stage import contract_columns
from sql.models import HISTORY, LINEAGE, recorded_models

ARRIVING = "arriving"


@dataclass(frozen=True)
class Versions:
    """The versions of one contract table's rows."""

    con: duckdb.DuckDBPyConnection
    name: str

    @property
    def table(self) -> str:
        """Table of the rows in force."""
        return f"{CONTRACT}.{self.name}"

    @property
    def history(self) -> str:
        """Table of the replaced rows."""
        return f"{HISTORY}.{self.name}"

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that identify a row."""
        return recorded_models()[self.table].grain

    @cached_property
    def content(self) -> tuple[str, ...]:
        """Columns that are not part of the key."""
        return tuple(c.name for c in contract_columns(self.name) if c.name not in self.key)

    @cached_property
    def has_whole_documents(self) -> bool:
        """True when a load in the books replaces the table's documents as a whole."""
        return "line_id" in self.key and bool(self._whole_loads())

    @property
    def unit(self) -> tuple[str, ...]:
        """Columns whose values share no version with others': a document's number, or the key."""
        return self.key[:1] if self.has_whole_documents else self.key

    def meets(self, rows: str, names: Collection[str]) -> bool:
        """True when the contract knows something of the rows, which have the columns `names`."""
        if not self._any(f"from {self.table}"):
            return False
        same = _same("old", "new", self.unit, names)
        return self._any(f"select 1 from {self.table} as old semi join {rows} as new on {same}")

    def add(self, load_id: int, rows: str) -> set[int]:
        """Let a load's rows take their places among the versions; returns the loads concerned.

        `rows` is SQL of some of the table's columns and all of LINEAGE.
        """
        self.con.execute(f"create or replace temp table {ARRIVING} as from {self.table} limit 0")
        self.con.execute(f"insert into {ARRIVING} by name select * from {rows}")
        self._rank_loads()
        touched = {load_id}
        if self._entangled(load_id):
            touched |= self.rebuild("entangled")
            same = _same("arriving", "entangled", self.unit)
            self.con.execute(f"delete from {ARRIVING} as arriving using entangled where {same}")
        return touched | self._replace(load_id)

    def remove(self, loads: Sequence[int]) -> set[int]:
        """Take loads out, restoring what they had replaced; returns the other loads concerned."""
        self._rank_loads()
        gone = f"load_id in ({_listed(loads)})"
        mine, others = (
            " union all ".join(
                f"select {', '.join(self.unit)} from {table} where {test}"
                for table in (self.table, self.history)
            )
            for test in (gone, f"not {gone}")
        )
        self.con.execute(
            f"create or replace temp table shared as select distinct mine.* from ({mine}) as mine"
            f" semi join ({others}) as others on {_same('mine', 'others', self.unit)}"
        )
        touched = self.rebuild("shared", loads) if self._any("from shared") else set()
        for table in (self.table, self.history):
            self.con.execute(f"delete from {table} where {gone}")
        return touched

    def rebuild(self, units: str, leaving: Sequence[int] = ()) -> set[int]:
        """Work out anew what is in force of the units, with what arrives, without what leaves."""
        key, lineage = ", ".join(self.key), ", ".join(LINEAGE)
        record = "{" + ", ".join(f"'{c}': {c}" for c in self.content) + "}"
        of_units = f"semi join {units} as units on {_same('one', 'units', self.unit)}"
        told = f"{key}, {lineage}, place, is_whole"
        # What is kept without its content has the content of the next newer one that has any.
        self.con.execute(
            f"create or replace temp table versions as select {told},"
            f" last_value(case when not is_same then {record} end ignore nulls) over ("
            f"partition by {key} order by place desc"
            f" rows between unbounded preceding and current row) as content"
            f" from (select one.*, false as is_same from {self.table} as one {of_units}"
            f" union all by name select one.* from {self.history} as one {of_units})"
            f" inner join precedence using (load_id)"
        )
        if leaving:
            self.con.execute(f"delete from versions where load_id in ({_listed(leaving)})")
        else:
            self.con.execute(
                f"insert into versions by name select {told}, {record} as content"
                f" from {ARRIVING} as one inner join precedence using (load_id) {of_units}"
            )
        for table in (self.table, self.history):
            self.con.execute(
                f"delete from {table} as one using {units} as units"
                f" where {_same('one', 'units', self.unit)}"
            )
        self.con.execute(
            f"create or replace temp view judged as select *, {self._in_force()} as in_force,"
            f" lead(content) over (partition by {key} order by place) as newer from versions"
        )
        fields = ", ".join(f"content.{c} as {c}" for c in self.content)
        self.con.execute(
            f"insert into {self.table} by name"
            f" select {key}, {fields}, {lineage} from judged where in_force"
        )
        self.con.execute(
            f"insert into {self.history} by name"
            f" select {key}, {_unless_same(self.content, 'content.')}, {lineage}, is_same"
            f" from (select *, content is not distinct from newer as is_same"
            f" from judged where not in_force)"
        )
        rows = self.con.execute("select distinct load_id from versions").fetchall()
        self.con.execute("drop view judged")
        self.con.execute("drop table versions")
        return {int(row[0]) for row in rows}

    def _in_force(self) -> str:
        """SQL: whether a version is the one in force, among the versions of its unit."""
        newest = f"place = max(place) over (partition by {', '.join(self.key)})"
        if not self.has_whole_documents:
            return newest
        document = f"over (partition by {self.key[0]})"
        return (
            f"case when is_whole then place = max(place) {document}"
            f" else {newest} and place > coalesce(max(place) filter (is_whole) {document}, 0) end"
        )

    def _entangled(self, load_id: int) -> bool:
        """Put into `entangled` the units of what arrives that are more than a plain replacement.

        That is where something newer is in force, and where a line comes back to a document that
        had lost it: what history knows of the line has a next newer version then.
        """
        units = ", ".join(f"old.{c}" for c in self.unit)
        found = [
            f"select {units} from {self.table} as old"
            f" semi join {ARRIVING} as new on {_same('old', 'new', self.unit)}"
            f" where old.load_id in (select load_id from precedence where place >"
            f" (select place from precedence where load_id = {load_id}))"
        ]
        if self.has_whole_documents:
            same = _same("new", "kept", self.key)
            found.append(
                f"select {units} from {self.history} as old semi join ("
                f"from {ARRIVING} as new anti join {self.table} as kept on {same}) as back"
                f" on {_same('old', 'back', self.key)}"
            )
        self.con.execute(
            f"create or replace temp table entangled as select distinct *"
            f" from ({' union all '.join(found)})"
        )
        return self._any("from entangled")

    def _replace(self, load_id: int) -> set[int]:
        """Put what arrives in force, and what it replaces, all of it older, into history."""
        whole = self._whole_loads() if self.has_whole_documents else set()
        if load_id in whole:
            replaced = [(self.unit, "true")]
        elif whole:
            known_whole = f"old.load_id in ({_listed(whole)})"
            replaced = [(self.unit, known_whole), (self.key, f"not {known_whole}")]
        else:
            replaced = [(self.key, "true")]
        touched: set[int] = set()
        for columns, test in replaced:
            touched |= self._retire(columns, test)
        self.con.execute(f"insert into {self.table} by name select * from {ARRIVING}")
        self.con.execute(f"drop table {ARRIVING}")
        return touched

    def _retire(self, columns: Sequence[str], test: str) -> set[int]:
        """Move rows that equal an arriving one in the columns to history; returns their loads."""
        same = _same("old", "new", columns)
        old = f"{self.table} as old"
        if columns != self.key:
            old = f"(select old.* from {old} semi join {ARRIVING} as new on {same}) as old left"
        found = self.con.execute(
            f"select distinct old.load_id from {self.table} as old"
            f" semi join {ARRIVING} as new on {same} where {test}"
        ).fetchall()
        self.con.execute(
            f"insert into {self.history} by name"
            f" select {', '.join(self.key)}, {_unless_same(self.content)}, {', '.join(LINEAGE)},"
            f" is_same from (select old.*,"
            f" new.load_id is not null and {_same('old', 'new', self.content)} as is_same"
            f" from {old} join {ARRIVING} as new on {_same('old', 'new', self.key)} where {test})"
        )
        self.con.execute(
            f"delete from {self.table} as old using {ARRIVING} as new where {same} and {test}"
        )
        return {int(row[0]) for row in found}

    def _rank_loads(self) -> None:
        self.con.execute(
            "create or replace temp table precedence as select load_id,"
            " row_number() over (order by exported_at, load_id) as place,"
            f" {self._is_whole()} as is_whole from quality.loads"
        )

    def _whole_loads(self) -> set[int]:
        found = self.con.execute(f"select load_id from quality.loads where {self._is_whole()}")
        return {int(row[0]) for row in found.fetchall()}

    def _is_whole(self) -> str:
        return f"list_contains(string_split(whole_documents, ', '), '{self.name}')"

    def _any(self, query: str) -> bool:
        return self.con.execute(f"select 1 from ({query}) limit 1").fetchone() is not None


def _same(
    one: str, other: str, columns: Sequence[str], names: Collection[str] | None = None
) -> str:
    """SQL: equal in the columns, nulls being equal; `other` has only `names` of them, if given."""
    known = columns if names is None else names
    pairs = [(f"{one}.{c}", f"{other}.{c}" if c in known else "null") for c in columns]
    return " and ".join(f"{mine} is not distinct from {its}" for mine, its in pairs)


def _unless_same(columns: Iterable[str], of: str = "") -> str:
    """SQL: the columns, nothing in them where a row equals the next newer one."""
    return ", ".join(f"case when not is_same then {of}{c} end as {c}" for c in columns)


def _listed(loads: Iterable[int]) -> str:
    return ", ".join(str(each) for each in loads)
