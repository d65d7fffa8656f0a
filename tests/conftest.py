"""What tests of every part share: where the real exports are, and the repository's own folder."""

import os
from pathlib import Path

import pytest

from tests.dashboard.store import Stores

ROOT = Path(__file__).parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The longest test first, so that no core waits for it at the end.
    items.sort(key=lambda item: "test_readme" not in item.nodeid)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Exports of real systems, too large for the repository; tests on them skip without."""
    folder = Path(os.environ.get("BACKORDERS_REAL_DATA") or ROOT / ".." / "shared" / "real_data")
    if not folder.is_dir():
        pytest.skip("real exports not found: set BACKORDERS_REAL_DATA to their folder")
    return folder.resolve()


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """Stores by what is loaded, shared by the processes that run tests side by side."""
    own = tmp_path_factory.getbasetemp()
    return Stores((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "stores")
