"""What each figure means, how it is computed, from what, and where it is shown."""

import streamlit as st

from dashboard import definitions, elements

here = elements.screen().unfiltered()
definitions.heading(here)
with st.container(border=True):
    chosen = definitions.finder()
if chosen:
    with st.container(border=True):
        definitions.one_of_them(here, chosen)
