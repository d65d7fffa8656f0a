"""Who may read what: roles, scopes and refusals, and that a scope lets nothing else through."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import access, queries
from dashboard.access import AccessError, Outsider, Reader, Role, Why, is_local
from dashboard.queries import DataError, Snapshot
from sql import audit
from sql.scope import Scope
from tests.dashboard.conftest import APP, Run
from tests.dashboard.store import Stores

NOW = 1_800_000_000.0
ANNA = {"is_logged_in": True, "iss": "https://login", "sub": "1", "iat": NOW - 60}
ANNA |= {"email": "Anna@example.com", "groups": ["planning", "all"]}
AUTH = {
    "redirect_uri": "http://localhost/oauth2callback",
    "cookie_secret": "c" * 64,
    "client_id": "backorders",
    "client_secret": "s",
    "server_metadata_url": "http://localhost/.well-known/openid-configuration",
}
RULES = {
    "roles": {
        "admin": ["anna@example.com"],
        "analyst": ["groups=planning"],
        "viewer": ["realm.roles=sales", "hd=example.com"],
    },
    "scopes": {
        "groups=north": {"regions": ["North", "East"]},
        "viewer": {"regions": ["North"], "locations": ["EAST"]},
    },
}


def judged(claims: dict[str, Any], section: dict[str, Any] = RULES) -> Reader | Outsider:
    return access.judged(claims, access.parse(section), NOW)


def without(*names: str, **claims: Any) -> dict[str, Any]:
    return {name: value for name, value in {**ANNA, **claims}.items() if name not in names}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        (ANNA, Role.ADMIN),
        (without(email_verified=True), Role.ADMIN),
        (without(email_verified=False), Role.ANALYST),
        (without(email_verified="false"), Role.ANALYST),
        (without("email"), Role.ANALYST),
        (without("email", groups="planning"), Role.ANALYST),
        (without("email", "groups", realm={"roles": ["sales"]}), Role.VIEWER),
        (without("email", "groups", **{"realm.roles": ["sales"]}), Role.VIEWER),
        (without("email", "groups", hd="example.com"), Role.VIEWER),
    ],
)
def test_a_role_is_held_by_address_or_claim_and_the_highest_counts(
    claims: dict[str, Any], role: Role
) -> None:
    found = judged(claims)
    assert isinstance(found, Reader)
    assert found.role is role


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({}, Why.SIGNED_OUT),
        (without(is_logged_in=False), Why.SIGNED_OUT),
        (without(is_logged_in="yes"), Why.SIGNED_OUT),
        (without("iat"), Why.EXPIRED),
        (without(iat=str(NOW)), Why.EXPIRED),
        (without(iat=NOW - 12 * 3600 - 1), Why.EXPIRED),
        (without(iat=NOW + 3600), Why.EXPIRED),
        (without("email", "groups"), Why.UNLISTED),
        (without(email="anna@example.com.evil.net", groups=["Planning"]), Why.UNLISTED),
        (without("groups", email="anna@example.com", email_verified=False), Why.UNLISTED),
        (without("email", "groups", realm="roles"), Why.UNLISTED),
    ],
)
def test_whoever_is_not_known_is_not_let_in(claims: dict[str, Any], why: Why) -> None:
    found = judged(claims)
    assert isinstance(found, Outsider)
    assert found.why is why


def test_a_default_role_is_given_only_where_it_is_set() -> None:
    stranger = without(email="x@example.net", groups=[])
    assert judged(stranger) == Outsider(Why.UNLISTED, "x@example.net")
    found = judged(stranger, {"default_role": "viewer", "session_hours": 1})
    assert isinstance(found, Reader)
    assert found.role is Role.VIEWER
    assert judged(without(iat=NOW - 3601), {"session_hours": 1}) == Outsider(
        Why.EXPIRED, "Anna@example.com"
    )


def test_every_scope_that_fits_narrows() -> None:
    carl = without("email", groups=["north"], realm={"roles": ["sales"]})
    found = judged(carl)
    assert isinstance(found, Reader)
    assert found.scope == Scope(("North",), ("EAST",))
    anna = judged(without(groups=["north"]))
    assert isinstance(anna, Reader)
    assert anna.scope == Scope(("North", "East"))
    apart = Scope(("North",)).both(Scope(("South",)))
    assert apart == Scope(())
    assert "no region" in access.words(apart)


def test_who_signed_out_is_out_in_every_tab() -> None:
    found = judged(ANNA)
    assert isinstance(found, Reader)
    access.end(found)
    assert judged(ANNA) == Outsider(Why.SIGNED_OUT)
    assert isinstance(judged(without(iat=NOW - 30)), Reader)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"role": {}}, "has no setting 'role'"),
        ({"roles": {"boss": ["a@example.com"]}}, "'boss' in [access] is no role"),
        ({"roles": {"admin": "a@example.com"}}, "access.roles.admin is not a list of texts"),
        ({"roles": {"admin": [1]}}, "access.roles.admin is not a list of texts"),
        ({"roles": []}, "access.roles is not a table"),
        ({"default_role": "everyone"}, "'everyone' in [access] is no role"),
        ({"scopes": {"a@example.com": {}}}, "names neither regions nor locations"),
        ({"scopes": {"a@example.com": {"region": ["North"]}}}, "has no setting 'region'"),
        ({"scopes": {"a@example.com": {"regions": "North"}}}, "is not a list of texts"),
        ({"scopes": {"anna": {"regions": ["North"]}}}, "is no e-mail address"),
        ({"session_hours": 0}, "session_hours"),
        ({"session_hours": True}, "session_hours"),
        ({"session_hours": "12"}, "session_hours"),
    ],
)
def test_a_setting_that_is_not_understood_is_an_error(section: dict[str, Any], words: str) -> None:
    with pytest.raises(AccessError) as error:
        access.parse(section)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("auth", "words"),
    [
        (None, "no [auth] says where"),
        ({**AUTH, "cookie_secret": "short"}, "shorter than 32"),
        ({**AUTH, "cookie_secret": ""}, "auth.cookie_secret is missing"),
        ({**AUTH, "redirect_uri": ""}, "auth.redirect_uri is missing"),
        ({**AUTH, "client_id": ""}, "names no provider"),
    ],
)
def test_a_provider_that_is_half_set_up_lets_nobody_in(
    monkeypatch: pytest.MonkeyPatch, auth: dict[str, Any] | None, words: str
) -> None:
    monkeypatch.setattr(access, "_secrets", lambda: {"auth": auth, "access": RULES})
    found = access.who()
    assert isinstance(found, Outsider)
    assert found.why is Why.MISTAKE
    assert words in found.detail


def test_named_providers_are_offered_by_name() -> None:
    shared = {name: AUTH[name] for name in ("redirect_uri", "cookie_secret")}
    assert access.providers({**shared, "okta": {"client_id": "x"}}) == ["okta"]
    assert access.providers({**AUTH, "client_kwargs": {"prompt": "login"}}) == [""]


def test_secrets_that_are_no_toml_let_nobody_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\n")
    monkeypatch.setattr(st, "secrets", SimpleNamespace(load_if_toml_exists=lambda: False))
    monkeypatch.setattr(st, "get_option", {"secrets.files": [str(broken)]}.get)
    found = access.who()
    assert isinstance(found, Outsider)
    assert found.why is Why.MISTAKE
    assert "secrets.toml cannot be read" in found.detail


@pytest.mark.parametrize(
    ("headers", "address", "client", "local"),
    [
        ({"Host": "localhost:8501"}, "localhost", None, True),
        ({"Host": "[::1]:8501"}, "::1", None, True),
        ({"Host": "localhost:8501", "Origin": "http://localhost:8501"}, "localhost", None, True),
        ({"Host": "localhost:8501", "Origin": "https://a.example.com"}, "localhost", None, False),
        ({"Host": "localhost:8501", "Origin": "null"}, "localhost", None, False),
        ({"Host": "127.0.0.2:8501"}, "127.0.0.2", None, True),
        ({"Host": "10.0.0.2:8501"}, "127.0.0.1", None, False),
        ({"Host": "figures.example.com"}, "localhost", None, False),
        ({"Host": "localhost.example.com"}, "localhost", None, False),
        ({"Host": "localhost:8501"}, "0.0.0.0", None, False),
        ({"Host": "localhost:8501"}, None, None, True),
        ({"Host": "localhost:8501"}, None, "::ffff:127.0.0.1", True),
        ({"Host": "localhost:8501"}, None, "192.0.2.7", False),
        ({"Host": "localhost:8501"}, None, "unknown", False),
        ({}, "localhost", None, False),
        ({"Host": "localhost", "X-Forwarded-For": "192.0.2.7"}, "localhost", None, False),
    ],
)
def test_only_this_machine_counts_as_local(
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    address: str | None,
    client: str | None,
    local: bool,
) -> None:
    context = SimpleNamespace(headers=headers, ip_address=client)
    monkeypatch.setattr(st, "context", context)
    monkeypatch.setattr(st, "get_option", {"server.address": address}.get)
    assert is_local() is local


@pytest.mark.parametrize("wish", ["required", "REQUIRED", "off", "0", " "])
def test_the_machine_itself_can_be_closed_too(monkeypatch: pytest.MonkeyPatch, wish: str) -> None:
    monkeypatch.setenv("BACKORDERS_SIGN_IN", wish)
    assert access.is_open() is not bool(wish.strip())


# The pages, as each role sees them


@pytest.fixture(scope="module")
def regional(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small business with regions: ANNA in the north, BERT in the south, CARL in none."""
    made = stores(
        "update contract.customers set region = 'North' where customer_id = 'ANNA'",
        "update contract.customers set region = 'South' where customer_id = 'BERT'",
    )
    # Of its own, for the audit log is written beside it.
    return Path(
        shutil.copytree(
            made,
            tmp_path_factory.mktemp("regional") / "store",
            ignore=shutil.ignore_patterns("audit*"),
        )
    )


