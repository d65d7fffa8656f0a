"""What is loaded, and can it be trusted?"""

import streamlit as st

from dashboard import dropzone, elements, trust

here = elements.screen().unfiltered()
trust.heading(here)

with st.container(border=True):
    dropzone.panel(here.about.is_sample)
with st.container(border=True):
    trust.findings(here)
with st.container(border=True):
    trust.refused(here)
with st.container(border=True):
    trust.loads(here)
with st.container(border=True):
    trust.freshness(here)
with st.container(border=True):
    trust.answers(here)
with st.container(border=True):
    trust.promises(here)

trust.evidence(here)
