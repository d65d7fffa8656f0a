"""The blocks of the page *Settings*: access as it is set, and the audit log."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from dashboard import access, formats, queries, states, tables
from dashboard.access import Role
from dashboard.elements import Screen
from dashboard.texts import N_, _
from sql import audit

EVENTS_SHOWN = 1_000
MAY = {
    Role.VIEWER: N_("see the pages, but SQL and Settings"),
    Role.ANALYST: N_("also ask in SQL, download, and save scenarios"),
    Role.ADMIN: N_("also load files, and see this page"),
}


def heading(here: Screen) -> None:
    """Title, and whether sign-in is needed."""
    st.title(_("Who may do what, and who did?"), anchor=False)
    states.freshness(here.about, here.view.snapshot)
    rules = access.rules()
    if rules is None:
        st.markdown(
            _(
                "**Open on this machine.** Nobody signs in here, and nobody is let in from another"
                " machine. `[auth]` in `secrets.toml` names a provider to sign in with."
            )
        )
        return
    st.markdown(
        _("**Sign-in is needed**, and lasts {hours} hours.").format(
            hours=formats.number(rules.session_hours)
        )
        + " "
        + (
            _("Who is named nowhere has the role {role}.").format(role=rules.default_role.word)
            if rules.default_role
            else _("Who is named nowhere is not let in.")
        )
    )


def rules() -> None:
    """The roles and scopes of secrets.toml."""
    found = access.rules()
    if found is None:
        return
    with st.container(border=True):
        st.subheader(_("Roles"), anchor=False)
        roles = [
            {
                _("Role"): role.word,
                _("May"): _(MAY[role]),
                _("Who"): ", ".join(found.roles.get(role, ())),
            }
            for role in Role
        ]
        st.dataframe(pl.DataFrame(roles), hide_index=True, alt=_("Roles and who has them"))
        if found.scopes:
            st.markdown(_("**Narrowed to a part of the orders**"))
            scopes = [
                {_("Who"): name, _("Sees"): access.words(each)}
                for name, each in found.scopes.items()
            ]
            st.dataframe(pl.DataFrame(scopes), hide_index=True, alt=_("Scopes and whose they are"))


def log(here: Screen) -> None:
    """The audit log, the newest first, of one kind where asked for."""
    with st.container(border=True):
        st.subheader(_("What was done"), anchor=False)
        found = audit.entries(queries.store_dir(), last=EVENTS_SHOWN)
        if not found:
            st.caption(_("Nothing has been noted yet."))
            return
        kinds = list(dict.fromkeys(str(entry["event"]) for entry in found))
        kind = st.segmented_control(_("Show only"), kinds, key="audit_event")
        shown = [entry for entry in found if kind in (None, entry["event"])]
        st.caption(
            _("{events}, the newest first; `backorders audit` lists all.").format(
                events=formats.count(len(shown), "event")
            )
        )
        frame = pl.DataFrame(audit.rows(shown))
        st.dataframe(
            frame,
            hide_index=True,
            alt=_("Audit log"),
            column_config={
                "time": _("Time (UTC)"),
                "event": _("Event"),
                "user": _("User"),
                "role": _("Role"),
                "details": st.column_config.TextColumn(_("Details"), width="large"),
            },
        )
        made = partial(queries.file_of, frame)
        tables.downloads(made, f"audit-{here.about.as_of}", frame.height, "audit_file")
