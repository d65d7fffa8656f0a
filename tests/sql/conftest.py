"""Collects the model cases: tests/sql/<subject>/<case>.yaml, rows given and rows expected.

A case holds `given` (rows per contract table), `expected` (rows per model) and, where they matter,
`as_of`, `currency` and `assumptions`. Cases are sparse: a contract column left out is null, a
`line_id` left out is '1', a load's columns are those of `LOAD`, and of a model only the columns
named are compared, over all its rows, or those of a condition: `{where: …, rows: […]}`. A macro is
named with what it is asked: `schema.name('I', 5)`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from sql import models

TESTED = {"core", "backlog", "suppliers", "causes", "risk", "cash_flow", "planned"}
LINE_TABLES = {"sales_order_lines", "purchase_order_lines", "receipts", "shipments"}
LOAD = {
    "source_file": "f.csv",
    "sha256": "x",
    "bytes": 1,
    "source_system": "contract",
    "layout": "l",
    "series": "s",
    "exported_at": "2026-01-01",
    "is_full": False,
    "joined_loads": "",
    "tables": "",
    "whole_documents": "",
    "format": "csv",
    "rows_in": 0,
    "rows_loaded": 0,
    "rows_refused": 0,
    "rows_superseded": 0,
    "refused_cells": 0,
    "seconds": 1,
    "loaded_at": "2026-01-01",
}


class World:
    """An in-memory database with every model built, refilled for each case.

    A stored model is made again only where something it reads has other rows than when it was
    last made: between two small cases most models stay as they are. What a case does not read is
    of an earlier case: asking for it fails.
    """

    def __init__(self) -> None:
        self.con = duckdb.connect(config={"threads": 1})  # a few rows: threads only cost
        self.con.execute("set threads = 1")  # small data; the suite runs on every core itself
        models.build(self.con)
        self._fresh: set[str] = {*models.load_models()}
        self._made: dict[str, tuple[Any, Any]] = {}  # model -> stamps of what it read, its own

    def fill(
        self,
        given: Mapping[str, list[dict[str, Any]]],
        as_of: Any = None,
        currency: str | None = None,
        assumptions: Mapping[str, str] | None = None,
        reading: tuple[str, ...] = (),
    ) -> None:
        """Replaces all input rows and renews the stored models that `reading` depends on."""
        for name, model in models.load_models().items():
            if model.recorded and name != "core.assumptions":
                self.con.execute(f"delete from {name}")
        self.con.execute("insert into core.run values (?, ?, false, 'test')", [as_of, currency])
        models.write_assumptions(self.con, assumptions or {})
        for table, rows in given.items():
            self._insert(table if "." in table else f"contract.{table}", rows)
        needed = models.upstream(reading or tuple(models.load_models()))
        self._fresh = needed | models.recorded_models().keys()
        stamps: dict[str, Any] = {
            "core.run": (as_of, currency),
            "core.assumptions": sorted((assumptions or {}).items()),
            **{
                table if "." in table else f"contract.{table}": repr(rows)
                for table, rows in given.items()
                if rows
            },
        }
        for name, model in models.load_models().items():
            if name not in needed or model.recorded:
                continue
            read = [stamps.get(each) for each in model.depends]
            if model.store != "table":
                stamps[name] = read
                continue
            if name not in self._made or self._made[name][0] != read:
                self.con.execute(f"create or replace table {name} as {model.sql}")
                self._made[name] = read, self._stamp(name)
            stamps[name] = self._made[name][1]

    def _stamp(self, name: str) -> Any:
        """What tells the rows of a table from others."""
        return self.rows(f"select count(*), sum(hash(t)) from {name} as t")[0]

    def change(self, name: str, statement: str, parameters: Any = None) -> None:
        """Changes a stored model by hand; the next case makes it again."""
        self._made.pop(name, None)
        self.con.execute(statement, parameters)

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row = self._with_defaults(table, row)
            names = ", ".join(row)
            marks = ", ".join("?" for _ in row)
            self.con.execute(f"insert into {table} ({names}) values ({marks})", [*row.values()])

    def _with_defaults(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        if table == "quality.loads":
            return {**LOAD, **row}
        schema, _, name = table.partition(".")
        line = {"line_id": "1"} if name in LINE_TABLES else {}
        kept = {"is_same": False} if schema == "history" else {}
        return {**line, **kept, **row}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        stale = {*_NAME.findall(query)} & models.load_models().keys() - self._fresh
        assert not stale, f"{stale} are of an earlier case: name them in `reading`"
        return self.con.execute(query).fetchall()

    def failed_checks(self) -> list[str]:
        """Checks named error_ that find rows; raises for a model not unique on its grain."""
        failed = []
        for name, model in models.load_models().items():
            if model.schema in TESTED and not model.recorded:
                models.tested_rows(self.con, model)
            if name.startswith("quality.error_") and self.rows(f"select * from {name} limit 1"):
                failed.append(name)
        return failed


_NAME = re.compile(r"\b[a-z_]+\.[a-z_]+\b")
_WORLD: list[World] = []


def shared_world() -> World:
    """The world of this process: building it once serves every case."""
    if not _WORLD:
        _WORLD.append(World())
    return _WORLD[0]


@pytest.fixture
def world() -> World:
    return shared_world()


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if file_path.suffix == ".yaml":
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        for number, case in enumerate(yaml.safe_load_all(self.path.read_text(encoding="utf-8"))):
            name = case.get("name", self.path.stem if number == 0 else f"{self.path.stem}-{number}")
            yield Case.from_parent(self, name=name, case=case)


class Case(pytest.Item):
    def __init__(self, *, case: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case

    def runtest(self) -> None:
        world = shared_world()
        expected = self.case["expected"]
        world.fill(
            self.case.get("given") or {},
            self.case.get("as_of"),
            self.case.get("currency"),
            self.case.get("assumptions"),
            reading=tuple(name.partition("(")[0] for name in expected),
        )
        for model, wanted in expected.items():
            where = "true"
            if isinstance(wanted, dict):
                where, wanted = wanted["where"], wanted["rows"]
            _compare(world, model, where, wanted)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.parent.name if self.parent else ''}: {self.name}"


def _compare(world: World, model: str, where: str, wanted: list[dict[str, Any]]) -> None:
    name = model.partition("(")[0]
    columns = list(wanted[0]) if wanted else list(models.load_models()[name].columns)[:1]
    odd = [row for row in wanted if list(row) != columns]
    assert not odd, f"{model}: rows must name the same columns in the same order: {odd}"
    found = world.rows(f"select {', '.join(columns)} from {model} where {where}")
    expected = Counter(tuple(_plain(value) for value in row.values()) for row in wanted)
    actual = Counter(tuple(_plain(value) for value in row) for row in found)
    assert actual == expected, "\n".join(
        [
            f"{model} ({', '.join(columns)})",
            f"  missing:    {[*map(_shown, (expected - actual).elements())]}",
            f"  unexpected: {[*map(_shown, (actual - expected).elements())]}",
        ]
    )


def _plain(value: Any) -> Any:
    """Numbers compared as numbers, to nine digits; everything else as it is."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return round(Decimal(str(value)), 9).normalize() + 0
    return str(value)


def _shown(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(str(value) for value in row)
