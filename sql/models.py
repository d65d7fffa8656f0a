"""Reads the .sql files, orders them by what they read, builds them and documents them.

A file `sql/<schema>/<name>.sql` makes `<schema>.<name>` and nothing else. A file whose statement is
a CREATE TABLE is a recorded table, filled by the loader or the build; every other file is a model:
one SELECT, built here as a view or a table, or, where its head names parameters, as a macro to
select from. Each contract table has a twin in `history`, made here.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from datetime import date
from difflib import get_close_matches
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

SQL_DIR = Path(__file__).parent
ONE_ROW = "one row"
LINEAGE = {
    "source_system": ("varchar", "profile that recognised the file the row came from"),
    "source_file": ("varchar", "file the row came from, and sheet where it has several"),
    "source_row": ("bigint", "number of the record in that file, the header not counted"),
    "load_id": ("integer", "load the row came with, in quality.loads"),
}
HISTORY = "history"
IS_SAME = {
    "is_same": (
        "boolean not null",
        "the next newer row of its key says the same; only the key is kept here",
    )
}
_EXAMPLES = 3

Progress = Callable[[str, int, int], None]


class ModelError(Exception):
    """A model file, an assumption or a check is wrong; the message says which and where."""


@dataclass(frozen=True)
class Reference:
    """A place in a model's statement that names another table, in bytes from its start."""

    table: str
    start: int
    has_alias: bool


@dataclass(frozen=True)
class Model:
    """One .sql file: a recorded table (`recorded`) or a model (one SELECT).

    `scenario_store` is how a scenario keeps it until it is asked for by name: a wide table of which
    others read a few columns need not be written out for them. `is_grouped` tells that its own
    `group by` makes it unique on its grain. `keeps_sides` says that each join hashes its right
    side, as written: the planner guesses that few rows pass a filter that hardly any fail, and
    would hash millions of wide ones.
    """

    schema: str
    name: str
    sql: str
    description: str
    grain: tuple[str, ...]
    store: str
    columns: dict[str, str]
    references: tuple[Reference, ...]
    recorded: bool
    parameters: str = ""
    scenario_store: str = ""
    is_grouped: bool = False
    keeps_sides: bool = False

    @property
    def full_name(self) -> str:
        """`schema.name`, as SQL calls it."""
        return f"{self.schema}.{self.name}"

    @property
    def depends(self) -> tuple[str, ...]:
        """The tables the statement reads, each once, in the order they appear."""
        return tuple(dict.fromkeys(reference.table for reference in self.references))

    @property
    def path(self) -> str:
        """Path of the file, from the folder above `sql`."""
        schema = "contract" if self.schema == HISTORY else self.schema
        return f"{SQL_DIR.name}/{schema}/{self.name}.sql"


@dataclass(frozen=True)
class Built:
    """What became of one model in a build; a view that need not be asked has no count of rows."""

    model: str
    store: str
    rows: int | None
    seconds: float


@dataclass(frozen=True)
class BuildReport:
    """The models built, in order, and the seconds the whole build took."""

    models: tuple[Built, ...]
    seconds: float


@dataclass(frozen=True)
class Column:
    """One row of the data dictionary."""

    table: str
    column: str
    type: str
    comment: str
    grain: str


# Reading the files


@cache
def load_models() -> dict[str, Model]:
    """All recorded tables and models by full name, in dependency order.

    Raises ModelError for a file that is neither, reads an unknown table, or is part of a cycle.
    """
    with duckdb.connect() as parser:
        models = [read(path, parser) for path in sorted(SQL_DIR.glob("*/*.sql"))]
    models = [*recorded_models().values(), *(model for model in models if not model.recorded)]
    by_name: dict[str, Model] = {}
    for model in order(models):
        by_name[model.full_name] = _with_inherited_comments(model, by_name)
    return by_name


