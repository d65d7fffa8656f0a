"""The list of actions and the morning report, on a store that was refreshed twice."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import polars as pl
import pytest

from etl import cli

ORDERS = """\
order_id,line_id,customer_id,order_date,item_id,ordered_qty,shipped_qty,unit_price,currency,promised_date
O1,1,A<b>|nna,2026-03-01,LAMP,10,4,12.50,EUR,2026-03-28
O2,1,BERT,2026-03-10,LAMP,5,0,12.50,EUR,2026-04-20
"""
STOCK = "as_of,item_id,on_hand_qty\n{day},LAMP,{qty}\n"
OFFERS = (
    "supplier_id,item_id,lead_time_days,min_order_qty,unit_price,currency\nACME,LAMP,9,6,5,EUR\n"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("actions")
    for day, qty in (("2026-03-20", 8), ("2026-03-31", 2)):
        exports = folder / day
        exports.mkdir()
        (exports / "orders.csv").write_text(ORDERS)
        (exports / "offers.csv").write_text(OFFERS)
        (exports / "stock.csv").write_text(STOCK.format(day=day, qty=qty))
        assert cli._run(["refresh", str(exports), "--db", str(folder / "store")]) == 0
    return folder / "store"


class Run:
    def __init__(self, capsysbinary: pytest.CaptureFixture[bytes], store: Path) -> None:
        self._captured, self._store = capsysbinary, store

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        self._captured.readouterr()
        code = cli._run([*map(str, arguments), "--db", str(self._store)])
        out, err = self._captured.readouterr()
        return int(code), out.decode(), err.decode()


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], store: Path) -> Run:
    return Run(capsysbinary, store)


def test_actions_are_listed_and_written(run: Run, tmp_path: Path) -> None:
    code, out, err = run("actions", "--kind", "order_now")
    assert code == 0, err
    # 11 lamps are open, 2 in stock, none on order: 9 are wanted
    assert out.splitlines()[2].split()[:4] == ["1", "Place", "an", "order"]
    assert run("actions", "-o", tmp_path / "actions.xlsx") == (0, "", "")
    assert json.loads(run("actions", "--format", "json", "--top", 1)[1])[0]["action_rank"] == 1
    code, _, err = run("actions", "--kind", "pray")
    assert (code, "there is no kind of action pray" in err) == (3, True)


def test_draft_purchases_load_as_any_other_export(run: Run, tmp_path: Path) -> None:
    draft = tmp_path / "draft.csv"
    assert run("actions", "--draft-purchases", "-o", draft) == (0, "", "")
    rows = pl.read_csv(draft)
    assert rows.select("supplier_id", "item_id", "ordered_qty", "unit_price").rows() == [
        ("ACME", "LAMP", 9.0, 5.0)
    ]
    code, out, err = run("preview", draft)
    assert code == 0, err
    assert "purchase_order_lines" in out


def test_the_report_says_what_changed_and_escapes_what_a_stranger_typed(
    run: Run, tmp_path: Path
) -> None:
    code, text, err = run("digest")
    assert code == 0, err
    assert "Changes are since 20 March 2026." in text
    # 6 fell due on the 28th, with 2 in stock
    assert "| Backordered units | 4 | +4 |" in text
    assert "1 open order lines are past their promise, 1 of them since then." in text
    assert "A&lt;b>\\|nna" in text
    page = tmp_path / "report.html"
    assert run("digest", "-o", page) == (0, "", "")
    html = page.read_text()
    assert "A&lt;b&gt;|nna" in html
    assert "<b>" not in html
    assert "<script" not in html


@pytest.fixture
def chat() -> Iterator[tuple[str, list[dict[str, str]]]]:
    taken: list[dict[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append(json.loads(body))
            self.send_response(200 if self.path == "/hook" else 403)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("localhost", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", taken
    server.shutdown()


def test_the_report_is_posted_to_a_chat(run: Run, chat: tuple[str, list[dict[str, str]]]) -> None:
    url, taken = chat
    assert run("digest", "--webhook", f"{url}/hook") == (0, "", "")
    assert taken[0]["text"].startswith("# Backorders, 31 March 2026")
    assert "to localhost" in run("audit", "--event", "exported")[1]
    code, _, err = run("digest", "--webhook", f"{url}/other")
    assert (code, "the report was not taken: HTTP Error 403" in err) == (3, True)
    assert run("digest", "--webhook", "file:///etc/passwd")[0] == 3


def test_without_a_snapshot_both_say_so(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    nothing = Run(capsysbinary, tmp_path / "none")
    for command in ("actions", "digest"):
        code, _, err = nothing(command)
        assert (code, "nothing has been published yet" in err) == (5, True)
