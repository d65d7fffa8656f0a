"""Ad-hoc SQL over the published figures, read-only and within limits."""

import streamlit as st

from dashboard import ask, elements, states
from dashboard.texts import _

here = elements.screen().unfiltered()
st.title(_("Ask in SQL"), anchor=False)
states.freshness(here.about, here.view.snapshot)
with st.container(border=True):
    ask.editor(here)
    ask.answer(here)
with st.container(border=True):
    ask.dictionary(here)
ask.elsewhere(here)