@cache
def recorded_models() -> dict[str, Model]:
    """The recorded tables by full name: all that loading needs, for no model's SQL is parsed."""
    models = [
        read(path)
        for path in sorted(SQL_DIR.glob("*/*.sql"))
        if _is_recorded(_split_head(path.read_text(encoding="utf-8"))[1])
    ]
    models += [_history(model) for model in models if model.schema == "contract"]
    return {model.full_name: model for model in models}


def _is_recorded(statement: str) -> bool:
    return statement.lower().startswith("create table")


def _history(table: Model) -> Model:
    """The twin of a contract table that keeps the rows a newer export replaced."""
    columns = re.findall(r"^    (\w+ \w+(?:\(\d+, \d+\))?)[^\n]* -- ", table.sql, re.MULTILINE)
    listed = ",\n".join(f"    {column}" for column in columns)
    return with_changes(
        table,
        schema=HISTORY,
        sql=f"create table {HISTORY}.{table.name} (\n{listed}\n)",
        description=f"Rows of contract.{table.name} that a newer export of the same key replaced.",
        grain=(*table.grain, "load_id"),
    )


def _with_inherited_comments(model: Model, earlier: Mapping[str, Model]) -> Model:
    """Where the final select list takes `name.* exclude (…)`, the comments come along."""
    comments = dict(model.columns)
    for name, excluded in _STAR.findall(model.sql):
        source = next(table for table in model.depends if table.endswith(f".{name}"))
        dropped = re.findall(r"\w+", excluded)
        inherited = earlier[source].columns
        comments |= {key: text for key, text in inherited.items() if key not in dropped}
    return with_changes(model, columns=comments)


def order(models: list[Model]) -> list[Model]:
    """The models sorted so that each comes after all it reads (recorded tables first)."""
    by_name = {model.full_name: model for model in models}
    for model in models:
        for name in model.depends:
            if name not in by_name:
                raise ModelError(f"{model.path} reads {name}, {_unknown(name, by_name)}")
    graph = {model.full_name: model.depends for model in sorted(models, key=_recorded_first)}
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise ModelError(
            f"models read each other in a circle: {' -> '.join(error.args[1])}"
        ) from None


def _recorded_first(model: Model) -> tuple[bool, str]:
    return not model.recorded, model.full_name


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return "which no file defines" + (f"; the nearest name is {near[0]}" if near else "")


def read(path: Path, parser: duckdb.DuckDBPyConnection | None = None) -> Model:
    """The model in a file; what it reads and groups by is known with a `parser` only."""
    head, statement = _split_head(path.read_text(encoding="utf-8"))
    facts = {match[1]: match[2] for line in head if (match := _FACT.fullmatch(line))}
    description = " ".join(line for line in head if not _FACT.fullmatch(line))
    recorded = _is_recorded(statement)
    grain = facts.get("key" if recorded else "grain", "")
    if not grain or not description:
        wanted = "-- key:" if recorded else "-- grain:"
        raise ModelError(f"{path} needs a description and a line '{wanted} …' in its head")
    tree = {} if recorded or not parser else _parsed(statement, path, parser)
    grain_columns = tuple(part.strip() for part in grain.split(","))
    return Model(
        schema=path.parent.name,
        name=path.stem,
        sql=statement,
        description=description,
        grain=grain_columns,
        store="table" if recorded else facts.get("store", "macro" if "macro" in facts else "view"),
        columns=_table_comments(statement) if recorded else _select_comments(statement),
        references=tuple(_references(tree)),
        recorded=recorded,
        parameters=facts.get("macro", ""),
        scenario_store=facts.get("scenario", ""),
        keeps_sides=facts.get("joins") == "as written",
        is_grouped=bool(tree) and _is_grouped_by(tree["node"], grain_columns),
    )


_STAR = re.compile(r"^    (\w+)\.\* exclude \(([^)]*)\)", re.MULTILINE)
_FACT = re.compile(r"(key|grain|store|scenario|engine|joins|macro): (.+)")
_COMMENTED = re.compile(r"\s*(?P<code>.*?),?\s*-- (?P<comment>.+)")


