"""How much money is needed until when, whose it is, and who owes it."""

import streamlit as st

from dashboard import cash, elements

here = elements.screen()
totals = cash.heading(here)
cash.headline(here, totals)
cash.facts(here, totals)
cash.unknowns(totals)

with st.container(border=True):
    cash.position(here, totals)
with st.grid(2, min_column_width=330, gap="medium", border=True) as grid:
    with grid.cell():
        cash.flows(here)
    with grid.cell():
        cash.ageing(here)
    with grid.cell():
        cash.parties(here)
    with grid.cell():
        cash.cycle(here)
with st.container(border=True):
    cash.rows(here)
cash.assumptions(here)
cash.evidence(here)
