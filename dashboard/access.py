"""Who is reading, what they may open and take away, and which rows are theirs.

Open on the machine itself: whoever sits there owns the files too. On any other address, or as soon
as secrets.toml names a provider in `[auth]`, readers sign in there (Streamlit's OpenID Connect
login) and `[access]` says what each may do. Whatever is unclear (a provider that is not set up, a
setting that is misspelt, a name that is not listed) lets nobody in.
"""

from __future__ import annotations

import ipaddress
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from dashboard import logs, queries
from dashboard.texts import _
from sql import audit
from sql.scope import Scope

SESSION_HOURS = 12.0
_SECRET_LENGTH = 32
_SKEW_SECONDS = 300
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


class Role(IntEnum):
    """What a reader may do; each may do what those before it may."""

    VIEWER = 1
    ANALYST = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """Its name in secrets.toml."""
        return self.name.lower()


NEEDS = {"sql": Role.ANALYST, "settings": Role.ADMIN}
"""Page → the role it needs, where it is not open to every reader."""

NARROWED = frozenset({"overview", "backlog", "causes", "allocation", "definitions"})
"""Pages whose every figure can be narrowed to a scope; no other opens for a scoped reader."""


@dataclass(frozen=True)
class Reader:
    """Somebody who may read."""

    name: str
    role: Role
    scope: Scope | None = None
    sign_in: str = ""
    """Which sign-in this is; empty on the machine itself."""

    def may_open(self, page: str) -> bool:
        """Whether a page, by its file's name, is open to this reader."""
        return self.refusal(page) is None

    def refusal(self, page: str) -> str | None:
        """Why a page is not open to this reader; None where it is."""
        needed = NEEDS.get(page, Role.VIEWER)
        if self.role < needed:
            return _("It needs the role {needed}; yours is {yours}.").format(
                needed=needed.word, yours=self.role.word
            )
        if self.scope is not None and page not in NARROWED:
            return _(
                "You see {scope}, and this page cannot be narrowed to that: its figures are those"
                " of the whole business."
            ).format(scope=words(self.scope))
        return None


class Why(Enum):
    """Why somebody may not read."""

    NO_PROVIDER = "sign-in is needed and not set up"
    MISTAKE = "sign-in is not set up as it should be"
    SIGNED_OUT = "not signed in"
    EXPIRED = "signed in too long ago"
    UNLISTED = "signed in, and without a role"


@dataclass(frozen=True)
class Outsider:
    """Somebody who may not read, and why."""

    why: Why
    name: str = ""
    detail: str = ""


class AccessError(Exception):
    """The settings of access cannot be used; the text says which, and how to mend it."""


LOCAL = Reader("on this machine", Role.ADMIN)


def words(scope: Scope) -> str:
    """A scope in words."""
    either = _(" or ")
    parts = []
    if scope.regions is not None:
        regions = either.join(scope.regions) or _("no region")
        parts.append(_("customers in {regions}").format(regions=regions))
    if scope.locations is not None:
        locations = either.join(scope.locations) or _("no location")
        parts.append(_("orders from {locations}").format(locations=locations))
    return ", ".join(parts)


# Who it is


def who() -> Reader | Outsider:
    """The reader of this run, judged anew each time."""
    try:
        found = rules()
    except AccessError as error:
        return Outsider(Why.MISTAKE, detail=str(error))
    if found is None:
        return LOCAL if is_open() else Outsider(Why.NO_PROVIDER)
    return judged(st.user.to_dict(), found, time.time())


def reader() -> Reader:
    """The reader of this run; AccessError for an outsider, whom no page is run for."""
    found = who()
    if isinstance(found, Outsider):
        raise AccessError(found.why.value)
    return found


def may(role: Role) -> bool:
    """Whether the reader of this run has at least this role: also for what a click does."""
    found = who()
    return isinstance(found, Reader) and found.role >= role