Sign = Callable[..., AppTest]


@pytest.fixture
def sign_in(use: Callable[[Path], None], regional: Path) -> Iterator[Sign]:
    """Opens a page as somebody signed in."""

    def opened(
        section: dict[str, Any], page: str = "overview", user: dict[str, Any] | None = None
    ) -> AppTest:
        use(regional)
        app = AppTest.from_file(str(APP), default_timeout=120)
        app.secrets = {"auth": AUTH, "access": section}
        app.user = {**ANNA, "iat": time.time(), "sub": f"{time.time()}"} if user is None else user
        if page != "overview":
            app.switch_page(f"app_pages/{page}.py")
        app.run()
        assert not app.exception, app.exception
        return app

    yield opened
    (regional / audit.NAME).unlink(missing_ok=True)


def events(folder: Path) -> list[tuple[str, str]]:
    return [(entry["event"], entry["user"]) for entry in audit.entries(folder)]


def test_a_stranger_is_asked_to_sign_in_and_sees_no_figure(sign_in: Sign) -> None:
    app = sign_in(RULES, user={"is_logged_in": False})
    assert app.title[0].value == "Sign in"
    assert [button.label for button in app.button] == ["Sign in"]
    assert not app.metric
    assert not app.sidebar.children


def test_where_sign_in_is_needed_and_not_set_up_nobody_is_let_in(
    run: Run, regional: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKORDERS_SIGN_IN", "required")
    app = run(regional)
    assert app.title[0].value == "Sign-in is not set up"
    assert "server_metadata_url" in app.code[0].value
    assert not app.metric
    assert not app.button


def test_somebody_without_a_role_is_told_so(sign_in: Sign, regional: Path) -> None:
    app = sign_in({"roles": {"admin": ["bert@example.com"]}})
    assert app.title[0].value == "No access yet"
    assert not app.metric
    assert events(regional) == [("refused", "Anna@example.com")]


@pytest.mark.parametrize(
    ("role", "page", "may"),
    [
        ("viewer", "backlog", True),
        ("viewer", "sql", False),
        ("viewer", "settings", False),
        ("analyst", "sql", True),
        ("analyst", "settings", False),
        ("admin", "settings", True),
    ],
)
def test_pages_open_by_role(sign_in: Sign, regional: Path, role: str, page: str, may: bool) -> None:
    app = sign_in({"roles": {role: ["anna@example.com"]}}, page)
    assert (app.title[0].value != "Not open to you") is may
    assert (("refused", "Anna@example.com") in events(regional)) is not may
    assert ("signed in", "Anna@example.com") in events(regional)
    if role == "viewer" and may:
        assert not app.get("download_button")


def test_a_viewer_takes_nothing_away_and_loads_nothing(sign_in: Sign) -> None:
    app = sign_in({"roles": {"viewer": ["anna@example.com"]}}, "data")
    assert not app.get("file_uploader")
    assert not app.get("download_button")
    assert any("needs the role admin" in each.value for each in app.caption)


def sent(node: Any) -> Iterator[bytes]:
    """All that went to the browser: texts, options, and the rows of charts and tables."""
    proto = getattr(node, "proto", None)
    if proto is not None:
        yield proto.SerializeToString()
    for child in getattr(node, "children", {}).values():
        yield from sent(child)


NORTH = {"roles": {"admin": ["anna@example.com"]}, "scopes": {"admin": {"regions": ["North"]}}}


@pytest.mark.parametrize("page", sorted(access.NARROWED))
def test_a_scoped_reader_sees_nobody_else(sign_in: Sign, page: str) -> None:
    app = sign_in(NORTH, page)
    assert app.title[0].value != "Not open to you"
    assert any("Narrowed to customers in North" in each.value for each in app.caption)
    shown = b"".join(sent(app._tree))
    assert page == "definitions" or b"Anna & Co" in shown
    for stranger in (b"BERT", b"CARL", b"Bert", b"South"):
        assert stranger not in shown


@pytest.mark.parametrize("page", ["risk", "cash_flow", "sql", "what_if", "data", "settings"])
def test_what_cannot_be_narrowed_is_refused_to_a_scoped_reader(sign_in: Sign, page: str) -> None:
    app = sign_in(NORTH, page)
    assert app.title[0].value == "Not open to you"
    assert "cannot be narrowed" in app.warning[0].value
    assert not app.metric
    assert not app.dataframe


def test_a_link_into_a_scenario_does_not_widen_a_scope(sign_in: Sign, regional: Path) -> None:
    app = sign_in(NORTH)
    narrow = [metric.value for metric in app.metric]
    app.query_params["set"] = "supplier_days=-5"
    app.run()
    assert not app.exception
    assert [metric.value for metric in app.metric] == narrow


def test_every_question_of_a_scope_ends_in_it(use: Callable[[Path], None], regional: Path) -> None:
    use(regional)
    whole = queries.snapshot()
    assert whole is not None
    snap = Snapshot(whole.path, scope=Scope(("North",)))
    assert {row["customer_id"] for row in queries.lines(queries.View(snap)).rows(named=True)} == {
        "ANNA"
    }
    north, all_of_it = (queries.totals(queries.View(each)) for each in (snap, whole))
    south = queries.totals(queries.View(Snapshot(whole.path, scope=Scope(("South",)))))
    assert 0 < north["open_qty"] < all_of_it["open_qty"]
    assert north["open_qty"] + south["open_qty"] < all_of_it["open_qty"]
    assert queries.totals(queries.View(Snapshot(whole.path, scope=Scope(()))))["lines"] == 0
    for ask in (
        lambda: queries.ask(snap, "from backlog.lines"),
        lambda: queries.outcome(snap, ()),
        lambda: queries.tornado(snap, "mean_wait_days"),
        lambda: queries.understood(snap, ["supplier_days=-5"]),
        lambda: queries.totals(
            queries.View(Snapshot(whole.path, ("supplier_days=-5",), snap.scope))
        ),
        lambda: queries.cash_totals(queries.View(snap)),
        lambda: queries.table(snap, "core.balances"),
    ):
        with pytest.raises(DataError):
            ask()
