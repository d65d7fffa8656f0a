"""Whether waiting on purpose pays, and how much of it would."""

import streamlit as st

from dashboard import elements, plans

here = elements.screen()
on_purpose, against_plan = plans.heading(here)
plans.headline(here, on_purpose)
plans.facts(here, on_purpose, against_plan)
plans.unknowns(on_purpose, against_plan)

with st.grid(2, min_column_width=330, gap="medium", border=True) as grid:
    with grid.cell():
        plans.ledger(here, is_planned=True)
    with grid.cell():
        plans.ledger(here, is_planned=False)
with st.container(border=True):
    plans.items(here)
with st.container(border=True):
    plans.policies(here)
plans.assumptions(here)
plans.evidence(here)
