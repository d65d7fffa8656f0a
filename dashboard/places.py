"""On which pages a model is shown: read from the dashboard's own code, so that no list grows stale.

From a page's script the functions and constants it reaches are followed; the models named in them
are what the page may show.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeGuard

from sql import models
from sql import scenario as scenarios

HERE = Path(__file__).parent
ANY = {"sql", "definitions"}
"""Pages that show whatever is asked for."""

_NAME = re.compile(r"\b[a-z_]+\.[a-z_]+\b")
_OPEN = re.compile(r"\b([a-z_]+\.)\{\}")
# They run or rewrite what they are given, and say of which day it is: the tables they name are not
# what is shown.
_NOT_FOLLOWED = {
    ("dashboard.queries", name) for name in ("statement", "formula", "_fetch", "_read", "about")
}

Key = tuple[str, str]


@dataclass(frozen=True)
class Page:
    """A page of the dashboard: the name of its script, and its title."""

    name: str
    title: str


@cache
def pages() -> tuple[Page, ...]:
    """The pages in the order of the navigation."""
    found = []
    for node in _listed():
        title = next(word.value for word in node.keywords if word.arg == "title")
        found.append(Page(Path(_first_text(node.args[0])).stem, _first_text(title)))
    return tuple(found)


def _listed() -> list[ast.Call]:
    """What stands in app.py's list of all pages; elsewhere a page is only made anew."""
    for node in _tree(HERE / "app.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGES":
            return [each for each in ast.walk(node.value) if _is_page(each)]
    raise LookupError("app.py lists no pages")


@cache
def shown_on(page: str) -> frozenset[str]:
    """The models a page may show."""
    return _named(_reached(f"dashboard.app_pages.{page}"))


def pages_of(model: str) -> tuple[Page, ...]:
    """The pages that may show a model."""
    return tuple(page for page in pages() if page.name not in ANY and model in shown_on(page.name))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _is_page(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"


def _first_text(node: ast.AST) -> str:
    return next(
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


@dataclass(frozen=True)
class _Module:
    """What a module defines at its top, and what its names of imports stand for."""

    defines: dict[str, list[ast.stmt]]
    imports: dict[str, Key]
    script: list[ast.stmt]


@cache
def _modules() -> dict[str, _Module]:
    paths = {f"dashboard.{path.stem}": path for path in HERE.glob("*.py")}
    paths |= {f"dashboard.app_pages.{path.stem}": path for path in HERE.glob("app_pages/*.py")}
    paths["sql.scenario"] = Path(scenarios.__file__)
    return {name: _module(_tree(path)) for name, path in paths.items()}


def _module(tree: ast.Module) -> _Module:
    defines: dict[str, list[ast.stmt]] = {}
    imports: dict[str, Key] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                imports[name.asname or name.name] = (node.module, name.name)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defines.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for each in ast.walk(target):
                    if isinstance(each, ast.Name):
                        defines.setdefault(each.id, []).append(node)
    return _Module(defines, imports, tree.body)


def _reached(page: str) -> list[ast.stmt]:
    """The script of a page, and every definition it comes to."""
    found: list[ast.stmt] = []
    waiting: list[tuple[str, ast.stmt]] = [
        (page, node)
        for node in _modules()[page].script
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign)
    ]
    seen: set[Key] = set()
    while waiting:
        module, node = waiting.pop()
        found.append(node)
        for key in _references(module, node):
            if key not in seen and key not in _NOT_FOLLOWED:
                seen.add(key)
                there = _modules().get(key[0])
                waiting += [
                    (key[0], each) for each in (there.defines.get(key[1], ()) if there else ())
                ]
    return found


def _references(module: str, node: ast.stmt) -> Iterator[Key]:
    known = _modules()[module]
    own = _bound(node)
    for each in _inside(node):
        if isinstance(each, ast.Name) and each.id not in own:
            if each.id in known.defines:
                yield module, each.id
            elif each.id in known.imports:
                yield known.imports[each.id]
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
            package, name = known.imports.get(each.value.id, ("", ""))
            yield f"{package}.{name}", each.attr


def _named(nodes: list[ast.stmt]) -> frozenset[str]:
    """The models named in texts; a text with a hole after the schema names all of the schema."""
    known = models.load_models()
    found: set[str] = set()
    for node in nodes:
        for text in _texts(node):
            found |= set(_NAME.findall(text)) & known.keys()
            for schema in _OPEN.findall(text):
                found |= {name for name in known if name.startswith(schema)}
    return frozenset(found)


def _bound(node: ast.stmt) -> set[str]:
    """Names that a definition gives a meaning of its own."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return set()
    return {
        each.arg if isinstance(each, ast.arg) else each.id
        for each in ast.walk(node)
        if isinstance(each, ast.arg)
        or (isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
    }


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """A piece of code with all that is in it, but for the defaults of parameters."""
    if not isinstance(node, ast.arguments):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from _inside(child)


def _texts(node: ast.AST) -> Iterator[str]:
    """The texts of a piece of code, {} for what is put into them; no docstrings, no defaults."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.arguments):
        return
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
            for part in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        if not isinstance(node, ast.JoinedStr) or isinstance(child, ast.FormattedValue):
            yield from _texts(child)
