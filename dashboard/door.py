"""The way in and out: signing in, the page first asked for, signing out, and pages refused."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from dashboard import access, formats, texts
from dashboard.access import Outsider, Reader, Why
from dashboard.texts import _

_KEPT_SECONDS = 900
_KEPT_MOST = 1_000
_XSRF = "_streamlit_xsrf"

_wanted: dict[str, tuple[float, str, dict[str, list[str]]]] = {}
"""Browser → when it left for the provider, the page it had asked for, and its parameters."""

_seen: dict[str, None] = {}
"""Sign-ins written to the audit log."""


# In


def closed(outsider: Outsider, page: str) -> None:
    """What somebody sees who may not read: how to sign in, or why that does not help."""
    columns = st.columns([1, 2, 1])
    with columns[1], st.container(border=True):
        if outsider.why in (Why.SIGNED_OUT, Why.EXPIRED):
            _sign_in(outsider, page)
        elif outsider.why is Why.UNLISTED:
            _unlisted(outsider)
        else:
            _not_set_up(outsider)


def _sign_in(outsider: Outsider, page: str) -> None:
    st.title(_("Sign in"), anchor=False)
    if outsider.why is Why.EXPIRED:
        st.markdown(_("Your sign-in has ended. Sign in again to go on where you are."))
    else:
        st.markdown(_("Backorders shows these figures to people it knows. Sign in to see them."))
    for name in access.providers():
        if st.button(
            _("Sign in with {name}").format(name=name.title()) if name else _("Sign in"),
            type="primary",
            icon=":material/login:",
            key=f"sign_in_{name}",
            width="stretch",
        ):
            _remember(page)
            st.login(name or None)


def _unlisted(outsider: Outsider) -> None:
    st.title(_("No access yet"), anchor=False)
    _once("refused", outsider, reason=outsider.why.value)
    # As text: Markdown would make a link of an address.
    st.text(outsider.name)
    st.markdown(
        _(
            "You are signed in, and nobody has given this name a role here. Ask whoever runs this"
            " dashboard to add it to `[access.roles]`."
        )
    )
    _sign_out_button()


def _not_set_up(outsider: Outsider) -> None:
    st.title(_("Sign-in is not set up"), anchor=False)
    if outsider.detail:
        st.markdown(_("Nobody is let in until this is mended in `secrets.toml`:"))
        st.error(formats.sentence(outsider.detail), icon=":material/error:")
    else:
        st.markdown(
            _(
                "Seen from another machine, or through another server, these figures are shown only"
                " to people who sign in, and no provider is configured yet."
            )
        )
    st.markdown(
        _("Whoever runs this dashboard names the provider and who may do what in `secrets.toml`:")
    )
    st.code(_EXAMPLE, language="toml", wrap_lines=True)
    st.caption(_("Without such a file, no sign-in is needed on the machine itself."))


_EXAMPLE = """[auth]
redirect_uri = "https://backorders.example.com/oauth2callback"
cookie_secret = "…"    # openssl rand -hex 32
client_id = "…"
client_secret = "…"
server_metadata_url = "https://login.example.com/.well-known/openid-configuration"

[access.roles]
admin = ["anna@example.com"]
"""


def welcome(reader: Reader) -> None:
    """Writes a sign-in to the audit log, once."""
    if reader.sign_in and reader.sign_in not in _seen:
        _seen[reader.sign_in] = None
        while len(_seen) > 10_000:
            _seen.pop(next(iter(_seen)))
        scope = reader.scope
        access.noter(reader)(
            "signed in",
            regions=scope and scope.regions,
            locations=scope and scope.locations,
        )


def wanted() -> tuple[str, dict[str, list[str]]] | None:
    """The page this browser had asked for before it signed in, once."""
    found = _wanted.pop(_browser(), None)
    if found is None or time.time() - found[0] > _KEPT_SECONDS:
        return None
    return found[1:]


def _remember(page: str) -> None:
    browser = _browser()
    if browser:
        parameters = {name: st.query_params.get_all(name) for name in st.query_params}
        _wanted[browser] = (time.time(), page, parameters)
    while len(_wanted) > _KEPT_MOST:
        _wanted.pop(next(iter(_wanted)))


def _browser() -> str:
    """A name for this browser, the same before and after signing in; empty where it has none.

    It is the token Streamlit gives each browser against forged requests, without the mask that
    changes with every answer.
    """
    parts = str(st.context.cookies.get(_XSRF)).split("|")
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):
        return ""
    token = bytes(byte ^ mask[at % len(mask)] for at, byte in enumerate(masked)) if mask else b""
    return hashlib.sha256(token).hexdigest() if token else ""


# Out


def badge(reader: Reader) -> None:
    """Who is signed in, at the foot of the sidebar, and the way out."""
    if not reader.sign_in:
        return
    with st.sidebar:
        st.text(f"{reader.name}, {reader.role.word}")
        _sign_out_button()


def _sign_out_button() -> None:
    if st.button(_("Sign out"), icon=":material/logout:", key="sign_out", width="stretch"):
        found = access.who()
        access.noter(found)("signed out")
        if isinstance(found, Reader):
            access.end(found)
        st.logout()


# Refused


def hidden(page: Page, name: str) -> Page:
    """The page as one that can be asked for by its address, and stands in no menu."""
    return st.Page(
        f"app_pages/{name}.py",
        title=page.title,
        icon=page.icon,
        default=not page.url_path,
        visibility="hidden",
    )


def limits(reader: Reader) -> None:
    """Says what a scoped reader's figures are of; nothing takes it away."""
    if reader.scope is not None:
        st.caption(
            ":material/filter_alt: "
            + _("**Narrowed to {scope}**, on every page and in every file.").format(
                scope=formats.plain(access.words(reader.scope))
            )
        )


def refused(reader: Reader, page: str, title: str) -> None:
    """The page a reader may not open: why, and where to go."""
    with texts.speaking(texts.SOURCE):
        _once("refused", reader, page=page, reason=reader.refusal(page))
    st.title(_("Not open to you"), anchor=False)
    st.warning(
        formats.plain(reader.refusal(page) or ""),
        title=_("{page} is not shown").format(page=title),
        icon=":material/lock:",
    )
    st.markdown(_("Whoever runs this dashboard can change that."))
    st.page_link("app_pages/overview.py", label=_("To the overview"), icon=":material/dashboard:")


def _once(event: str, found: Reader | Outsider, **facts: Any) -> None:
    """One line in the audit log for what a reader runs into again and again in one visit."""
    key = f"noted_{event}_{sorted(facts.items())}"
    if key not in st.session_state:
        st.session_state[key] = True
        access.noter(found)(event, **facts)
