"""The language menu, and the language in the address of the page."""

from __future__ import annotations

import streamlit as st
from babel import Locale

from dashboard import texts
from dashboard.texts import _

_MENU = "language"


def keep() -> None:
    """Keeps a language chosen in the address of every page: a link opens in it."""
    chosen = st.session_state.get(texts.LANG)
    if chosen and st.query_params.get(texts.LANG) != chosen:
        st.query_params[texts.LANG] = chosen


def menu() -> None:
    """The languages there are, in their own names, at the foot of the sidebar."""
    known = texts.languages()
    if len(known) < 2:
        return
    with st.sidebar:
        st.selectbox(
            _("Language"),
            known,
            index=known.index(texts.language()),
            format_func=_own_name,
            key=_MENU,
            on_change=_choose,
        )


def _choose() -> None:
    chosen = str(st.session_state[_MENU])
    st.session_state[texts.LANG] = chosen
    st.query_params[texts.LANG] = chosen


def _own_name(name: str) -> str:
    locale = Locale.parse(name)
    return (locale.get_display_name(locale) or name).capitalize()
