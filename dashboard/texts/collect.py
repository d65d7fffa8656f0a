"""What there is to translate: the texts in the code, and those the configuration holds."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract, extract_python
from babel.messages.pofile import read_po, write_po

from dashboard.texts import DICTIONARY, FOLDER
from sql import models

PACKAGE = FOLDER.parent
TEMPLATE = FOLDER / "backorders.pot"
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "_n": (1, 2), "N_n": (1, 2)}
TABLE = "Texts"

Found = tuple[int, Any, Any, Any]
"""What a method of Babel's extractor gives: line, function, texts, comments."""


def tables(file: IO[bytes]) -> Iterator[Found]:
    """The texts in `Texts({...})`, in the form of a method of Babel's extractor."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == TABLE:
            for part in node.args:
                for value in part.values if isinstance(part, ast.Dict) else ():
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield value.lineno, "_", value.value, []


def _method(file: Any, keywords: Any, tags: Any, options: Any) -> Iterator[Any]:
    yield from extract_python(file, keywords, tags, options)
    file.seek(0)
    yield from tables(file)


def template() -> Catalog:
    """All texts in English, in the order of the files they are first shown in."""
    made = Catalog(
        project="Backorders",
        header_comment="# The texts of the Backorders dashboard, in English."
        " Copy to LANGUAGE.po to translate.",
        charset="utf-8",
    )
    for path in sorted(PACKAGE.rglob("*.py")):
        with path.open("rb") as file:
            found: Iterable[Any] = extract(_method, file, keywords=KEYWORDS)
            for _line, message, _comments, _context in found:
                made.add(message, locations=[(path.relative_to(PACKAGE).as_posix(), 0)])
    for example in tomllib.loads((models.SQL_DIR / "examples.toml").read_text("utf-8")).values():
        made.add(example["question"], locations=[("sql/examples.toml", 0)])
    for name_of_file in ("assumptions.toml", "changes.toml"):
        for lever in tomllib.loads((models.SQL_DIR / name_of_file).read_text("utf-8")).values():
            for name in ("label", "unit", "source"):
                if lever.get(name):
                    made.add(lever[name], locations=[(f"sql/{name_of_file}", 0)])
    return made


def comments() -> set[str]:
    """The comments of the data dictionary."""
    found: set[str] = set()
    for model in models.load_models().values():
        found.update(text for text in (model.description, *model.columns.values()) if text)
    return found


def merged(language: Catalog, template: Catalog) -> Catalog:
    """A language's texts on the template's: new ones empty, those no longer shown left out.

    Comments of the dictionary are translated as far as the language has them.
    """
    made = Catalog(
        locale=language.locale,
        project="Backorders",
        charset="utf-8",
        fuzzy=False,
        header_comment=language.header_comment,
    )
    for message in template:
        if message.id:
            known = language.get(message.id)
            string = known.string if known and not known.fuzzy else None
            made.add(message.id, string, locations=message.locations)
    there = comments()
    for message in sorted(dictionary(language), key=lambda one: str(one.id)):
        if message.id in there:
            made.add(message.id, message.string, context=DICTIONARY)
    return made


def dictionary(language: Catalog) -> list[Message]:
    """The comments of the dictionary that a language has."""
    return [message for message in language if message.context == DICTIONARY]


def write(catalog: Catalog, path: Path) -> None:
    """Writes a catalog without dates and versions: the same texts are the same file."""
    written = BytesIO()
    write_po(written, catalog, width=100, include_lineno=False)
    lines = written.getvalue().decode("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(_NOT_KEPT)), "utf-8")


_NOT_KEPT = tuple(
    f'"{name}: '
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)


def update() -> None:
    """Writes the template and every language's file."""
    all_texts = template()
    write(all_texts, TEMPLATE)
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as file:
            language = read_po(file, locale=path.stem)
        write(merged(language, all_texts), path)
