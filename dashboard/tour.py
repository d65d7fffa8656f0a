"""Five steps through the sample business, for who sees it for the first time."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.texts import N_, _

_STEP = "tour_step"
"""The step looked at, from 1; 0 before the tour is begun, None after it was put away."""


@dataclass(frozen=True)
class Step:
    """What to look at, on which page."""

    page: str
    title: str
    text: str


STEPS = (
    Step(
        "overview",
        N_("How much is waiting"),
        N_(
            "The large number is what is due and cannot be filled from stock, in money. Below it:"
            " how long it has waited, for which items and customers. Click a bar, and everything"
            " is filtered by it."
        ),
    ),
    Step(
        "causes",
        N_("Why it is waiting"),
        N_(
            "Each missing unit has a cause, and the causes add up to what is short. Click the"
            " largest one to see its suppliers, items and lines, down to the records that prove it."
        ),
    ),
    Step(
        "suppliers",
        N_("The late purchase order"),
        N_(
            "Suppliers are ranked by what is late now and what waits for it. Click one: its late"
            " orders, how late its deliveries usually are, and when they are to be expected."
        ),
    ),
    Step(
        "what_if",
        N_("What if it came earlier"),
        N_(
            "Choose a lever, such as a supplier's days, and see in a second what it would do to the"
            " backlog, the dates, the risks and the cash. Nothing is changed by it."
        ),
    ),
    Step(
        "cash_flow",
        N_("What it does to cash"),
        N_(
            "The money to be found until when, whose it is, and who owes it. Each figure's mark"
            " explains it, and the page Definitions has the formula of all of them."
        ),
    ),
)


def guide(page: str) -> None:
    """The card of the step, above the page, or the offer to begin."""
    step = st.session_state.setdefault(_STEP, 0)
    if step is None:
        return
    if step == 0:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="tour"):
            st.markdown(
                _("**New here?** Five steps lead from what is waiting to what it does to cash."),
                width="stretch",
            )
            if st.button(_("Show me"), type="primary", icon=":material/tour:", key="tour_begin"):
                _go(1)
            st.button(_("No, thanks"), key="tour_decline", on_click=_put_away)
        return
    _card(step, page)


def _card(step: int, page: str) -> None:
    found = STEPS[step - 1]
    with st.container(border=True, key="tour"):
        st.markdown(
            _("**{n} of {all} · {title}**: {text}").format(
                n=step, all=len(STEPS), title=_(found.title), text=_(found.text)
            )
        )
        with st.container(horizontal=True, gap="small"):
            if found.page != page:
                if st.button(_("Back to the tour"), type="primary", key="tour_return"):
                    _go(step)
            elif step < len(STEPS):
                following = _(STEPS[step].title)
                label = _("Next: {title}").format(title=following)
                if st.button(label, type="primary", key="tour_next"):
                    _go(step + 1)
            if step > 1 and st.button(_("Back"), key="tour_back"):
                _go(step - 1)
            st.button(_("End the tour"), key="tour_end", on_click=_put_away)


def again() -> None:
    """In the sidebar: the tour, for who put it away."""
    if st.session_state.get(_STEP, 0) is None:
        with st.sidebar:
            if st.button(
                _("Show me around"), icon=":material/tour:", width="stretch", key="tour_again"
            ):
                _go(1)


def _go(step: int) -> None:
    st.session_state[_STEP] = step
    # Without `query_params` Streamlit does not go while a filter stands in the address.
    st.switch_page(f"app_pages/{STEPS[step - 1].page}.py", query_params={})


def _put_away() -> None:
    st.session_state[_STEP] = None
