"""Who and what is in the backlog, and which supply will fill it."""

import streamlit as st

from dashboard import elements, pictures, tables
from dashboard.texts import Texts, _

FIGURES = Texts(
    {
        "backlog.lines": "Lines",
        "backlog.by_item": "By item",
        "backlog.by_customer": "By customer",
        "backlog.by_supplier": "By supplier",
        "backlog.by_category": "By category",
        "backlog.by_location": "By location",
        "backlog.by_order_month": "By month of order",
        "backlog.pegs": "Pegs: which supply fills which line",
        "backlog.fill_rates": "Fill rates",
        "backlog.otif": "On time and in full",
    }
)

here = elements.screen()
totals = elements.heading(_("Who waits for what, and what will fill it?"), here)

with st.grid(4, min_column_width=150, gap="small"):
    elements.fact(here, totals, "open", _("Open backlog"))
    elements.fact(here, totals, "backordered", _("Backordered"))
    elements.fact(here, totals, "uncovered", _("Covered by nothing"))
    elements.fact(here, totals, "past_due", _("Past due"))
elements.unknowns(totals)

with st.container(border=True):
    pictures.breakdown(here)
with st.container(border=True):
    pictures.tabs(here)
with st.container(border=True):
    tables.lines_and_pegs(here, totals)

tables.evidence(here, FIGURES, "backlog")
