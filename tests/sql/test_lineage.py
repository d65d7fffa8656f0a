"""Formulas, tables and assumptions behind a figure, as the .sql files have them."""

import re

import pytest

from sql import lineage, models
from sql.lineage import Formula


@pytest.mark.parametrize(
    ("model", "column", "found"),
    [
        (
            "backlog.fill_rates",
            "rate",
            Formula(
                "backlog.fill_rates",
                "rate",
                "",
                "cast(filled as double) / nullif(cast(total as double), 0)",
            ),
        ),
        # Handed on by risk.lines and backlog.lines, computed in a step of core.order_lines.
        (
            "risk.lines",
            "due_date",
            Formula(
                "core.order_lines",
                "due_date",
                "lines",
                "coalesce(\n    order_lines.requested_date, order_lines.promised_date,"
                " order_lines.order_date\n)",
                is_one_of_several=True,
            ),
        ),
        # A contract column of another name, two models down.
        ("contract.items", "unit_cost", Formula("contract.items", "unit_cost", "", "")),
        ("backlog.fill_rates", "no_such", None),
    ],
)
def test_a_formula_is_followed_to_where_it_is_computed(
    model: str, column: str, found: Formula | None
) -> None:
    assert lineage.formula(model, column) == found


def test_every_column_has_a_formula_that_stands_in_the_file_it_names() -> None:
    known = models.load_models()
    for name, model in known.items():
        for column in model.columns:
            found = lineage.formula(name, column)
            assert found, f"{name}.{column}"
            there = known[found.model]
            assert found.column in there.columns or found.step, f"{name}.{column}: {found}"
            if found.sql:
                text = "".join(lineage._without_comments(there.sql).split())
                assert "".join(found.sql.split()) in text, f"{name}.{column}: {found}"
                step = rf"^{found.step} as (not materialized )?\($"
                assert not found.step or re.search(step, there.sql, re.MULTILINE)
            else:
                assert there.recorded, f"{name}.{column}: {found}"


def test_assumptions_are_those_of_a_model_and_of_what_it_is_made_from() -> None:
    used = lineage.assumptions("backlog.fill_rates")
    assert used == {
        "fill_tolerance_days": ("backlog.fill_rates", "core.order_lines"),
        "on_time_tolerance_days": ("core.order_lines",),
    }
    assert next(iter(used)) == "fill_tolerance_days"
    assert not lineage.assumptions("contract.items")


def test_every_assumption_is_used() -> None:
    # The one that no model uses says from when on the dashboard calls figures old.
    unused = {name for name in models.assumptions() if not lineage.users(name)}
    assert unused == {"stale_after_days"}


def test_what_a_model_is_made_from_begins_with_what_exports_hold() -> None:
    found = lineage.recorded("backlog.fill_rates")
    assert found[0].startswith("contract.")
    assert "contract.sales_order_lines" in found
    assert all(models.load_models()[name].recorded for name in found)
    assert "backlog.by_dimension" in lineage.readers("backlog.lines")