def _split_head(text: str) -> tuple[list[str], str]:
    lines = text.splitlines()
    size = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    head = [line.removeprefix("--").strip() for line in lines[:size]]
    return head, "\n".join(lines[size:]).strip().rstrip(";")


def _table_comments(statement: str) -> dict[str, str]:
    matches = (_COMMENTED.match(line) for line in statement.splitlines())
    return {match["code"].split()[0]: match["comment"] for match in matches if match}


def _select_comments(statement: str) -> dict[str, str]:
    """Comments of the final select list: the last `select` that starts a line, to its `from`."""
    lines = statement.splitlines()
    starts = [i for i, line in enumerate(lines) if line.rstrip() in ("select", "select distinct")]
    comments = {}
    for line in lines[starts[-1] :] if starts else []:
        if line.startswith("from"):
            break
        if (match := _COMMENTED.match(line)) and (name := re.search(r"\w+$", match["code"])):
            comments[name[0]] = match["comment"]
    return comments


def _parsed(statement: str, path: Path, parser: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The one statement of a model as DuckDB's parser understands it."""
    row = parser.execute("select json_serialize_sql(?)", [statement]).fetchone()
    tree = json.loads(row[0]) if row else {}
    if tree.get("error", True) or len(tree["statements"]) != 1:
        raise ModelError(f"{path} is not one SELECT: {tree.get('error_message', 'nothing in it')}")
    return dict(tree["statements"][0])


def _references(tree: Any) -> Iterator[Reference]:
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE" and node["schema_name"]:
            table = f"{node['schema_name']}.{node['table_name']}"
            yield Reference(table, node["query_location"], bool(node["alias"]))


def _is_grouped_by(node: dict[str, Any], grain: tuple[str, ...]) -> bool:
    """Whether a SELECT groups by columns of its grain alone: then no two rows share them."""
    grouped, sets = node.get("group_expressions"), node.get("group_sets")
    if not grouped or not sets or len(sets) > 1:
        return False
    keys = [_unplaced(one) for one in node["select_list"] if _column_name(one) in grain]
    names = [[column] for column in grain]
    return all(_unplaced(one) in keys or one.get("column_names") in names for one in grouped)


def _column_name(expression: dict[str, Any]) -> str:
    return str(expression["alias"] or expression.get("column_names", [""])[-1])


def _unplaced(expression: Any) -> Any:
    """An expression without its aliases and where it stands, to be compared with another."""
    if isinstance(expression, list):
        return [_unplaced(one) for one in expression]
    if isinstance(expression, dict):
        return {key: _unplaced(one) for key, one in expression.items() if key not in _PLACES}
    return expression


_PLACES = ("alias", "query_location", "query_location_length")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)
    elif isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)


def named(statement: str) -> frozenset[str] | None:
    """The models one SELECT names; None where its text does not tell, such as a list of tables."""
    with duckdb.connect() as parser:
        row = parser.execute("select json_serialize_sql(?)", [statement]).fetchone()
    tree = json.loads(row[0]) if row else {}
    if tree.get("error", True):
        return None
    found = set()
    for node in _nodes(tree["statements"]):
        if node.get("type") == "TABLE_FUNCTION":
            schema, name = node["function"]["schema"], node["function"]["function_name"]
            if not schema and name not in _ROW_MAKERS:
                return None
        elif node.get("type") == "BASE_TABLE":
            schema, name = node["schema_name"], node["table_name"]
            if not schema and name.startswith(_CATALOG):
                return None
        else:
            if node.get("type") == "SHOW_REF":
                return None
            continue
        if schema and node.get("catalog_name") != "snapshot":
            found.add(f"{schema}.{name}".lower())
    return frozenset(found) if found <= load_models().keys() else None


_ROW_MAKERS = ("generate_series", "range", "unnest")
_CATALOG = ("duckdb_", "pragma_", "sqlite_")


