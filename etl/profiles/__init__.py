"""Profiles: which columns of which layout become which columns of the contract.

A profile is one TOML file (and, where a table needs a query of its own, a .sql beside it). The
contract itself is the first profile: its layouts are the contract tables, its other spellings are
in aliases.toml. Recognition goes by header; a file's or sheet's name only breaks a tie, unless the
header says too little (`by_name`). `ignore` is the reason why a known file is not used.

    title = "…"                      what people call the system
    [formats]                        date = "%d.%m.%Y", decimal = ","
    [[file]]                         a layout: id, require, optional, aliases, named, by_name,
                                     ignore, without, parent, fill, rest, private, title,
                                     gives, lacks
    [[table]]                        into, from, join, where, refuse, sql
    [table.columns]                  contract column = SQL over the layout's columns, all text
    [table.codes.<column>]           what the source writes = what the contract calls it
    [table.refuse]                   reason = SQL test of the rows to refuse for it
    [[table.join]]                   file, on, optional: a look-up; of equal keys the last counts

A layout may say more: `without`, headers that it never has; `parent` and `fill`, the key that is
blank or repeated on the rows of one document, and the columns filled in there from its first row;
`rest`, that the columns it does not name come as a list `_rest` of {header, cell}; `private`, that
the file holds personal data, so that of a refused row these columns and all that the layout does
not name are masked; and for people its `title`, what it `gives` and what it `lacks`.

Every layout also has `_day`, the day the file speaks of. `number(cell)` is the number a cell holds,
and `spelt(value)` writes one as the file does (etl/numbers.py). A `.sql` is one SELECT that the
rule reads in place of the file. It sees each layout as a table of that name, the file being loaded
also as `given`, and hands on the record's number, `_row`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from etl.errors import InputError
from etl.read import Source
from sql.models import recorded_models

PROFILE_DIR = Path(__file__).parent
CONTRACT = "contract"
DERIVED = {"line_id", "as_of"}
ENOUGH_COLUMNS = 4


@dataclass(frozen=True)
class Layout:
    """A kind of file: the columns it must have, may have, and what else they may be called."""

    profile: str
    id: str
    require: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    ignore: str = ""
    by_name: bool = False
    without: tuple[str, ...] = ()
    parent: str = ""
    fill: tuple[str, ...] = ()
    rest: bool = False
    private: tuple[str, ...] | None = None
    title: str = ""
    gives: str = ""
    lacks: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the layout, the required ones first."""
        return self.require + self.optional

    def is_name_of(self, source: Source) -> bool:
        """True when the file or sheet is called as the layout is."""
        stem = normal(source.sheet or Path(source.name).stem.split(".")[0])
        return stem in {normal(name) for name in (self.id, *self.named)}

    def fits(self, header: Sequence[str]) -> bool:
        """True when the header has what the layout needs, and nothing it never has."""
        bound = self.bind(header)
        names = {normal(cell) for cell in header} - {""}
        return (
            all(column in bound for column in self.require)
            and not any(normal(column) in names for column in self.without)
            and (not self.rest or bool(unbound(header, bound)))
            and _plausible(len(bound), len(names))
        )

    def bind(self, header: Sequence[str]) -> dict[str, int]:
        """Position in `header` of each column found; the column's own name beats its aliases."""
        places: dict[str, int] = {}
        for i, cell in enumerate(header):
            places.setdefault(normal(cell), i)
        places.pop("", None)
        bound: dict[str, int] = {}
        taken: set[int] = set()
        for spellings in (lambda c: (c,), lambda c: self.aliases.get(c, ())):
            for column in self.columns:
                for spelling in () if column in bound else spellings(column):
                    place = places.get(normal(spelling))
                    if place is not None and place not in taken:
                        bound[column] = place
                        taken.add(place)
                        break
        return bound


@dataclass(frozen=True)
class Join:
    """A look-up: the layout joined to the driving one, and on what."""

    file: str
    on: str
    optional: bool = False


@dataclass(frozen=True)
class Rule:
    """How rows of one layout become rows of one contract table."""

    into: str
    source: str
    columns: Mapping[str, str]
    join: tuple[Join, ...] = ()
    where: str = ""
    refuse: Mapping[str, str] = field(default_factory=dict)
    query: str = ""

    def reads(self, layout: str) -> bool:
        """True when the rule looks rows of `layout` up."""
        return any(join.file == layout for join in self.join) or bool(
            re.search(rf"\b(from|join)\s+{re.escape(layout)}\b", self.query)
        )


