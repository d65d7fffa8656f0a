"""The language menu, and the language in the address of the page."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st
from babel import Locale
from streamlit.errors import StreamlitAPIException

from dashboard import texts
from dashboard.texts import _

_MENU = "language"
_CHOICES = (
    "action_kinds",
    "by",
    "cause",
    "compare",
    "materials_list",
    "of",
    "planned",
    "rank",
    "risk",
    "rule",
    "unit",
    "why",
)
"""Names in the address whose values are words: a widget keeps there what it shows."""


def keep() -> None:
    """Keeps a language other than English in the address, so that a link opens in it.

    A link of another language is read in this one.
    """
    chosen = st.session_state.get(texts.LANG)
    if chosen is None and texts.language() != texts.SOURCE.language:
        chosen = texts.language()
    if chosen and st.query_params.get(texts.LANG) != chosen:
        st.query_params[texts.LANG] = chosen
    is_read = False
    for name in _CHOICES:
        told = st.query_params.get_all(name)
        read = [texts.in_this_language(text) for text in told]
        if read != told:
            # A widget that is drawn already rewrites its own place.
            with suppress(StreamlitAPIException):
                st.query_params[name] = read
                is_read = True
    if is_read:
        # Widgets take what the address held when the run began.
        st.rerun()


def menu() -> None:
    """The languages there are, in their own names, at the foot of the sidebar."""
    known = texts.languages()
    if len(known) < 2:
        return
    # Shows what is spoken, also where a link decided that.
    st.session_state[_MENU] = texts.language()
    with st.sidebar:
        st.selectbox(_("Language"), known, format_func=_own_name, key=_MENU, on_change=_choose)


_KEPT = (*_CHOICES, "cash_by", "cash_rows", "pass", "plan_items")
"""Widgets of words that keep their choice when the language changes."""


def _choose() -> None:
    chosen = str(st.session_state[_MENU])
    for key in _KEPT:
        if key in st.session_state:
            # Said by code, a choice is told by what it is and no longer by its words.
            st.session_state[key] = st.session_state[key]
    st.session_state[texts.LANG] = chosen
    st.query_params[texts.LANG] = chosen


def _own_name(name: str) -> str:
    locale = Locale.parse(name)
    return (locale.get_display_name(locale) or name).capitalize()
