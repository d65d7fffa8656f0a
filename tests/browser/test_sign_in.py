"""Signing in at a real provider of OpenID Connect, and what is left without it."""

import json
import re
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from sql import audit
from tests.benchmarks.sessions import serving
from tests.dashboard.store import Stores

SECRET = "a secret of at least thirty-two characters"
COOKIE = "_streamlit_user"
ANNA = {"email": "anna@example.com", "email_verified": True, "groups": ["planning"]}


@pytest.fixture(scope="module")
def guarded(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of its own, for the audit log is written beside it; of other tests' none is taken."""
    mine = tmp_path_factory.mktemp("guarded") / "store"
    return Path(shutil.copytree(stores(), mine, ignore=shutil.ignore_patterns("audit*")))


@pytest.fixture(scope="module")
def closed_site(guarded: Path, browser: Browser) -> Iterator[str]:
    """The dashboard with a provider to sign in at, where planners are analysts."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    people = [User(sub="anna", claims=ANNA), User(sub="eve", claims={"email": "eve@example.net"})]
    with run_server_in_thread(user_claims=people) as provider:
        secrets = guarded.with_name("secrets.toml")
        secrets.write_text(f"""
            [auth]
            redirect_uri = "http://localhost:{port}/oauth2callback"
            cookie_secret = "{SECRET}"
            client_id = "backorders"
            client_secret = "of the test"
            server_metadata_url = \
                "http://localhost:{provider.server_port}/.well-known/openid-configuration"
            [access.roles]
            analyst = ["groups=planning"]
        """)
        with serving(guarded, "--port", str(port), "--secrets", str(secrets)) as (url, _):
            yield url


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies, that reaches this machine only."""

    def only_here(route: Route) -> None:
        is_here = route.request.url.startswith("http://localhost:")
        route.continue_() if is_here else route.abort()

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    context.route("**/*", only_here)
    yield context
    context.close()


def title(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(text))


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=name, exact=True).click()


def cookie(context: BrowserContext) -> dict[str, Any]:
    return next(dict(each) for each in context.cookies() if each["name"] == COOKIE)


def signed(origin: str, secret: str, **claims: Any) -> str:
    """A cookie as the server would have made it of these claims, had it this secret."""
    user = {"origin": origin, "is_logged_in": True, "provider": "default", **ANNA, **claims}
    return create_signed_value(secret, COOKIE, json.dumps(user)).decode()


def test_a_reader_signs_in_comes_back_and_signs_out(
    closed_site: str, visitor: BrowserContext, guarded: Path
) -> None:
    page = visitor.new_page()
    page.goto(f"{closed_site}/backlog?item=MUG&unit=Units")
    title(page, "Sign in")
    expect(page.get_by_text("€")).to_have_count(0)
    expect(page.get_by_role("link", name="Backlog")).to_have_count(0)
    sign_in(page, "anna")

    # Back on the page first asked for, with its filters.
    title(page, "Who waits for what")
    expect(page).to_have_url(re.compile(r"/backlog\?.*item=M"))
    expect(page).to_have_url(re.compile("unit=Units"))
    expect(page.get_by_role("button", name="Item: Mug")).to_be_visible()
    expect(page.get_by_text("anna@example.com, analyst")).to_be_visible()

    # The role: an analyst may ask in SQL, and may not see who did what.
    other = visitor.new_page()
    other.goto(f"{closed_site}/settings")
    title(other, "Not open to you")
    expect(other.get_by_text("It needs the role admin; yours is analyst.")).to_be_visible()
    expect(other.get_by_role("link", name="Settings")).to_have_count(0)
    other.goto(f"{closed_site}/sql?q=from+backlog.totals")
    title(other, "Ask in SQL")
    other.get_by_role("button", name="Run").click()
    expect(other.get_by_text(re.compile("^1 row in"))).to_be_visible()
    with other.expect_download() as taken:
        other.get_by_role("button", name="CSV").click()
    assert b"backordered_lines" in taken.value.path().read_bytes()

    # Signed out in one tab is signed out in all, and for whoever kept the cookie.
    kept = cookie(visitor)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("end_session"))
    title(other, "Sign in")
    visitor.add_cookies([kept])  # type: ignore[list-item]
    page.goto(closed_site)
    title(page, "Sign in")

    noted = [(entry["event"], entry["user"]) for entry in audit.entries(guarded)]
    assert noted == [
        ("signed out", "anna@example.com"),
        ("exported", "anna@example.com"),
        ("asked in SQL", "anna@example.com"),
        ("refused", "anna@example.com"),
        ("signed in", "anna@example.com"),
    ]


def test_somebody_without_a_role_gets_no_further(closed_site: str, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto(closed_site)
    sign_in(page, "eve")
    title(page, "No access yet")
    expect(page.get_by_text("eve@example.net")).to_be_visible()
    expect(page.get_by_text("€")).to_have_count(0)


@pytest.mark.parametrize("case", ["as made", "other secret", "changed", "old", "other origin"])
def test_a_cookie_that_is_forged_or_old_gets_nothing(
    closed_site: str, visitor: BrowserContext, case: str
) -> None:
    now = int(time.time())
    issued = {"iss": "i", "sub": case, "iat": now - 13 * 3600 if case == "old" else now}
    value = signed(
        "http://localhost:1" if case == "other origin" else closed_site,
        SECRET[::-1] if case == "other secret" else SECRET,
        **issued,
    )
    if case == "changed":
        body, dot, mark = value.partition(".")
        value = f"{body}{dot}{mark[:-4]}AAAA"
    visitor.add_cookies([{"name": COOKIE, "value": value, "url": closed_site}])
    page = visitor.new_page()
    page.goto(closed_site)
    if case == "as made":
        # The right one opens: the others fail for what is wrong with them.
        title(page, "What is waiting")
        return
    title(page, "Sign in")
    if case == "old":
        expect(page.get_by_text("Your sign-in has ended")).to_be_visible()
    expect(page.get_by_text("€")).to_have_count(0)
