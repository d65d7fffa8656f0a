"""The texts: all in one file, complete in every language, and no English left on a German page."""

import ast
import json
import re
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from google.protobuf.message import Message as Proto
from streamlit.testing.v1 import AppTest

from dashboard import formats, tables, texts
from dashboard.texts import collect
from tests.dashboard.conftest import Run

GERMAN = Locale("de")
PAGES = sorted(
    path.stem for path in (collect.PACKAGE / "app_pages").glob("*.py") if path.stem != "__init__"
)
LANGUAGES = sorted(texts.FOLDER.glob("*.po"))


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem if path.suffix == ".po" else None)


def parts(text: Any) -> list[str]:
    return list(text) if isinstance(text, list | tuple) else [text]


def places(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def shown(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id and not message.context]


def test_there_is_more_than_one_language() -> None:
    assert texts.languages()[:2] == ("en", "de")


def test_the_template_is_current() -> None:
    """If not: `make texts`."""
    there = {str(message.id) for message in shown(read(collect.TEMPLATE))}
    wanted = {str(message.id) for message in shown(collect.template())}
    assert there == wanted
    assert len(there) > 1_000


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_a_language_has_every_text(path: Path) -> None:
    language = read(path)
    assert {str(one.id) for one in shown(language)} == {
        str(one.id) for one in shown(collect.template())
    }
    for message in shown(language):
        assert not message.fuzzy, message.id
        translated = parts(message.string)
        assert len(translated) == (language.num_plurals if message.pluralizable else 1)
        assert all(translated), f"{message.id} is not translated"
        wanted = set.union(*(places(text) for text in parts(message.id)))
        for text in translated:
            assert places(text) == wanted, f"{message.id} → {text}"
        for mark in ("**", "`"):
            assert {text.count(mark) for text in translated} == {
                text.count(mark) for text in parts(message.id)
            }, f"{message.id} → {message.string}"


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_help_texts_are_those_of_the_dictionary(path: Path) -> None:
    there = collect.comments()
    found = collect.dictionary(read(path))
    assert found
    for message in found:
        assert message.id in there, f"no model says: {message.id}"
        assert message.string


def test_the_files_are_as_make_texts_writes_them(tmp_path: Path) -> None:
    template = collect.template()
    for path in LANGUAGES:
        collect.write(collect.merged(read(path), template), tmp_path / path.name)
        assert (tmp_path / path.name).read_text("utf-8") == path.read_text("utf-8")


def modules() -> list[Path]:
    return sorted(collect.PACKAGE.rglob("*.py"))


def test_no_text_is_glued_inside_its_mark() -> None:
    """What is marked is a whole constant: anything else is not in the file."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "_n", "N_"):
                for argument in node.args:
                    assert not isinstance(argument, ast.JoinedStr | ast.BinOp), (
                        f"{path.name}:{node.lineno}"
                    )


def test_the_mark_is_never_a_variable() -> None:
    """`for _, x in …` would hide the function `_` from the whole function around it."""
    for path in modules():
        tree = ast.parse(path.read_text("utf-8"))
        if "_" in {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "dashboard.texts"
            for alias in node.names
        }:
            hidden = [
                node.lineno
                for node in ast.walk(tree)
                if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)
            ]
            assert not hidden, f"{path.name}: {hidden}"


def test_every_noun_counted_has_its_plural() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "count":
                for noun in node.args[1:2]:
                    if isinstance(noun, ast.Constant):
                        assert formats.count(2, str(noun.value)), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("de", "de"),
        ("de-CH", "de_CH"),
        ("de_AT", "de_AT"),
        ("en-US", "en_US"),
        ("fr", None),
        ("xx", None),
        ("", None),
        (None, None),
        ("../../etc", None),
    ],
)
def test_a_locale_is_one_there_are_texts_for(name: str | None, found: str | None) -> None:
    locale = texts.find(name)
    assert (str(locale) if locale else None) == found


def test_numbers_and_dates_are_written_the_german_way() -> None:
    with texts.speaking(GERMAN):
        assert formats.money(412_300, "EUR") == "412\N{NO-BREAK SPACE}Tsd.\N{NO-BREAK SPACE}€"
        assert formats.money(-4_500, "EUR") == "−4.500\N{NO-BREAK SPACE}€"
        assert formats.money(12, "CHF") == "12\N{NO-BREAK SPACE}CHF"
        assert formats.quantity(1234.5) == "1.234,5 Stück"
        assert formats.count(1_204, "line") == "1.204 Positionen"
        assert formats.count(1, "line") == "1 Position"
        assert formats.rate(0.0123) == "1,2\N{NO-BREAK SPACE}%"
        assert formats.rate(0.9999) == "99\N{NO-BREAK SPACE}%"
        assert formats.day(date(2026, 8, 9)) == "9. Aug. 2026"
        assert formats.moment(datetime(2026, 3, 1, 6, 5, tzinfo=UTC)) == "1. März 2026 06:05 UTC"
        assert formats.month(date(2026, 3, 1)) == "März 2026"
        assert formats.signed(-1.25, 1) == "-1,2"
        assert formats.label("customer_name") == "Kunde"
    assert formats.money(412_300, "EUR") == "€412K"


def test_a_country_is_heeded_when_it_is_asked_for() -> None:
    with texts.speaking(Locale.parse("de_CH")):
        assert formats.number(1234567.5, 1) == "1’234’567.5"
        assert formats.word("requested") == "Wunschtermin"
    with texts.speaking(Locale.parse("en_US")):
        assert formats.day(date(2026, 8, 9)) == "Aug 9, 2026"


def test_charts_write_numbers_and_months_in_the_language() -> None:
    with texts.speaking(GERMAN):
        locale = formats.chart_locale()
        assert locale is not None
        assert locale["number"]["decimal"] == ","
        assert locale["time"]["shortMonths"][2] == "März"
        assert locale["time"]["days"][0] == "Sonntag"
        assert formats.d3_day() == "%-d. %b %Y"
    assert formats.chart_locale() is None


def test_the_language_is_the_one_asked_for_else_the_installations_else_the_browsers(
    store: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(store).title[0].value.startswith("What is waiting")
    assert run(store, lang="de").title[0].value.startswith("Was wartet")
    monkeypatch.setenv("BACKORDERS_LOCALE", "de")
    assert run(store).title[0].value.startswith("Was wartet")
    assert run(store, lang="en").title[0].value.startswith("What is waiting")


def test_the_language_is_kept_in_the_link_and_on_other_pages(store: Path, run: Run) -> None:
    app = run(store, "backlog", lang="de", unit="Units", by="Customer")
    assert app.title[0].value.startswith("Wer wartet")
    assert app.query_params["lang"] in ("de", ["de"])
    assert figures(app)["Im Rückstand"].endswith("Stück")
    app.selectbox(key="language").select("en").run()
    assert app.title[0].value.startswith("Who waits")
    assert app.query_params["lang"] in ("en", ["en"])


def test_two_visits_speak_their_own_language(store: Path, run: Run) -> None:
    german = run(store, lang="de")
    english = run(store)
    german.run()
    assert german.title[0].value.startswith("Was wartet")
    assert english.run().title[0].value.startswith("What is waiting")


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def strings(proto: Proto) -> Iterator[str]:
    """Every string of an element, those in a chart's JSON too."""
    for field, value in proto.ListFields():
        for one in value if field.is_repeated else [value]:
            if isinstance(one, Proto):
                yield from strings(one)
            elif isinstance(one, str) and field.name not in UNSEEN:
                yield from inside(one)


UNSEEN = {
    "code_text",
    "id",
    "form_id",
    "icon",
    "key",
    "user_key",
    "query_param_key",
    "element_id",
    "language",
}


def inside(text: str) -> Iterator[str]:
    try:
        found = json.loads(text)
    except ValueError:
        yield text
        return
    if isinstance(found, dict | list):
        yield from leaves(found)
    else:
        yield text


def leaves(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for name, value in found.items():
            if name not in ("field", "type", "name", "fields", "on", "aggregate"):
                yield from leaves(value)
    elif isinstance(found, list):
        for value in found:
            yield from leaves(value)
    elif isinstance(found, str):
        yield found


@pytest.mark.parametrize("page", PAGES)
def test_no_english_is_left_on_a_german_page(store: Path, run: Run, page: str) -> None:
    app = run(store, page, lang="de")
    german = read(texts.FOLDER / "de.po")
    english = {
        str(message.id)
        for message in shown(german)
        if isinstance(message.id, str) and message.id != message.string
    } - {str(message.string) for message in german}
    whole = {text for text in english if text.count(" ") >= 2 and not places(text)}
    seen = {
        re.sub(r"\\(.)", r"\1", text).strip()
        for block in (app.main, app.sidebar)
        for each in texts_of(block)
        for text in each.split("\n\n")
    }
    assert len(seen) > 10
    # Help from the dictionary is translated as far as the language has it.
    seen -= {text for text in seen if text.rstrip(".").lower() in COMMENTS}
    seen -= {text for text in seen if any(comment in text.lower() for comment in LONG)}
    left = {text for text in seen if text in english or any(each in text for each in whole)}
    assert not left


COMMENTS = {comment.rstrip(".").lower() for comment in collect.comments()}
LONG = {comment for comment in COMMENTS if len(comment) > 40}


def texts_of(block: Any) -> Iterator[str]:
    for child in block.children.values():
        if hasattr(child, "children"):
            if child.proto is not None:
                yield from strings(child.proto)
            yield from texts_of(child)
        else:
            yield from strings(child.proto)


def test_names_of_the_models_are_among_the_texts(store: Path) -> None:
    """What tables and charts show in the reader's language is known to every language."""
    known = {str(message.id) for message in shown(collect.template())}
    path = store / (store / "CURRENT").read_text().strip()
    names = {"title", "action_name", "cause_name", "rule_name", "risk_name", "owner"}
    with duckdb.connect(str(path), read_only=True) as con:
        columns = con.execute(
            "select schema_name, table_name, column_name from duckdb_columns()"
            " where data_type = 'VARCHAR' and not internal and schema_name not in"
            " ('contract', 'history', 'core')"
        ).fetchall()
        assert names <= {column for _schema, _table, column in columns}
        for schema, table, column in columns:
            if column in names or column in tables._CODES:
                found = con.execute(f'select distinct "{column}" from {schema}.{table}').fetchall()
                for (name,) in found:
                    if name is None or name in formats.WORDS:
                        continue
                    text = name if column in names else name.replace("_", " ").capitalize()
                    assert text in known, f"{schema}.{table}.{column}: {name}"
