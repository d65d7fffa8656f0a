"""What one server keeps in memory is bounded, however many look at however much."""

import gc
import tomllib
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.byte_util import config_max_cache_data_size_to_bytes

from dashboard import queries
from dashboard.queries import DataError, Filters, Snapshot, View
from sql import scenario
from tests.dashboard.store import publish_changed


@pytest.fixture
def snap(store: Path, use: Callable[[Path], None]) -> Snapshot:
    use(store)
    found = queries.snapshot()
    assert found
    return found


def test_scenarios_that_fall_out_are_closed_and_cut_nobody_off(
    snap: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[weakref.ref[scenario.Overlay]] = []

    class Watched(scenario.Overlay):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[arg-type]
            opened.append(weakref.ref(self))

    monkeypatch.setattr(scenario, "Overlay", Watched)
    first = Snapshot(snap.path, ("supplier_days=1",))
    with queries._cursor(first, "from backlog.totals") as cursor:
        for days in range(2, 9):
            other = Snapshot(snap.path, (f"supplier_days={days}",))
            assert queries.totals(View(other, Filters()))
        gc.collect()
        assert len(opened) == 8
        assert sum(each() is not None for each in opened) == 4
        assert opened[0]() is None
        assert len(cursor.execute("from backlog.totals").fetchall()) == 1


def test_a_snapshot_takes_no_more_memory_than_it_is_given(snap: Snapshot) -> None:
    with queries._cursor(snap, "") as cursor:
        (limit,) = cursor.execute("select current_setting('memory_limit')").fetchone() or ("",)
    assert limit == "1.8 GiB"


def test_answers_of_one_snapshot_or_scenario_are_never_those_of_another(
    snap: Snapshot, tmp_path: Path
) -> None:
    other = publish_changed(
        snap.path, tmp_path, "20260402T060000", "update core.as_of set as_of = as_of + 1"
    )
    assert queries.about(Snapshot(other)).as_of > queries.about(snap).as_of
    changed = Snapshot(snap.path, ("extra_supply:CANDLE=15@0",))
    totals = [queries.totals(View(each, Filters())) for each in (snap, changed, snap)]
    assert totals[0] == totals[2] != totals[1]


def test_the_store_of_answers_has_a_limit_in_bytes() -> None:
    path = Path(queries.__file__).parent / ".streamlit" / "config.toml"
    server = tomllib.loads(path.read_text(encoding="utf-8"))["server"]
    limit = config_max_cache_data_size_to_bytes(server["maxCacheDataSize"])
    assert limit
    assert limit <= 2**30


def test_readiness_asks_the_snapshot_itself(
    snap: Snapshot, tmp_path: Path, use: Callable[[Path], None]
) -> None:
    assert queries.answering() == snap
    use(tmp_path / "nothing")
    with pytest.raises(DataError, match="no snapshot is published"):
        queries.answering()
    publish_changed(snap.path, tmp_path / "empty", "20260402T060000", "delete from core.as_of")
    use(tmp_path / "empty")
    with pytest.raises(DataError, match="holds no figures"):
        queries.answering()
