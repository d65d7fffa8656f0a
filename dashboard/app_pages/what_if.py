"""What a change of supply, demand or rule would do."""

import streamlit as st

from dashboard import elements, states, what_if

here = elements.screen().unfiltered()
what_if.heading()
states.freshness(here.about, here.view.snapshot)
with st.container(border=True):
    settings = what_if.builder(here)
if settings:
    what_if.figures(here, settings)
    with st.container(border=True):
        what_if.picture(here, settings)
    with st.container(border=True):
        what_if.moved_lines(here, settings)
    what_if.causes(here, settings)
with st.container(border=True):
    what_if.tornado(here)
what_if.comparison(here)