def upstream(names: Sequence[str]) -> set[str]:
    """The models given and all they depend on."""
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(load_models()[name].depends)
    return needed


# The same formula over other rows


def over(model_name: str, replace: Mapping[str, str]) -> str:
    """The SELECT of a model with tables it reads replaced by sub-selects in parentheses.

    Models in between are written out, so that `over("backlog.by_item", {"backlog.lines": "(…)"})`
    computes by_item's formula from the rows given. Raises ModelError for an unknown name, or for a
    replaced table the model does not read.
    """
    models = load_models()
    for name in (model_name, *replace):
        if name not in models:
            raise ModelError(f"there is no {name}, {_unknown(name, models)}")
    for name in replace:
        if not _reads(model_name, name):
            raise ModelError(f"{model_name} does not read {name}")
    return _rewritten(models[model_name], replace)


@cache
def _reads(model_name: str, name: str) -> bool:
    depends = load_models()[model_name].depends
    return name in depends or any(_reads(other, name) for other in depends)


def _rewritten(model: Model, replace: Mapping[str, str]) -> str:
    text = model.sql.encode()
    for reference in sorted(model.references, key=lambda found: -found.start):
        if reference.table in replace:
            inner = replace[reference.table]
        elif any(_reads(reference.table, name) for name in replace):
            inner = f"({_rewritten(load_models()[reference.table], replace)}\n)"
        else:
            continue
        if not reference.has_alias:
            inner += f" as {reference.table.partition('.')[2]}"
        end = reference.start + len(reference.table)
        text = text[: reference.start] + inner.encode() + text[end:]
    return text.decode()


# Building


def create_recorded(con: duckdb.DuckDBPyConnection) -> None:
    """Creates the schemas and the recorded tables that are missing, with their comments."""
    models = recorded_models().values()
    existing = {row[0] for row in con.execute(_OBJECTS).fetchall()}
    for schema in sorted({model.schema for model in models}):
        con.execute(f"create schema if not exists {schema}")
    statements: list[str] = []
    for model in models:
        if model.full_name not in existing:
            statements.append(_with_lineage(model))
            statements += _comments("table", model, _all_columns(model))
    if statements:
        _at_once(con, statements)


def has_recorded(con: duckdb.DuckDBPyConnection) -> bool:
    """True when the open database has every recorded table just as these files define it."""
    recorded = recorded_models().values()
    with duckdb.connect() as ours:
        for schema in {model.schema for model in recorded}:
            ours.execute(f"create schema {schema}")
        _at_once(ours, [_with_lineage(model) for model in recorded])
        wanted = set(ours.execute(_DEFINITIONS).fetchall())
    commented = {
        (model.schema, model.name, column, comment)
        for model in recorded
        for column, comment in {"": model.description, **_all_columns(model)}.items()
    }
    return wanted <= set(con.execute(_DEFINITIONS).fetchall()) and commented <= set(
        con.execute(_COMMENTS).fetchall()
    )


_DEFINITIONS = """
    select schema_name, table_name, sql from duckdb_tables()
    where database_name = current_database()
"""
_COMMENTS = """
    select schema_name, table_name, column_name, comment from duckdb_columns()
    where database_name = current_database()
    union all
    select schema_name, table_name, '', comment from duckdb_tables()
    where database_name = current_database()
"""


def _with_lineage(model: Model) -> str:
    if model.schema not in ("contract", HISTORY):
        return model.sql
    lineage = LINEAGE | (IS_SAME if model.schema == HISTORY else {})
    columns = ",\n".join(f"    {name} {kind}" for name, (kind, _) in lineage.items())
    return f"{model.sql.removesuffix(')')},\n{columns}\n)"


def _all_columns(model: Model) -> dict[str, str]:
    """Comments of a recorded table's columns, lineage included."""
    if model.schema not in ("contract", HISTORY):
        return model.columns
    lineage = LINEAGE | (IS_SAME if model.schema == HISTORY else {})
    return model.columns | {name: comment for name, (_, comment) in lineage.items()}


