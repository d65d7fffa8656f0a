"""Ad-hoc SQL over the published figures, read-only and within limits."""

import streamlit as st

from dashboard import ask, elements, states

here = elements.screen().unfiltered()
st.title("Ask in SQL", anchor=False)
states.freshness(here.about, here.view.snapshot)
with st.container(border=True):
    ask.editor(here)
    ask.answer(here)
with st.container(border=True):
    ask.dictionary(here)
ask.elsewhere(here)
