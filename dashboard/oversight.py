"""The blocks of the page *Settings*: access as it is set, and the audit log."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from dashboard import access, formats, queries, states, tables
from dashboard.access import Role
from dashboard.elements import Screen
from sql import audit

EVENTS_SHOWN = 1_000
MAY = {
    Role.VIEWER: "every page but these",
    Role.ANALYST: "also the page SQL, downloads, and saving scenarios",
    Role.ADMIN: "also loading files, and this page",
}


def heading(here: Screen) -> None:
    """Title, and whether sign-in is needed."""
    st.title("Who may do what, and who did?", anchor=False)
    states.freshness(here.about, here.view.snapshot)
    rules = access.rules()
    if rules is None:
        st.markdown(
            "**Open on this machine.** Nobody signs in here, and nobody is let in from another"
            " machine. `[auth]` in `.streamlit/secrets.toml` names a provider to sign in with."
        )
        return
    default = f"the role {rules.default_role.word}" if rules.default_role else "no access"
    st.markdown(
        f"**Sign-in is needed**, and lasts {rules.session_hours:g} hours. Who is named nowhere has"
        f" {default}."
    )


def rules() -> None:
    """The roles and scopes of secrets.toml."""
    found = access.rules()
    if found is None:
        return
    with st.container(border=True):
        st.subheader("Roles", anchor=False)
        roles = [
            {"role": role.word, "may open": MAY[role], "who": ", ".join(found.roles.get(role, ()))}
            for role in Role
        ]
        st.dataframe(pl.DataFrame(roles), hide_index=True, alt="Roles and who has them")
        if found.scopes:
            st.markdown("**Narrowed to a part of the orders**")
            scopes = [{"who": name, "sees": each.words()} for name, each in found.scopes.items()]
            st.dataframe(pl.DataFrame(scopes), hide_index=True, alt="Scopes and whose they are")


def log(here: Screen) -> None:
    """The audit log, the newest first, of one kind where asked for."""
    with st.container(border=True):
        st.subheader("What was done", anchor=False)
        found = audit.entries(queries.store_dir(), last=EVENTS_SHOWN)
        if not found:
            st.caption("Nothing has been noted yet.")
            return
        kinds = list(dict.fromkeys(str(entry["event"]) for entry in found))
        kind = st.segmented_control("Only", kinds, key="audit_event")
        shown = [entry for entry in found if kind in (None, entry["event"])]
        st.caption(
            f"{formats.count(len(shown), 'event')}, the newest first; `backorders audit` lists all."
        )
        frame = pl.DataFrame(audit.rows(shown))
        st.dataframe(
            frame,
            hide_index=True,
            alt="Audit log",
            column_config={
                "time": "Time (UTC)",
                "event": "Event",
                "user": "User",
                "role": "Role",
                "details": st.column_config.TextColumn("Details", width="large"),
            },
        )
        made = partial(queries.file_of, frame)
        tables.downloads(made, f"audit-{here.about.as_of}", frame.height, "audit_file")
