"""`backorders promise` and `backorders backtest`: the days to quote, and what they were worth."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl import cli
from sql.store import current_path

# Twenty orders of S: 10 on the day, 6 after 4 days, 3 after 9, 1 after 20. So .5, .2, .05 and 0 of
# them waited longer. X was promised for 10 April and came on the 13th, for order A, which shipped
# that day. Y is open.
SLIPS = [0] * 10 + [4] * 6 + [9] * 3 + [20]
PROMISED = date(2026, 2, 2)
FILES = {
    "purchase_order_lines.csv": [
        "po_id,line_id,supplier_id,item_id,order_date,ordered_qty,received_qty,first_promised_date",
        *(f"H{n},1,S,H,2026-01-02,1,1,{PROMISED}" for n in range(20)),
        "X,1,S,LAMP,2026-03-10,5,5,2026-04-10",
        "Y,1,S,LAMP,2026-06-10,9,0,2026-07-10",
    ],
    "receipts.csv": [
        "receipt_id,line_id,po_id,po_line_id,item_id,received_date,received_qty",
        *(f"R{n},1,H{n},1,H,{PROMISED + timedelta(slip)},1" for n, slip in enumerate(SLIPS)),
        "RX,1,X,1,LAMP,2026-04-13,5",
    ],
    "sales_order_lines.csv": [
        "order_id,line_id,item_id,order_date,ordered_qty,shipped_qty,shipped_date,requested_date",
        "A,1,LAMP,2026-03-15,5,5,2026-04-13,2026-03-20",
        "B,1,LAMP,2026-06-15,2,0,,2026-06-20",
    ],
    "inventory_balances.csv": ["as_of,item_id,on_hand_qty", "2026-06-30,LAMP,0"],
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("business")
    exports = folder / "exports"
    exports.mkdir()
    for name, lines in FILES.items():
        (exports / name).write_text("\n".join(lines) + "\n")
    assert cli._run(["refresh", str(exports), "--db", str(folder / "store")]) == 0
    return folder / "store"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli._run([str(each) for each in arguments])
    captured = capsys.readouterr()
    return int(code), captured.out, captured.err


def asked(store: Path, query: str) -> list[tuple[Any, ...]]:
    path = current_path(store)
    assert path is not None
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(query).fetchall()


def test_promise_quotes_three_days_and_what_they_rest_on(
    capsys: pytest.CaptureFixture[str], store: Path
) -> None:
    """Y's 9 less B's 2; with X, 21 orders: 11/21, 10/21, 4/21, 1/21 of them come so late."""
    code, out, err = run(capsys, "promise", "LAMP", 7, "--db", store, "--format", "json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["as_of"] == "2026-06-30"
    assert told["quotes"] == [
        {
            "pool": "LAMP",
            "available_on_day": 0.0,
            "p50": "2026-07-13",
            "p80": "2026-07-14",
            "p95": "2026-07-19",
        }
    ]
    (supply,) = told["supplies"]
    assert (supply["supply"], supply["qty"], supply["pegged"], supply["free"]) == (
        "PO Y / 1",
        9,
        2,
        7,
    )


def test_what_no_order_leaves_is_not_promised(
    capsys: pytest.CaptureFixture[str], store: Path
) -> None:
    code, out, err = run(capsys, "promise", "LAMP", 8, "--db", store)
    assert code == 0
    assert re.search(r"^LAMP +0\.0000$", out, re.M)
    assert "must be ordered first" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["LAMB", "1"], 3, "there is no item 'LAMB'\n  remedy: The nearest one is LAMP"),
        (["LAMP", "0"], 2, "0.0 is not in the range x>0"),
        (["LAMP", "1", "--from", "soon"], 2, "'soon' does not match"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    capsys: pytest.CaptureFixture[str], store: Path, arguments: list[str], code: int, message: str
) -> None:
    found = run(capsys, "promise", *arguments, "--db", store)
    assert found[0] == code
    assert message in found[2]


def test_past_days_are_replayed_and_compared_with_what_happened(
    capsys: pytest.CaptureFixture[str], store: Path
) -> None:
    """On 31 March X is expected on 10, 14 and 19 April; on 12 April, 2 days late, 14, 19 and 30.

    It came on the 13th: 3 days late on the 10th, 1 early on the 14th, 6 early on the 19th; then 1,
    6 and 17 early. Too late counts the quantile, too early 1 - quantile. The promise said 10 April,
    then tomorrow, the 13th.
    """
    before = asked(store, "from backlog.totals")
    figures = ("--from", "2026-03-31", "--to", "2026-04-12", "--every", "12d", "--db", store)
    code, out, err = run(capsys, "backtest", *figures)
    assert code == 0
    assert err == "Replaying 2026-03-31\nReplaying 2026-04-12\n"
    assert out.startswith("subject  cases_of")
    rows = asked(
        store,
        "select replayed_on, is_late, quantile, cases, covered_cases, early_cases,"
        " round(off_days, 6) from quality.backtest"
        " where method = 'expected' and subject = 'line' order by all",
    )
    assert rows == [
        (date(2026, 3, 31), False, 0.5, 1, 0, 0, 1.5),
        (date(2026, 3, 31), False, 0.8, 1, 1, 1, 0.2),
        (date(2026, 3, 31), False, 0.95, 1, 1, 1, 0.3),
        (date(2026, 4, 12), True, 0.5, 1, 1, 1, 0.5),
        (date(2026, 4, 12), True, 0.8, 1, 1, 1, 1.2),
        (date(2026, 4, 12), True, 0.95, 1, 1, 1, 0.85),
    ]
    promised = asked(
        store,
        "select quantile, cases, covered_rate, early_rate, round(mean_off_days, 6)"
        " from quality.forecast_quality"
        " where method = 'promise' and subject = 'supply' and cases_of = 'all' order by all",
    )
    assert promised == [(0.5, 2, 0.5, 0, 0.75), (0.8, 2, 0.5, 0, 1.2), (0.95, 2, 0.5, 0, 1.425)]
    assert asked(store, "from backlog.totals") == before
    assert list(store.glob(".building*")) == []


def test_a_later_build_keeps_the_results(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    figures = ("--from", "2026-03-31", "--to", "2026-03-31", "--db", store)
    assert run(capsys, "backtest", *figures, "--format", "json")[0] == 0
    kept = asked(store, "from quality.backtest order by all")
    assert {row[0] for row in kept} == {date(2026, 3, 31)}
    assert run(capsys, "build", "--db", store)[0] == 0
    assert asked(store, "from quality.backtest order by all") == kept


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--from", "2026-06-30"], 3, "days from 2026-06-30 to 2026-06-30 cannot be replayed"),
        (["--from", "2026-05-02", "--to", "2026-05-01"], 3, "cannot be replayed"),
        (["--every", "often"], 2, "'often' is not a number of days such as 14d"),
    ],
)
def test_days_that_cannot_be_replayed_are_refused(
    capsys: pytest.CaptureFixture[str], store: Path, arguments: list[str], code: int, message: str
) -> None:
    found = run(capsys, "backtest", *arguments, "--db", store)
    assert found[0] == code
    assert message in found[2]


@pytest.mark.parametrize("command", [("promise", "LAMP", 1), ("backtest",)])
def test_without_a_snapshot_there_is_nothing_to_ask(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: tuple[object, ...]
) -> None:
    code, _, err = run(capsys, *command, "--db", tmp_path)
    assert code == 5
    assert "nothing has been published yet" in err