@dataclass(frozen=True)
class Profile:
    """One known system: its layouts, and the rules from them to the contract."""

    name: str
    title: str
    layouts: tuple[Layout, ...]
    rules: tuple[Rule, ...]
    date: str = ""
    decimal: str = ""

    def tables_of(self, layout: Layout) -> tuple[str, ...]:
        """The contract tables that a file of the layout fills."""
        return tuple(dict.fromkeys(r.into for r in self.rules if r.source == layout.id))


@dataclass(frozen=True)
class Match:
    """A source recognised as a layout; `bound` gives each column's position in the header."""

    source: Source
    profile: Profile
    layout: Layout
    bound: dict[str, int]

    def reads(self, other: "Match") -> bool:
        """True when a rule for this source looks rows of `other` up."""
        return self.profile.name == other.profile.name and any(
            rule.source == self.layout.id and rule.reads(other.layout.id)
            for rule in self.profile.rules
        )


def unbound(header: Sequence[str], bound: Mapping[str, int]) -> list[int]:
    """Positions of the named columns that a layout does not know."""
    known = set(bound.values())
    return [i for i, cell in enumerate(header) if cell.strip() and i not in known]


@cache
def normal(header: str) -> str:
    """A header without case, spaces and punctuation: `Order No.` is `orderno`."""
    return re.sub(r"[\W_]+", "", header).casefold()


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by name, the contract first. Raises InputError for a broken one."""
    known = {CONTRACT: _contract()}
    for path in sorted(PROFILE_DIR.glob("*.toml")):
        if path.stem != "aliases":
            known[path.stem] = parse(path)
    return known


def in_folder(folder: Path) -> tuple[Profile, ...]:
    """The profiles a user keeps in a folder, by name. Raises InputError for a broken one."""
    return tuple(parse(path) for path in sorted(folder.glob("*.toml")))


def _contract() -> Profile:
    aliases = tomllib.loads((PROFILE_DIR / "aliases.toml").read_text(encoding="utf-8"))
    layouts, rules = [], []
    for model in recorded_models().values():
        if model.schema != CONTRACT:
            continue
        required = {
            line.split()[0] for line in model.sql.splitlines() if re.search(r"\bnot null\b", line)
        } - DERIVED
        columns = tuple(model.columns)
        layouts.append(
            Layout(
                profile=CONTRACT,
                id=model.name,
                require=tuple(c for c in columns if c in required),
                optional=tuple(c for c in columns if c not in required),
                aliases={c: tuple(names) for c, names in aliases.get(model.name, {}).items()},
            )
        )
        cells = {c: f'"{c}"' for c in columns}
        for column, codes in aliases.get("codes", {}).get(model.name, {}).items():
            cells[column] = _coded(cells[column], codes)
        rules.append(Rule(model.name, model.name, cells))
    return Profile(CONTRACT, "the contract's own headers", tuple(layouts), tuple(rules))


PROFILE_KEYS = ("title", "formats", "file", "table")
FILE_KEYS = (
    *("id", "require", "optional", "aliases", "named", "by_name", "ignore"),
    *("without", "parent", "fill", "rest", "private", "title", "gives", "lacks"),
)
JOIN_KEYS = ("file", "on", "optional")
TABLE_KEYS = ("into", "from", "columns", "codes", "join", "where", "refuse", "sql")


def parse(path: Path) -> Profile:
    """Read one profile. Raises InputError with file, key and the nearest valid key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "the profile cannot be read", where=str(path), remedy="Check the path and the file"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"the profile is not valid TOML: {error}", where=path.name, remedy="Mend that line"
        ) from error
    _known(data, PROFILE_KEYS, path, "")
    formats = data.get("formats", {})
    _known(formats, ("date", "decimal"), path, "formats")
    layouts = tuple(_layout(path, entry) for entry in data.get("file", ()))
    rules = tuple(_rule(path, entry, layouts) for entry in data.get("table", ()))
    return Profile(
        name=path.stem,
        title=_needed(data, "title", path, ""),
        layouts=layouts,
        rules=rules,
        date=formats.get("date", ""),
        decimal=formats.get("decimal", ""),
    )