def _comments(kind: str, model: Model, comments: Mapping[str, str]) -> list[str]:
    statements = [f"comment on {kind} {model.full_name} is {_quoted(model.description)}"]
    for column, comment in comments.items():
        target = f'{model.full_name}."{column}"'
        statements.append(f"comment on column {target} is {_quoted(comment)}")
    return statements


def _at_once(con: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    """One commit for all of them: a comment on its own costs as much as one."""
    con.execute(";\n".join(["begin", *statements, "commit"]))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_OBJECTS = """
    select schema_name || '.' || table_name, 'table' from duckdb_tables()
    where database_name = current_database()
    union all
    select schema_name || '.' || view_name, 'view' from duckdb_views()
    where database_name = current_database() and not internal
    union all
    select schema_name || '.' || function_name, 'macro table' from duckdb_functions()
    where database_name = current_database() and not internal and function_type = 'table_macro'
"""


def build(
    con: duckdb.DuckDBPyConnection,
    as_of: date | None = None,
    currency: str | None = None,
    is_sample: bool = False,
    overrides: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
    only: Sequence[str] = (),
) -> BuildReport:
    """Builds every model into the open database, from the recorded tables in it.

    `as_of` and `currency` are asked for by the user; None leaves them to core.as_of. `overrides`
    replaces values of assumptions by name. `on_progress` is called with each model's name, its
    number and the number of models. `only` builds no more than these models and what they depend
    on, without their comments: such a build is computed with, not read. Raises ModelError when an
    assumption is unknown or out of its range, a model is not unique on its grain, or a check named
    error_… finds rows.
    """
    started = perf_counter()
    create_recorded(con)
    drop_models(con)
    con.execute("delete from core.run")
    con.execute("delete from core.changes")
    con.execute(
        "insert into core.run values (?, ?, ?, ?)", [as_of, currency, is_sample, _version()]
    )
    write_assumptions(con, overrides or {})
    wanted = upstream(only or tuple(load_models()))
    models = [
        model for name, model in load_models().items() if not model.recorded and name in wanted
    ]
    for schema in sorted({model.schema for model in models}):
        con.execute(f"create schema if not exists {schema}")
    built = []
    for number, model in enumerate(models, start=1):
        if on_progress:
            on_progress(model.full_name, number, len(models))
        built.append(_build_one(con, model, is_commented=not only))
    _raise_failed(
        con, [one for one in built if one.model.startswith("quality.error_") and one.rows]
    )
    return BuildReport(tuple(built), perf_counter() - started)


def _version() -> str:
    try:
        return version("backorders")
    except PackageNotFoundError:
        return "not installed"


def drop_models(con: duckdb.DuckDBPyConnection) -> None:
    """Drops all that a build made, and leaves the recorded tables."""
    kept = recorded_models()
    schemas = {path.name for path in SQL_DIR.iterdir() if path.is_dir()}
    dropped = [
        f"drop {kind} {name}"
        for name, kind in con.execute(_OBJECTS).fetchall()
        if name.partition(".")[0] in schemas and name not in kept
    ]
    if dropped:
        _at_once(con, dropped)


def _build_one(con: duckdb.DuckDBPyConnection, model: Model, is_commented: bool) -> Built:
    started = perf_counter()
    sides = "build_side_probe_side" if model.keeps_sides else ""
    try:
        con.execute("set disabled_optimizers = ?", [sides])
        con.execute(created(model))
        is_asked = model.store != "view" or not model.is_grouped or model.schema == "quality"
        rows = tested_rows(con, model) if is_asked else None
    except duckdb.Error as error:
        raise ModelError(f"{model.path} cannot be built: {error}") from error
    if is_commented and model.store == "macro":
        _at_once(con, _comments("macro table", model, {}))
    elif is_commented:
        _at_once(con, _comments(model.store, model, model.columns))
    return Built(model.full_name, model.store, rows, perf_counter() - started)


def created(model: Model) -> str:
    """The statement that makes a model: a view, a table or a macro."""
    if model.store == "macro":
        return f"create macro {model.full_name}({model.parameters}) as table\n{model.sql}"
    return f"create {model.store} {model.full_name} as\n{model.sql}"


def tested_rows(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Rows of the model; raises ModelError when its grain is not unique (nulls are equal).

    A macro has no rows before it is asked.
    """
    if model.store == "macro":
        return 0
    if model.grain == (ONE_ROW,):
        rows = _number(con, f"select count(*) from {model.full_name}")
        if rows != 1:
            raise ModelError(f"{model.path} must give one row and gives {rows}")
        return rows
    key = ", ".join(model.grain)
    rows, keys = _row(con, f"select count(*), count(distinct hash({key})) from {model.full_name}")
    if rows != keys:  # two keys may share a hash: ask again, exactly
        twice = con.execute(
            f"select {key}, count(*) from {model.full_name} group by all having count(*) > 1"
            f" limit {_EXAMPLES}"
        ).fetchall()
        if twice:
            raise ModelError(f"{model.path} is not unique on {key}: (…, rows) {twice}")
    return int(rows)


def _raise_failed(con: duckdb.DuckDBPyConnection, failed: list[Built]) -> None:
    if not failed:
        return
    messages = []
    for one in failed:
        result = con.execute(f"select * from {one.model} limit {_EXAMPLES}")
        names = [column[0] for column in result.description or []]
        rows = [
            ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True))
            for row in result.fetchall()
        ]
        description = load_models()[one.model].description
        messages.append(f"{one.model} found {one.rows} rows ({description}): {'; '.join(rows)}")
    raise ModelError("\n".join(messages))


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = con.execute(query).fetchone()
    assert row is not None
    return row


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(_row(con, query)[0])


# Assumptions


@cache
def assumptions() -> dict[str, dict[str, Any]]:
    """The levers of assumptions.toml by name, each with default, range or choices, unit, source."""
    return tomllib.loads((SQL_DIR / "assumptions.toml").read_text(encoding="utf-8"))


def write_assumptions(con: duckdb.DuckDBPyConnection, overrides: Mapping[str, str]) -> None:
    """Fills core.assumptions; raises ModelError for a name or value assumptions.toml rules out."""
    levers = assumptions()
    for name, value in overrides.items():
        check_assumption(name, value)
    rows = [
        [
            name,
            lever["label"],
            overrides.get(name, _text(lever["default"])),
            _text(lever["default"]),
            lever.get("minimum"),
            lever.get("maximum"),
            lever.get("step"),
            ", ".join(lever["choices"]) if "choices" in lever else None,
            lever.get("unit"),
            lever["source"],
        ]
        for name, lever in levers.items()
    ]
    marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in rows)
    con.execute("delete from core.assumptions")
    con.execute(
        f"insert into core.assumptions values {marks}", [cell for row in rows for cell in row]
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_assumption(name: str, value: str) -> None:
    """Raises ModelError for a name or value assumptions.toml rules out."""
    levers = assumptions()
    if name not in levers:
        raise ModelError(f"there is no assumption {name}, {_unknown(name, levers)}")
    lever = levers[name]
    if isinstance(lever["default"], bool):
        allowed: list[str] = ["true", "false"]
    elif "choices" in lever:
        allowed = lever["choices"]
    elif isinstance(lever["default"], str):
        return
    else:
        try:
            number = type(lever["default"])(value)
        except ValueError:
            raise ModelError(f"assumption {name} must be a number, not {value!r}") from None
        if not lever["minimum"] <= number <= lever["maximum"]:
            span = f"{lever['minimum']} to {lever['maximum']}"
            raise ModelError(f"assumption {name} must be {span}, not {value}")
        return
    if value not in allowed:
        raise ModelError(f"assumption {name} must be one of {', '.join(allowed)}, not {value}")


# The data dictionary


def dictionary(con: duckdb.DuckDBPyConnection | None = None) -> list[Column]:
    """Every column of every table and model: type, comment and the table's grain.

    Reads the comments in the database given; without one, builds the models over empty tables.
    """
    if con is None:
        with duckdb.connect() as empty:
            build(empty)
            return dictionary(empty)
    grains = {name: ", ".join(model.grain) for name, model in load_models().items()}
    rows = con.execute(
        "select schema_name || '.' || table_name, column_name, lower(data_type), comment"
        " from duckdb_columns() where database_name = current_database()"
        " order by schema_name, table_name, column_index"
    ).fetchall()
    columns = [
        Column(table, name, kind, comment or "", grains[table])
        for table, name, kind, comment in rows
        if table in grains
    ]
    for model in load_models().values():
        if model.store == "macro":
            asked = ", ".join("null" for _ in model.parameters.split(","))
            found = con.execute(f"describe select * from {model.full_name}({asked})").fetchall()
            columns += [
                Column(
                    model.full_name,
                    name,
                    kind.lower(),
                    model.columns.get(name, ""),
                    grains[model.full_name],
                )
                for name, kind, *_ in found
            ]
    return columns


def readme() -> str:
    """The data dictionary as the text of sql/README.md."""
    columns: dict[str, list[Column]] = {}
    for column in dictionary():
        columns.setdefault(column.table, []).append(column)
    models = load_models()
    parts = [_PREFACE]
    for schema in dict.fromkeys(name.partition(".")[0] for name in sorted(columns)):
        parts.append(f"## {schema}\n")
        if schema == HISTORY:
            parts.append(_HISTORY_SECTION)
            continue
        for table, members in columns.items():
            if table.startswith(f"{schema}."):
                parts.append(_section(models[table], members))
    parts.append(_assumptions_section())
    return "\n".join(parts)


_PREFACE = """# Data dictionary

Made from the files beside it by `python -m sql.models`; edit those, not this.
A table's file is `<schema>/<name>.sql`. Quantities are in the item's base unit, money in the
reporting currency; rates are 0-1, and empty where there is nothing to divide by.
"""


_HISTORY_SECTION = """Each contract table has a twin here, `history.<table>`, of the same columns.
It keeps the rows that a newer export of the same key replaced, so that a load can be taken back
and a promise compared with the one before. Newer is the row whose load has the later `exported_at`
in quality.loads, then the higher `load_id`. Where `is_same`, the row said what the next newer one
of its key says, and only the key is kept.
"""


def _section(model: Model, columns: list[Column]) -> str:
    kind = "recorded table" if model.recorded else model.store
    if model.store == "macro":
        kind = f"`select … from {model.full_name}({model.parameters})`"
    rows = [f"| {one.column} | {one.type} | {one.comment} |" for one in columns]
    return "\n".join(
        [
            f"### {model.full_name}\n",
            f"{model.description}\n",
            f"{kind} · one row per {', '.join(model.grain)} · [{model.path}]"
            f"({model.schema}/{model.name}.sql)\n",
            "| column | type | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _assumptions_section() -> str:
    rows = [
        f"| {name} | {lever['label']} | {_text(lever['default'])} | {_range(lever)} "
        f"| {lever.get('unit', '')} | {lever['source']} |"
        for name, lever in assumptions().items()
    ]
    return "\n".join(
        [
            "## Assumptions\n",
            "What a business may set otherwise, in [assumptions.toml](assumptions.toml).\n",
            "| assumption | meaning | default | range | unit | source |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _range(lever: Mapping[str, Any]) -> str:
    if "choices" in lever:
        return ", ".join(lever["choices"])
    if isinstance(lever["default"], bool):
        return "true, false"
    if isinstance(lever["default"], str):
        return "any text"
    return f"{lever['minimum']} to {lever['maximum']}"


if __name__ == "__main__":
    (SQL_DIR / "README.md").write_text(readme(), encoding="utf-8")