def judged(claims: Mapping[str, Any], rules: Rules, now: float) -> Reader | Outsider:
    """The reader that a provider's claims make under the rules."""
    if claims.get("is_logged_in") is not True:
        return Outsider(Why.SIGNED_OUT)
    name = _name(claims)
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or isinstance(issued, bool):
        return Outsider(Why.EXPIRED, name)
    if not -_SKEW_SECONDS <= now - issued <= rules.session_hours * 3600:
        return Outsider(Why.EXPIRED, name)
    sign_in = f"{claims.get('iss')} {claims.get('sub')} {issued}"
    if sign_in in _ended:
        return Outsider(Why.SIGNED_OUT)
    held = [role for role, entries in rules.roles.items() if _any(entries, claims)]
    role = max(held, default=rules.default_role)
    if role is None:
        return Outsider(Why.UNLISTED, name)
    scope: Scope | None = None
    for entry, each in rules.scopes.items():
        if entry == role.word or matches(entry, claims):
            scope = each if scope is None else scope.both(each)
    return Reader(name, role, scope, sign_in)


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("email", "preferred_username", "name", "sub"):
        if claims.get(claim):
            return str(claims[claim])
    return "nameless"


_ended: dict[str, None] = {}
"""Sign-ins that were signed out of: their cookie is worth nothing any more, in any tab."""


def end(reader: Reader) -> None:
    """Lets go of a sign-in for good."""
    _ended[reader.sign_in] = None
    while len(_ended) > 10_000:
        _ended.pop(next(iter(_ended)))


# What secrets.toml says


@dataclass(frozen=True)
class Rules:
    """The section [access] of secrets.toml."""

    roles: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    default_role: Role | None = None
    session_hours: float = SESSION_HOURS


def rules() -> Rules | None:
    """What secrets.toml says of access; None where it says nothing. AccessError for a mistake."""
    found = _secrets()
    auth, access = found.get("auth"), found.get("access")
    if auth is None and access is None:
        return None
    _check_provider(auth)
    return parse(access or {})


def parse(section: Mapping[str, Any]) -> Rules:
    """Read [access]; AccessError for anything that is not understood to the last word."""
    _known("access", section, ("roles", "scopes", "default_role", "session_hours"))
    roles = _table("access.roles", section.get("roles", {}))
    scopes = _table("access.scopes", section.get("scopes", {}))
    default = section.get("default_role")
    hours = section.get("session_hours", SESSION_HOURS)
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= 720:
        raise AccessError("access.session_hours is not a number of hours from 0 to 720")
    return Rules(
        {_role(name): _texts(f"access.roles.{name}", given) for name, given in roles.items()},
        {_entry(name): _scope(name, given) for name, given in scopes.items()},
        None if default is None else _role(default),
        float(hours),
    )


def _role(name: Any) -> Role:
    for role in Role:
        if role.word == name:
            return role
    words = ", ".join(role.word for role in Role)
    raise AccessError(f"{name!r} in [access] is no role; there are {words}")


def _scope(name: str, given: Any) -> Scope:
    where = f'access.scopes."{name}"'
    found = _table(where, given)
    _known(where, found, ("regions", "locations"))
    if not found:
        raise AccessError(f"{where} names neither regions nor locations")
    return Scope(**{key: _texts(f"{where}.{key}", each) for key, each in found.items()})


def _entry(text: str) -> str:
    if "=" in text or "@" in text or text in {role.word for role in Role}:
        return text
    raise AccessError(f'access.scopes."{text}" is no e-mail address, CLAIM=VALUE or role')


def _texts(where: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(each, str) and each for each in given):
        raise AccessError(f"{where} is not a list of texts")
    return tuple(given)


