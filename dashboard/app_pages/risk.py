"""What may be lost, how likely, and to whom."""

import streamlit as st

from dashboard import elements, risk

here = elements.screen().in_money()
found = risk.heading(here)
risk.headline(here, found)
risk.facts(here, found)
risk.unknowns(here)

with st.grid(2, min_column_width=330, gap="medium", border=True) as grid:
    with grid.cell():
        risk.ranking(here, found)
    with grid.cell():
        risk.stock_outs(here)
    with grid.cell():
        risk.growth(here)
    with grid.cell():
        risk.brand(here)
with st.container(border=True):
    risk.rows(here)
risk.assumptions(here)
risk.evidence(here)
