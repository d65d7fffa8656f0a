"""What is waiting, since when, and what is it worth."""

import streamlit as st

from dashboard import elements, pictures, tables
from dashboard.texts import Texts, _

TOP = 8
FIGURES = Texts(
    {
        "backlog.totals": "Totals",
        "backlog.ageing": "By days past due",
        "backlog.by_type": "By type",
        "backlog.by_item": "By item",
        "backlog.by_customer": "By customer",
        "backlog.daily": "Open backlog by day",
        "backlog.projected": "Backlog in the coming weeks",
    }
)

here = elements.screen()
totals = elements.heading(_("What is waiting, since when, and what is it worth?"), here)
elements.headline(here, totals)

with st.grid(4, min_column_width=150, gap="small"):
    elements.fact(here, totals, "covered", _("Covered by supply"))
    elements.fact(here, totals, "uncovered", _("Covered by nothing"))
    elements.fact(here, totals, "past_due", _("Past due"))
    elements.fact(here, totals, "late", _("Late on first promise"))
    elements.fact(here, totals, "future_short", _("Short, due later"))
    elements.fact(here, totals, "held", _("Held"))
    elements.fact(here, totals, "open", _("Open backlog"))
    elements.waiting(here, totals)
elements.unknowns(totals)

with st.grid(2, min_column_width=330, gap="medium", border=True) as grid:
    with grid.cell():
        pictures.ageing(here, "overview")
    with grid.cell():
        pictures.types(here, "overview")
    with grid.cell():
        pictures.by(here, "item", _("Items that wait"), TOP, "overview")
    with grid.cell():
        pictures.by(here, "customer", _("Customers who wait"), TOP, "overview")
    with grid.cell():
        pictures.trend(here)
    with grid.cell():
        pictures.coming(here)

tables.evidence(here, FIGURES, "overview")
