"""Who delivers late, what waits for it, and how each supplier does."""

import streamlit as st

from dashboard import elements, supply

here = elements.screen()
totals = supply.heading(here)
if here.view.filters.supplier:
    with st.container(border=True):
        supply.record(here)
supply.headline(here, totals)
supply.facts(here, totals)
supply.unknowns(totals)

with st.grid(2, min_column_width=330, gap="medium", border=True) as grid:
    with grid.cell():
        supply.ranking(here)
    with grid.cell():
        supply.lead_times(here)
with st.container(border=True):
    supply.trend(here, totals)
with st.container(border=True):
    supply.rows(here)
with st.container(border=True):
    supply.single_sources(here)

supply.evidence(here)
