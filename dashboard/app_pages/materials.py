"""What waits for materials: what can be made now, what keeps the rest, and what to order."""

import streamlit as st

from dashboard import elements, materials

here = elements.screen()
totals = materials.heading(here)
materials.headline(here, totals)
materials.facts(here, totals)
materials.unknowns(totals)

if totals["bom_lines"]:
    with st.grid(2, min_column_width=330, gap="medium", border=True) as grid:
        with grid.cell():
            materials.gating(here)
        with grid.cell():
            materials.able(here)
with st.container(border=True):
    materials.rows(here)
if totals["bom_lines"]:
    with st.container(border=True):
        materials.bill(here)
materials.assumptions(here)
materials.evidence(here)
