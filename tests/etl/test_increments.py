"""Exports of the same keys in any order, in any grouping, taken back in any order."""

import os
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from etl import cli
from etl.errors import InputError
from etl.load import LoadOptions, load
from etl.refresh import SINCE_THEN, load_stage
from etl.snapshot import Store
from etl.unload import unload
from sql import models
from sql.models import build, load_models
from tests.etl.accounting import unaccounted
from tests.etl.loading import database, rows

EXAMPLES = int(os.environ.get("BACKORDERS_EXAMPLES", "4"))
FIRST_EXPORT = datetime(2026, 3, 1, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Export:
    """A file of order lines (order, line, quantity, promise), made on a day of its own."""

    day: int
    numbered: bool
    lines: tuple[tuple[str, str, int, str], ...]

    @property
    def name(self) -> str:
        return f"lines-{self.day}.csv"

    def write(self, folder: Path) -> Path:
        head = ["order_id", "line_id", "order_date", "item_id", "ordered_qty", "promised_date"]
        text = []
        for order, line, quantity, promised in self.lines:
            text.append([order, line, "2026-01-05", f"I{line}", str(quantity), promised])
        path = folder / self.name
        kept = [i for i, column in enumerate(head) if self.numbered or column != "line_id"]
        path.write_text(
            "".join(",".join(row[i] for i in kept) + "\n" for row in [head, *text]),
            encoding="utf-8",
        )
        made = (FIRST_EXPORT + timedelta(days=self.day)).timestamp()
        os.utime(path, (made, made))
        return path

    def versions(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """What the file says of each key: the last row, or the rows by their rank."""
        found: dict[tuple[str, str], tuple[Any, ...]] = {}
        ranks: dict[str, int] = defaultdict(int)
        for order, line, quantity, promised in self.lines:
            ranks[order] += 1
            number = line if self.numbered else str(ranks[order])
            found[order, number] = (f"I{line}", quantity, promised or None)
        return found


def expected(exports: Sequence[Export]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Contract and history that follow from the exports, whatever happened before."""
    by_day = sorted(exports, key=lambda each: each.day)
    contract, history = [], []
    for order in {order for each in exports for order, *_ in each.lines}:
        told = [each for each in by_day if any(order == line[0] for line in each.lines)]
        whole = max((i for i, each in enumerate(told) if not each.numbered), default=-1)
        heard = told[-1:] if whole == len(told) - 1 else told[whole + 1 :]
        newer: dict[tuple[str, str], tuple[Any, ...]] = {}
        for each in reversed(told):
            for key, content in each.versions().items():
                if key[0] != order:
                    continue
                if each in heard and key not in newer:
                    contract.append((*key, *content, each.name))
                elif newer.get(key) == content:
                    history.append((*key, None, None, None, each.name, True))
                else:
                    history.append((*key, *content, each.name, False))
                newer[key] = content
    return sorted(contract, key=repr), sorted(history, key=repr)


def found(con: duckdb.DuckDBPyConnection) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    columns = (
        "order_id, line_id, item_id, ordered_qty::integer, promised_date::varchar, source_file"
    )
    return (
        sorted(rows(con, f"select {columns} from contract.sales_order_lines"), key=repr),
        sorted(rows(con, f"select {columns}, is_same from history.sales_order_lines"), key=repr),
    )


def books(con: duckdb.DuckDBPyConnection) -> None:
    """Every row in is loaded or superseded, and those loaded are the ones in force."""
    wrong = (
        "select loads.load_id, rows_in, rows_loaded, count(source_row), rows_superseded"
        " from quality.loads as loads left join contract.sales_order_lines using (load_id)"
        " group by all having rows_loaded <> count(source_row)"
        " or rows_in <> rows_loaded + rows_refused + rows_superseded or rows_refused > 0"
    )
    assert rows(con, wrong) == []


LINE = st.tuples(
    st.sampled_from(["S1", "S2", "S3"]),
    st.sampled_from(["1", "2", "3"]),
    st.integers(1, 2),
    st.sampled_from(["", "2026-04-01"]),
)
EXPORTS = st.lists(
    st.builds(
        Export,
        day=st.integers(0, 20),
        numbered=st.booleans(),
        lines=st.lists(LINE, min_size=1, max_size=6).map(tuple),
    ),
    min_size=2,
    max_size=6,
    unique_by=lambda export: export.day,
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(exports=EXPORTS, data=st.data())
def test_any_order_any_grouping_any_unloading(
    tmp_path_factory: pytest.TempPathFactory, exports: list[Export], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("increments")
    con = database(folder)
    known: list[Export] = []
    waiting = data.draw(st.permutations(exports))
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        call, waiting = waiting[:size], waiting[size:]
        load(con, [each.write(folder) for each in call])
        known += call
        assert found(con) == expected(known)
        books(con)
    again = data.draw(st.sampled_from(exports))
    before = rows(con, "from quality.loads")
    assert load(con, [again.write(folder)]).loads == ()
    assert rows(con, "from quality.loads") == before
    leaving = data.draw(st.permutations(exports))
    while leaving:
        size = data.draw(st.integers(1, len(leaving)))
        gone, leaving = leaving[:size], leaving[size:]
        unload(con, [load_of(con, each.name) for each in gone])
        assert found(con) == expected(leaving)
        books(con)
    con.close()


def load_of(con: duckdb.DuckDBPyConnection, name: str) -> int:
    ((load_id,),) = rows(con, f"select load_id from quality.loads where source_file = '{name}'")
    return int(load_id)


# Documents with and without line numbers --------------------------------------------------------


def lines_after(
    con: duckdb.DuckDBPyConnection, folder: Path, *exports: Export
) -> list[tuple[Any, ...]]:
    """Load the exports, each in a call of its own; returns the lines in force."""
    for each in exports:
        load(con, [each.write(folder)])
    found = "select order_id, line_id, item_id, ordered_qty::integer"
    return rows(con, f"{found} from contract.sales_order_lines order by all")


def test_line_numbers_take_the_place_of_ranks_and_the_other_way(tmp_path: Path) -> None:
    """Ranks match no numbers: whichever is newer speaks for the whole order."""
    con = database(tmp_path)
    ranked = Export(1, False, (("S1", "2", 5, ""), ("S1", "1", 6, ""), ("S2", "1", 7, "")))
    numbered = Export(2, True, (("S1", "10", 8, ""),))
    more = Export(3, True, (("S1", "20", 9, ""), ("S1", "2", 1, "")))

    lines = lines_after(con, tmp_path, ranked, numbered)
    assert lines == [("S1", "10", "I10", 8), ("S2", "1", "I1", 7)]
    lines = lines_after(con, tmp_path, more)
    assert lines == [
        ("S1", "10", "I10", 8),
        ("S1", "2", "I2", 1),
        ("S1", "20", "I20", 9),
        ("S2", "1", "I1", 7),
    ]
    lines = lines_after(con, tmp_path, Export(4, False, (("S1", "30", 2, ""),)))
    assert lines == [("S1", "1", "I30", 2), ("S2", "1", "I1", 7)]
    assert rows(con, "select whole_documents from quality.loads order by load_id") == [
        ("sales_order_lines",),
        ("",),
        ("",),
        ("sales_order_lines",),
    ]
    books(con)


def test_a_line_that_comes_back_has_a_newer_version(tmp_path: Path) -> None:
    """Its old version was the last of its key, and no longer is: it is kept as the same."""
    con = database(tmp_path)
    both = (("S1", "1", 5, ""), ("S1", "2", 6, ""))
    exports = [Export(1, False, both), Export(2, False, both[:1]), Export(3, False, both)]
    lines_after(con, tmp_path, *exports)
    assert found(con) == expected(exports)
    assert rows(con, "select distinct is_same from history.sales_order_lines") == [(True,)]


def test_a_late_file_says_that_it_is_late(tmp_path: Path) -> None:
    con = database(tmp_path)
    lines_after(con, tmp_path, Export(2, True, (("S1", "1", 5, ""), ("S1", "2", 5, ""))))
    late = Export(1, True, (("S1", "1", 4, ""), ("S1", "3", 4, "")))
    (one,) = load(con, [late.write(tmp_path)]).loads
    assert (one.rows_loaded, one.rows_superseded) == (1, 1)
    assert one.note == "1 row older than what is in force"


def test_balances_of_several_days_accumulate(tmp_path: Path) -> None:
    con = database(tmp_path)
    for day, quantity in (("2026-03-02", 7), ("2026-03-01", 5)):
        path = tmp_path / f"stock-{day}.csv"
        path.write_text(f"item_id,on_hand_qty\nA,{quantity}\n")
        load(con, [path])
    balances = "select as_of::varchar, on_hand_qty::integer from contract.inventory_balances"
    assert rows(con, f"{balances} order by all") == [("2026-03-01", 5), ("2026-03-02", 7)]
    assert rows(con, "from history.inventory_balances") == []


def test_a_file_that_says_again_what_it_said_before_is_news(tmp_path: Path) -> None:
    con = database(tmp_path)
    first, other = (
        (f"item_id,on_hand_qty,as_of\nA,{quantity},2026-03-01\n") for quantity in (5, 6)
    )
    taken = []
    for day, text in enumerate((first, other, first, first)):
        path = tmp_path / "stock.csv"
        path.write_text(text)
        made = (FIRST_EXPORT + timedelta(days=day)).timestamp()
        os.utime(path, (made, made))
        taken.append(len(load(con, [path]).loads))
    assert taken == [1, 1, 1, 0]
    stock = "select on_hand_qty::integer, load_id from contract.inventory_balances"
    assert rows(con, stock) == [(5, 3)]


# Full extracts ----------------------------------------------------------------------------------


def test_a_full_extract_says_what_it_closes(tmp_path: Path) -> None:
    con = database(tmp_path)
    first = [Export(n, True, ((f"S{n}", "1", 1, ""),)) for n in (1, 2, 3)]
    lines_after(con, tmp_path, *first)
    (tmp_path / "items.csv").write_text("item_id,item_name\nI1,Lamp\n")
    second = [Export(n, True, (("S1", str(n), 1, ""),)) for n in (5, 6)]
    paths = [*(each.write(tmp_path) for each in second), tmp_path / "items.csv"]

    loads = load(con, paths, LoadOptions(full=True)).loads

    assert [one.note for one in loads] == [
        "as a full extract it closes 3 rows of sales_order_lines",
        "",
        "full or not, nothing is closed in items",
    ]
    dates = "select distinct exported_at::date::varchar from quality.loads where is_full"
    assert ("2026-03-07",) in rows(con, f"{dates} and source_file like 'lines%'")
    assert rows(con, "select count(*) from contract.sales_order_lines") == [(5,)]
    third = Export(8, True, (("S1", "5", 1, ""),))
    (one,) = load(con, [third.write(tmp_path)], LoadOptions(full=True)).loads
    assert one.note == "as a full extract it closes 1 row of sales_order_lines"
    # Loaded last, it is still the first that lacks them.
    late = Export(4, True, (("S9", "1", 1, ""),))
    (one,) = load(con, [late.write(tmp_path)], LoadOptions(full=True)).loads
    assert one.note == "as a full extract it closes 3 rows of sales_order_lines"
    build(con)
    closed = (
        "select sales_closed_on::varchar, count(*) from core.closed_loads group by 1 order by 1"
    )
    assert rows(con, closed) == [("2026-03-05", 3), ("2026-03-07", 1), ("2026-03-09", 2)]


# Taking loads back ------------------------------------------------------------------------------


HEAD = "order_id,line_id,order_date,item_id,ordered_qty,promised_date\n"
FIRST = HEAD + "S1,1,2026-01-05,A,5,\nS1,2,bad,A,5,\nS2,1,2026-01-05,A,5,soon\n"
SECOND = HEAD + "S1,1,2026-01-05,A,6,\nS1,2,2026-01-05,A,5,later\nS3,1,2026-01-05,A\n"
THIRD = HEAD + "S1,1,2026-01-05,A,6,\nS2,1,2026-01-05,A,7,\n"


def everything(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """All that is recorded but the numbers of loads, and when, how fast, on what they were read."""
    state = {}
    for model in load_models().values():
        if not model.recorded or model.schema == "core":
            continue
        if model.full_name == "quality.backtest":  # of a build, not of a load
            continue
        left_out = "load_id" if model.name != "loads" else "load_id, seconds, loaded_at, note"
        state[model.full_name] = sorted(
            rows(con, f"select * exclude ({left_out}) from {model.full_name}"), key=repr
        )
    return state


def taken(folder: Path, *texts: tuple[str, str]) -> duckdb.DuckDBPyConnection:
    """A database with the files in it, each from a call and of a day of its own."""
    con = database(folder)
    for name, text in texts:
        (folder / name).write_text(text)
        load(con, [folder / name], LoadOptions(as_of=date(2026, 3, int(name[0]))))
    return con


def test_unloading_is_never_having_loaded(tmp_path: Path) -> None:
    one, two, three = ("1.csv", FIRST), ("2.csv", SECOND), ("3.csv", THIRD)
    con = taken(tmp_path, one, two, three)

    gone = unload(con, [2])

    assert [(each.load_id, each.source_file, each.rows) for each in gone] == [(2, "2.csv", 1)]
    assert everything(con) == everything(taken(tmp_path, one, three))
    assert rows(con, "select load_id from quality.loads order by all") == [(1,), (3,)]
    load(con, [tmp_path / "2.csv"], LoadOptions(as_of=date(2026, 3, 2)))
    assert everything(con) == everything(taken(tmp_path, three, two, one))
    assert unaccounted(con) == []
    unload(con, [1, 3])
    assert unaccounted(con) == []
    assert everything(con) == everything(taken(tmp_path, two))
    unload(con, [4])
    assert everything(con) == everything(database(tmp_path))


def test_files_read_together_go_together(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "OrderID,CustomerID,OrderDate,RequiredDate,ShippedDate\n1,C,2026-01-05,2026-01-09,\n"
    )
    (tmp_path / "order_details.csv").write_text(
        "OrderID,ProductID,UnitPrice,Quantity,Discount\n1,7,2.5,3,0\n"
    )
    con = taken(tmp_path, ("1.csv", FIRST))
    before = everything(con)
    load(con, [tmp_path / "orders.csv", tmp_path / "order_details.csv"])
    assert rows(con, "select count(*) from contract.sales_order_lines") == [(3,)]

    with pytest.raises(InputError) as error:
        unload(con, [2, 1])
    assert error.value.what == (
        "load 3 (order_details.csv) was read together with 2 (orders.csv): rows were made of both"
    )
    assert error.value.remedy == "Unload them together: `backorders unload 1 2 3`"
    unload(con, [3, 2])

    assert everything(con) == before


def test_an_unknown_load_is_an_error_that_says_where_to_look(tmp_path: Path) -> None:
    con = taken(tmp_path, ("1.csv", FIRST))
    with pytest.raises(InputError, match="there is no load 7") as error:
        unload(con, [1, 7])
    assert error.value.remedy == (
        'The newest are 1 (1.csv); see all loads with `backorders query "from quality.loads"`'
    )
    assert rows(con, "select count(*) from quality.loads") == [(1,)]


def test_the_command_unloads_and_publishes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = ("--db", str(tmp_path / "store"))
    for name, text in (("1.csv", FIRST), ("2.csv", SECOND)):
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in ("1.csv", "2.csv")]
    assert cli._run(["load", "--full", *files, *db]) == 0
    capsys.readouterr()
    assert cli._run(["unload", "2", *db]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[-1].split() == ["2", "2.csv", "2"]
    assert "Published" in told.err
    path = Store(tmp_path / "store").current()
    with duckdb.connect(str(path), read_only=True) as con:
        assert rows(con, "select load_id, is_full from quality.loads") == [(1, True)]
        assert rows(con, "select count(*) from backlog.lines") == [(2,)]
    assert cli._run(["unload", "2", *db]) == cli.Exit.INPUT


# The store --------------------------------------------------------------------------------------


def inputs(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    path = store.staged if store.staged.exists() else store.current()
    with duckdb.connect(str(path), read_only=True) as con:
        return everything(con)


def test_a_copied_start_and_one_written_anew_come_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, copies = Store.copy, []

    def counted(store: Store, base: Path, building: Path) -> None:
        copies.append(base)
        copy(store, base, building)

    monkeypatch.setattr(Store, "copy", counted)
    for number, text in enumerate((FIRST, SECOND), start=1):
        (tmp_path / f"{number}.csv").write_text(text)
    first = Store(tmp_path / "first")
    with first.lock():
        load_stage(first, [tmp_path / "1.csv"], LoadOptions(as_of=date(2026, 3, 1)))
    states = []
    for alike in (True, False):
        monkeypatch.setattr(models, "has_recorded", lambda con, alike=alike: alike)
        store = Store(tmp_path / f"alike-{alike}")
        shutil.copytree(first.path, store.path)
        with store.lock():
            load_stage(store, [tmp_path / "2.csv"], LoadOptions(as_of=date(2026, 3, 2)))
        states.append(inputs(store))
    assert states[0] == states[1]
    assert copies == [tmp_path / "alike-True" / "staged.duckdb"]


def test_only_tables_just_like_ours_are_copied(tmp_path: Path) -> None:
    con = database(tmp_path)
    assert models.has_recorded(con)
    con.execute("comment on column contract.items.item_id is 'something else'")
    assert not models.has_recorded(con)
    con = database(tmp_path)
    con.execute("alter table quality.loads add column more integer")
    assert not models.has_recorded(con)


def test_a_store_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "1.csv").write_text(FIRST)
    (tmp_path / "2.csv").write_text(SECOND)
    with store.lock():
        load_stage(store, [tmp_path / "1.csv"], LoadOptions())
        with duckdb.connect(str(store.staged)) as con:
            con.execute("drop schema history cascade")
            for column in SINCE_THEN["quality.loads"]:
                con.execute(f"alter table quality.loads drop column {column}")
        load_stage(store, [tmp_path / "2.csv"], LoadOptions(as_of=date(2099, 1, 1)))
    found = inputs(store)
    assert len(found["contract.sales_order_lines"]) == 3
    assert len(found["history.sales_order_lines"]) == 1
