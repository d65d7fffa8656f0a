"""Where a figure comes from: the formula of a column, the tables and assumptions behind a model.

Read from the .sql files as they are laid out here: each step a named select, its closing bracket
at the start of a line, each column once in a select list.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sql import models

LEVERS = "core.levers"
"""The model through which every other one reads its assumptions."""

_STEP = re.compile(r"^(\w+) as (?:(?:not )?materialized )?\(\n(.*?)^\)", re.MULTILINE | re.DOTALL)
_SOURCE = re.compile(r"\b(?:from|join)\s+([\w.]+)(?:\s+as\s+(\w+))?")
_NAMED = re.compile(r"(?P<sql>.*?)(?:\s+as)\s+(?P<name>\w+)", re.DOTALL)
_BARE = re.compile(r"(?:(?P<table>\w+)\.)?(?P<name>\w+)")
_STAR = re.compile(r"(?:(?P<table>\w+)\.)?\*(?:\s+exclude\s+\((?P<without>[^)]*)\))?", re.DOTALL)
_HOPS = 40


@dataclass(frozen=True)
class Formula:
    """What a column is computed as, in which model, and in which step of it ("": the last one).

    Empty `sql`: it is not computed but recorded, in the table `model`. `is_one_of_several`: a step
    on the way puts several selects together, and this is the first of them.
    """

    model: str
    column: str
    step: str
    sql: str
    is_one_of_several: bool = False


@dataclass(frozen=True)
class _Select:
    """The select list of one step, and the tables it reads by the names it calls them."""

    items: Mapping[str, str]
    stars: tuple[tuple[str | None, frozenset[str]], ...]
    tables: Mapping[str, str]
    is_one_of_several: bool

    def table(self, name: str | None) -> str | None:
        """The table a name stands for; without a name the only one there is."""
        if name is not None:
            return self.tables.get(name)
        return next(iter(self.tables.values())) if len(self.tables) == 1 else None


def formula(model_name: str, column: str) -> Formula | None:
    """The formula of a column, followed through columns handed on as they are.

    None for a column the file does not have.
    """
    known = models.load_models()
    if column not in known[model_name].columns:
        return None
    found = Formula(model_name, column, "", "")
    name, step, several = model_name, "", False
    for _ in range(_HOPS):
        model = known[name]
        if model.recorded:
            is_there = column in model.columns
            return Formula(name, column, "", "", several) if is_there else found
        select = _steps(name).get(step)
        if select is None:
            return found
        several = several or select.is_one_of_several
        sql = select.items.get(column)
        source: str | None
        if sql is None:
            owners = (table for table, without in select.stars if column not in without)
            source = select.table(next(owners, None)) if select.stars else None
        else:
            found = Formula(name, column, step, sql, several)
            bare = _BARE.fullmatch(sql)
            if not bare or bare["name"].isdigit():
                return found
            source, column = select.table(bare["table"]), bare["name"]
        if source is None:
            return found
        if source in known:
            if column not in known[source].columns and not known[source].recorded:
                return found
            name, step = source, ""
        else:
            step = source
    return found


@cache
def _steps(model_name: str) -> dict[str, _Select | None]:
    """Step → its select; "" is the last one. None: it is not laid out as a select."""
    text = _without_comments(models.load_models()[model_name].sql)
    found = {match[1]: _select(match[2]) for match in _STEP.finditer(text)}
    last = max((match.end() for match in _STEP.finditer(text)), default=0)
    return {**found, "": _select(text[last:].lstrip(", \n"))}


def _without_comments(sql: str) -> str:
    return re.sub(r"\s*--[^\n]*", "", sql)


def _select(text: str) -> _Select | None:
    outside = "".join(part if depth == 0 else " " for part, depth in _parts(text))
    if re.search(r"\b(pivot|unpivot|recursive)\b", outside):
        return None
    union = re.search(r"\bunion\b", outside)
    if union:
        text, outside = text[: union.start()], outside[: union.start()]
    head = re.match(r"\s*select(?:\s+distinct)?\s", text)
    if not head:
        return None
    items: dict[str, str] = {}
    stars: list[tuple[str | None, frozenset[str]]] = []
    for item in _list(text[head.end() :]):
        if star := _STAR.fullmatch(item):
            dropped = re.findall(r"\w+", star["without"] or "")
            stars.append((star["table"], frozenset(dropped)))
        elif named := _NAMED.fullmatch(item):
            items[named["name"]] = _dedented(named["sql"])
        elif bare := _BARE.fullmatch(item):
            items[bare["name"]] = item
    tables = {alias or table.rpartition(".")[2]: table for table, alias in _SOURCE.findall(outside)}
    return _Select(items, tuple(stars), tables, union is not None)


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Each character with how deep in brackets it stands; in a text literal it stands deeper."""
    depth, quoted = 0, False
    for part in text:
        if part == "'":
            quoted = not quoted
        if not quoted and part in "([{":
            depth += 1
        yield part, depth + quoted
        if not quoted and part in ")]}":
            depth -= 1


def _list(text: str) -> Iterator[str]:
    """The items of a select list, up to its `from`."""
    item, outside = "", ""
    for part, depth in _parts(text):
        if depth == 0 and part == ",":
            yield item.strip()
            item = outside = ""
            continue
        item += part
        outside += part if depth == 0 else " "
        if re.search(r"(?:^|\s)from\s$", outside):
            item = item.rstrip()[: -len("from")]
            break
    if item.strip():
        yield item.strip()


def _dedented(sql: str) -> str:
    first, _, rest = sql.partition("\n")
    lines = rest.splitlines()
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join([first, *(line[margin:] for line in lines)]).strip()


@cache
def recorded(model_name: str) -> tuple[str, ...]:
    """The recorded tables a model is made from, those that exports fill first."""
    known = models.load_models()
    names = [name for name in models.upstream([model_name]) if known[name].recorded]
    return tuple(sorted(names, key=lambda name: (not name.startswith("contract."), name)))


def readers(model_name: str) -> tuple[str, ...]:
    """The models that read a model themselves, by name."""
    return tuple(
        sorted(name for name, one in models.load_models().items() if model_name in one.depends)
    )


def assumptions(model_name: str) -> dict[str, tuple[str, ...]]:
    """Assumption → the models that use it, of those a model is made from.

    Those the model uses itself come first, then the others by the order of assumptions.toml.
    """
    used: dict[str, list[str]] = {name: [] for name in models.assumptions()}
    for name in sorted(models.upstream([model_name]), key=lambda one: (one != model_name, one)):
        for assumption in _uses(name):
            used[assumption].append(name)
    found = {name: tuple(readers) for name, readers in used.items() if readers}
    return dict(sorted(found.items(), key=lambda pair: pair[1][0] != model_name))


def users(assumption: str) -> tuple[str, ...]:
    """The models that use an assumption themselves, by name."""
    return tuple(sorted(name for name in models.load_models() if assumption in _uses(name)))


@cache
def _uses(model_name: str) -> tuple[str, ...]:
    model = models.load_models()[model_name]
    if LEVERS not in model.depends:
        return ()
    words = set(re.findall(r"\w+", _without_comments(model.sql)))
    return tuple(name for name in models.assumptions() if name in words)