def _table(where: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise AccessError(f"{where} is not a table")
    return given


def _known(where: str, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            raise AccessError(f"{where} has no setting {name!r}; there are {', '.join(names)}")


def _any(entries: tuple[str, ...], claims: Mapping[str, Any]) -> bool:
    return any(matches(entry, claims) for entry in entries)


def matches(entry: str, claims: Mapping[str, Any]) -> bool:
    """Whether claims are those of an entry: an e-mail address, or CLAIM=VALUE.

    A claim with several values has each of them; a dot leads into a claim made of others. An
    address the provider says it has not verified is nobody's.
    """
    claim, equals, value = entry.partition("=")
    if not equals:
        is_unverified = str(claims.get("email_verified", True)).lower() == "false"
        email = str(claims.get("email") or "")
        return not is_unverified and email.casefold() == entry.casefold()
    found: Any = claims
    for name in [claim] if claim in claims else claim.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return value in map(str, found if isinstance(found, list | tuple) else [found])


def _secrets() -> Mapping[str, Any]:
    """Streamlit's secrets, none when there is no file; AccessError for one that is no TOML."""
    if st.secrets.load_if_toml_exists():
        return {name: _plain(st.secrets.get(name)) for name in ("auth", "access")}
    for file in st.get_option("secrets.files"):
        if Path(file).exists():
            raise AccessError(f"{Path(file).name} cannot be read: it is not TOML")
    return {}


def _plain(value: Any) -> Any:
    return value.to_dict() if hasattr(value, "to_dict") else value


def _check_provider(auth: Any) -> None:
    if not isinstance(auth, Mapping):
        raise AccessError("[access] says who may read, and no [auth] says where they sign in")
    for name in ("redirect_uri", "cookie_secret"):
        if not auth.get(name):
            raise AccessError(f"auth.{name} is missing")
    if len(str(auth["cookie_secret"])) < _SECRET_LENGTH:
        raise AccessError(
            f"auth.cookie_secret is shorter than {_SECRET_LENGTH} characters; make one with"
            " `openssl rand -hex 32`"
        )
    if not providers(auth):
        raise AccessError("[auth] names no provider: client_id is missing")


def providers(auth: Mapping[str, Any] | None = None) -> list[str]:
    """The names of the providers readers may choose from; "" is the one without a name."""
    found = _secrets().get("auth") if auth is None else auth
    named = [name for name, value in (found or {}).items() if isinstance(value, Mapping)]
    named = [name for name in named if name != "client_kwargs"]
    return ["", *named] if (found or {}).get("client_id") else named


# Whether sign-in is needed


def is_open() -> bool:
    """Whether this reader needs no sign-in: the server and the reader are on this machine.

    BACKORDERS_SIGN_IN=required, which `backorders serve` sets for any other address, closes it.
    """
    return not os.environ.get("BACKORDERS_SIGN_IN", "").strip() and is_local()


def is_local() -> bool:
    """Whether the server listens on, and was asked for under, this machine's own name.

    Behind another server everything comes from this machine: what that one adds, or the name the
    browser asked for, gives it away.
    """
    address = str(st.get_option("server.address") or "localhost")
    client = st.context.ip_address
    headers = st.context.headers
    if not _is_here(address) or any(headers.get(name) for name in _FORWARDED):
        return False
    if client is not None and not _is_here(client):
        return False
    # A visit that has just ended has no headers any more: that is not local either.
    host = re.sub(r":\d+$", "", headers.get("Host") or "").strip("[]").lower()
    origin = urlsplit(headers.get("Origin") or "http://localhost").hostname
    return _is_here(host) and _is_here(origin or "")


def _is_here(name: str) -> bool:
    """Whether a name or number is this machine's own."""
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


# What was done


def noter(found: Reader | Outsider | None = None) -> Callable[..., None]:
    """A function that writes events of this reader to the audit log, also from another thread.

    An event that cannot be written is told to the server's log; the reader is not stopped by it.
    """
    seen = who() if found is None else found
    role = seen.role.word if isinstance(seen, Reader) else "none"
    snapshot = queries.snapshot()
    write = partial(
        audit.record,
        queries.store_dir(),
        user=seen.name or "nobody",
        role=role,
        snapshot=snapshot.version if snapshot else None,
    )

    def note(event: str, **facts: Any) -> None:
        try:
            write(event, **facts)
        except OSError as error:
            logs.trouble("the audit log cannot be written", reason=str(error))

    return note


def note(event: str, **facts: Any) -> None:
    """Write an event of this reader to the audit log."""
    noter()(event, **facts)


def noted(make: Callable[[], bytes], **facts: Any) -> Callable[[], bytes]:
    """The same file, written into the audit log as it is taken away."""
    write = noter()

    def made() -> bytes:
        content = make()
        write("exported", **facts, bytes=len(content))
        return content

    return made
