"""The texts of the dashboard in the reader's language, and the locale its figures are written in.

A text is written in English where it is shown, inside `_()`, or `_n()` where it depends on a
number; tables of texts are `Texts({...})`. `make texts` collects them all in `backorders.pot`.
Another language is one more file beside it: `fr.po` is French.

The locale belongs to a visit, never to the process: to the run of a page, and to the session for
what runs later, such as fragments and callbacks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

import streamlit as st
from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

FOLDER = Path(__file__).parent
SOURCE = Locale("en")
"""The language the texts are written in."""

DICTIONARY = "dictionary"
"""Context of the comments of the data dictionary in a language's file: those it has are shown."""

LANG = "lang"
"""Name of the locale in the address of a page: `?lang=de`, `?lang=de-CH`."""

_IN_SESSION = "locale"
_run: ContextVar[Locale | None] = ContextVar("locale", default=None)


@cache
def languages() -> tuple[str, ...]:
    """The languages there are texts in, English first."""
    return (SOURCE.language, *sorted(path.stem for path in FOLDER.glob("*.po")))


def find(name: str | None) -> Locale | None:
    """The locale of a name such as de, de-CH or de_CH; None where there are no texts for it."""
    try:
        locale = Locale.parse((name or "").strip().replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None
    return locale if {str(locale), locale.language} & set(languages()) else None


def settle(asked: str | None, browser: str | None) -> Locale:
    """Decides the locale of a run: what was asked for, the installation's, the browser's, English.

    What was asked for once holds for the session.
    """
    chosen = find(asked)
    if chosen:
        st.session_state[LANG] = asked
    else:
        chosen = find(st.session_state.get(LANG))
    found = chosen or find(os.environ.get("BACKORDERS_LOCALE")) or _of_browser(browser) or SOURCE
    st.session_state[_IN_SESSION] = found
    _run.set(found)
    return found


def _of_browser(name: str | None) -> Locale | None:
    # English is written so that no country misreads a date, unless a country's way is asked for.
    found = find(name)
    return SOURCE if found and found.language == SOURCE.language else found


def current() -> Locale:
    """The locale of this run or session; English outside of both."""
    found = _run.get()
    # Fragments run alone, in a thread of their own: the session knows what app.py decided.
    if found is None and get_script_run_ctx(suppress_warning=True):
        found = st.session_state.get(_IN_SESSION)
    return found or SOURCE


def language() -> str:
    """Which of the languages is spoken."""
    locale = current()
    return str(locale) if str(locale) in languages() else locale.language


@contextmanager
def speaking(locale: Locale) -> Iterator[None]:
    """Another locale for a while."""
    token = _run.set(locale)
    try:
        yield
    finally:
        _run.reset(token)


@cache
def _catalog(language: str) -> NullTranslations:
    path = FOLDER / f"{language}.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=path.stem))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _(text: str) -> str:
    """The text in the reader's language; as it is where the language has none."""
    return _catalog(language()).gettext(text) if text else text


def _n(one: str, many: str, number: float | Decimal) -> str:
    """One of two texts, by number, in the reader's language; `{n}` in it is left to be filled."""
    # An unknown or broken number counts as many.
    return _catalog(language()).ngettext(one, many, 1 if number == 1 else max(2, int(number)))


def N_(text: str) -> str:  # noqa: N802  gettext's name for it
    """The text as it is, known as one that is shown: `_()` translates it later."""
    return text


def N_n(one: str, many: str) -> tuple[str, str]:  # noqa: N802
    """Both texts as they are, known as ones that are shown: `_n()` translates them later."""
    return one, many


def meaning(comment: str) -> str:
    """A comment of the data dictionary in the reader's language, where that has it."""
    return _catalog(language()).pgettext(DICTIONARY, comment)


def given(text: str) -> str:
    """A name or word that the data give in English, in the reader's language: see names.py."""
    return _(text)


class Texts(Mapping[str, str]):
    """A table of texts: keys stay, texts are read in the reader's language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Keeps the texts in English."""
        self.english = dict(texts)

    def __getitem__(self, key: str) -> str:
        """The text of a key."""
        return _(self.english[key])

    def __iter__(self) -> Iterator[str]:
        """The keys in their order."""
        return iter(self.english)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.english)


@cache
def _english() -> dict[str, str]:
    """Text in any language → in English."""
    found: dict[str, str] = {}
    for name in languages()[1:]:
        with (FOLDER / f"{name}.po").open("rb") as file:
            for message in read_po(file, locale=name):
                if isinstance(message.id, str) and isinstance(message.string, str):
                    found.setdefault(message.string, message.id)
    return found


def in_this_language(text: str) -> str:
    """A text of any language in the reader's: links hold the words of whoever sent them."""
    return _(_english().get(text, text))
