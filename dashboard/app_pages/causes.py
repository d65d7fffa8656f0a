"""Why lines are short, or went short when they fell due, down to the records behind it."""

import streamlit as st

from dashboard import causes, elements, tables

here = elements.screen()
order = st.query_params.get(causes.ORDER)
if order:
    causes.one_line(here, order, st.query_params.get(causes.LINE, "1"))
    st.stop()

here, totals = causes.heading(here)
if totals:
    causes.answer(here, totals)
    with st.container(border=True):
        picked = causes.shares(here, totals)
else:
    causes.nothing_short(here)
if totals or not causes.is_past(here):
    with st.container(border=True):
        causes.by_month(here)
if totals:
    with st.container(border=True):
        causes.drill(here, totals, picked)
    with st.container(border=True):
        causes.mended(here, picked)
    with st.container(border=True):
        causes.unknown(here)
        causes.typed(here)
tables.evidence(here, causes.FIGURES, "causes")