def _known(entry: Mapping[str, Any], keys: Sequence[str], path: Path, place: str) -> None:
    for key in entry:
        if key not in keys:
            near = get_close_matches(key, keys, n=1, cutoff=0)
            raise InputError(
                f"the profile has an unknown key {key!r}",
                where=f"{path.name}{f', {place}' if place else ''}",
                remedy=f"The nearest valid key is {near[0]!r}",
            )


def _needed(entry: Mapping[str, Any], key: str, path: Path, place: str) -> Any:
    if key not in entry:
        raise InputError(
            f"the profile lacks the key {key!r}",
            where=f"{path.name}{f', {place}' if place else ''}",
            remedy="Add it",
        )
    return entry[key]


def _layout(path: Path, entry: Mapping[str, Any]) -> Layout:
    place = f"file {entry.get('id', '?')}"
    _known(entry, FILE_KEYS, path, place)
    columns = [*_needed(entry, "require", path, place), *entry.get("optional", ())]
    filled = [entry["parent"], *entry.get("fill", ())] if "parent" in entry else []
    for used in (*filled, *entry.get("private", ()), *entry.get("aliases", {})):
        if used not in columns:
            near = get_close_matches(used, columns, n=1, cutoff=0)
            raise InputError(
                f"the file has no column {used!r}",
                where=f"{path.name}, {place}",
                remedy=f"The nearest is {near[0]!r}; or add it to require or optional",
            )
    return Layout(
        profile=path.stem,
        id=_needed(entry, "id", path, "file"),
        require=tuple(entry["require"]),
        optional=tuple(entry.get("optional", ())),
        aliases={
            column: (names,) if isinstance(names, str) else tuple(names)
            for column, names in entry.get("aliases", {}).items()
        },
        named=tuple(entry.get("named", ())),
        ignore=entry.get("ignore", ""),
        by_name=bool(entry.get("by_name", False)),
        without=tuple(entry.get("without", ())),
        parent=entry.get("parent", ""),
        fill=tuple(filled),
        rest=bool(entry.get("rest", False)),
        private=tuple(entry["private"]) if "private" in entry else None,
        title=entry.get("title", ""),
        gives=entry.get("gives", ""),
        lacks=entry.get("lacks", ""),
    )


def _rule(path: Path, entry: Mapping[str, Any], layouts: Sequence[Layout]) -> Rule:
    into = _needed(entry, "into", path, "table")
    place = f"table {into}"
    _known(entry, TABLE_KEYS, path, place)
    models = recorded_models()
    if f"{CONTRACT}.{into}" not in models:
        tables = [m.name for m in models.values() if m.schema == CONTRACT]
        near = get_close_matches(into, tables, n=1, cutoff=0)
        raise InputError(
            f"the contract has no table {into!r}",
            where=f"{path.name}, {place}",
            remedy=f"The nearest is {near[0]!r}",
        )
    joins = tuple(_join(path, place, join) for join in entry.get("join", ()))
    ids = [layout.id for layout in layouts]
    for used in (_needed(entry, "from", path, place), *(join.file for join in joins)):
        if used not in ids:
            near = get_close_matches(used, ids, n=1, cutoff=0)
            raise InputError(
                f"no file of the profile has the id {used!r}",
                where=f"{path.name}, {place}",
                remedy=f"The nearest is {near[0]!r}" if near else "Add a [[file]]",
            )
    columns = dict(entry.get("columns", {}))
    _known(columns, tuple(models[f"{CONTRACT}.{into}"].columns), path, f"{place}, columns")
    _known(entry.get("codes", {}), tuple(columns), path, f"{place}, codes")
    for column, codes in entry.get("codes", {}).items():
        columns[column] = _coded(columns[column], codes)
    query = _query(path, place, entry["sql"]) if "sql" in entry else ""
    return Rule(
        into=into,
        source=entry["from"],
        columns=columns,
        join=joins,
        where=entry.get("where", ""),
        refuse=dict(entry.get("refuse", {})),
        query=query,
    )


