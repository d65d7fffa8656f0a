"""What to do about the backlog, worth most first."""

import streamlit as st

from dashboard import elements, todo

here = elements.screen()
kinds = todo.heading(here)
todo.headline(here, kinds)
todo.kinds_of(here, kinds)
with st.container(border=True):
    todo.picture(here)
with st.container(border=True):
    todo.rows(here, kinds)
with st.container(border=True):
    todo.drafts(here)
todo.assumptions(here)
todo.evidence(here)
