"""Who gets what, and when: the stock, the supply to come, and the rule that shares them out."""

import streamlit as st

from dashboard import allocation, elements, tables
from dashboard.texts import Texts, _

FIGURES = Texts(
    {
        "backlog.allocation_rules": "Allocation rules side by side",
        "backlog.rule_winners": "Who wins and who loses, by customer",
        "backlog.rule_lines": "What each line gets under each rule",
        "backlog.pegs": "Pegs: which supply fills which line",
        "backlog.promises": "When each line is filled",
        "backlog.supply_pegs": "What hangs on each supply",
    }
)

here = elements.screen()
totals = elements.heading(_("Who gets what, and when?"), here)
rules = allocation.answer(here, totals)

with st.container(border=True):
    allocation.timeline(here, totals)
with st.container(border=True):
    allocation.side_by_side(here, rules)
with st.container(border=True):
    allocation.what_hangs_on(here)

tables.evidence(here, FIGURES, "allocation")