def _coded(cell: str, codes: Mapping[str, str]) -> str:
    """SQL: what the source writes as the contract calls it; `*` stands for all not listed."""
    cases = " ".join(
        f"when '{_escape(k.lower())}' then '{_escape(v)}'" for k, v in codes.items() if k != "*"
    )
    other = f"'{_escape(codes['*'])}'" if "*" in codes else cell
    return f"case lower(trim({cell})) {cases} else {other} end"


def _join(path: Path, place: str, entry: Mapping[str, Any]) -> Join:
    place = f"{place}, join"
    _known(entry, JOIN_KEYS, path, place)
    file, on = (_needed(entry, key, path, place) for key in ("file", "on"))
    return Join(file, on, bool(entry.get("optional", False)))


def _query(path: Path, place: str, name: str) -> str:
    beside = path.parent / name
    if not beside.is_file():
        near = get_close_matches(name, [p.name for p in path.parent.glob("*.sql")], n=1, cutoff=0)
        raise InputError(
            f"there is no file {name!r} beside the profile",
            where=f"{path.name}, {place}, sql",
            remedy=f"The nearest is {near[0]!r}" if near else "Put it there",
        )
    return beside.read_text(encoding="utf-8").strip().rstrip(";")


def _escape(text: str) -> str:
    return str(text).replace("'", "''")


# Recognition ---------------------------------------------------------------------------------


def recognise(source: Source, only: str | None = None, extra: Sequence[Profile] = ()) -> Match:
    """The layout a source has, its header row found.

    `only` names the one profile to consider beside the contract; `extra` are the user's own
    profiles, each in place of a built-in one of the same name. Raises InputError when nothing fits
    (naming the nearest table and what it lacks) or when two layouts fit equally well.
    """
    known = profiles() | {profile.name: profile for profile in extra}
    chosen = [p for p in known.values() if only in (None, p.name) or p.name == CONTRACT]
    for row, header in enumerate(source.preview):
        found = [
            Match(replace(source, header_row=row), profile, layout, layout.bind(header))
            for profile in chosen
            for layout in profile.layouts
            if (not layout.by_name or layout.is_name_of(source)) and layout.fits(header)
        ]
        if found:
            return _best(found, source)
    raise _nothing_fits(source, chosen)


def _plausible(bound: int, headers: int) -> bool:
    """False for a wide file of which only a common column or two are known."""
    return bound == headers or bound >= ENOUGH_COLUMNS or (bound >= 2 and 2 * bound >= headers)


def _best(found: list[Match], source: Source) -> Match:
    def score(match: Match) -> tuple[int, bool, bool]:
        named = match.layout.is_name_of(source)
        return len(match.bound), named, match.profile.name == CONTRACT

    ranked = sorted(found, key=score, reverse=True)
    if len(ranked) > 1 and score(ranked[0]) == score(ranked[1]):
        names = " and ".join(f"{m.profile.name} {m.layout.id}" for m in ranked[:2])
        raise InputError(
            f"the header fits {names} equally well",
            where=source.name,
            remedy=f"Name the file after one of them, for example {ranked[0].layout.id}.csv,"
            " or choose with --profile",
        )
    return ranked[0]


def _nothing_fits(source: Source, chosen: Sequence[Profile]) -> InputError:
    header = next((row for row in source.preview if any(c.strip() for c in row)), ())
    nearest = max(
        (
            layout
            for profile in chosen
            for layout in profile.layouts
            if not layout.ignore and not layout.by_name
        ),
        key=lambda layout: (
            len(layout.bind(header)),
            -len([c for c in layout.require if c not in layout.bind(header)]),
        ),
    )
    bound = nearest.bind(header)
    shown = ", ".join(cell.strip()[:30] for cell in header[:8]) + (", …" if len(header) > 8 else "")
    if not bound:
        return InputError(
            f"no header of a known layout was found; the first row reads: {shown}",
            where=source.name,
            remedy="Give the columns the contract's names (see `backorders template`)"
            " or check the delimiter",
        )
    missing = ", ".join(column for column in nearest.require if column not in bound)
    what = f"{nearest.id}" if nearest.profile == CONTRACT else f"{nearest.profile} {nearest.id}"
    return InputError(
        f"the header matches no table; nearest is {what}, which lacks {missing or 'more columns'}",
        where=source.name,
        remedy=f"Add or rename columns; the header reads: {shown}",
    )
