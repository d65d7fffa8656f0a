-- One row per figure that a scenario is judged by: what is backordered, when it is filled, which
-- promises that breaks, what is at risk, and what it does to cash. Its causes: what_if.cause_figures.
-- Dates are those of the open lines that stock and open orders fill; a line is late when it is
-- filled after the day promised. A promise already past is broken in every scenario, and so is one
-- of a line that nothing in stock or on order fills whole.
-- grain: figure
-- store: table
with

risks as (
    select
        max(case when risk = 'customers' then expected_value end) as lost_value,
        max(case when risk = 'cancellations' then expected_value end) as cancelled_value,
        max(case when risk = 'refunds' then expected_value end) as refunded_value,
        max(case when risk = 'events' then expected_value end) as missed_value,
        max(case when risk = 'stock_outs' then expected_value end) as stock_out_value,
    from risk.expected
),

refusals as (
    select coalesce(sum(refused_value), 0) as lost_value from core.refusals
),

holdings as (
    select
        sum(case when is_stocked then holding_value end) as holding_value,
        coalesce(sum(premium_value), 0) as premium_value,
    from planned.holdings
)

select
    figures.figure as figure, -- name of the figure
    cast(figures.figure_rank as integer) as figure_rank, -- order in which they are shown
    figures.subject as subject, -- what it is about: backlog, dates, risk or cash
    figures.figure_name as figure_name, -- what it is, in words
    figures.unit as unit, -- units, money, days or lines
    figures.is_more_better as is_more_better, -- more of it is good
    cast(figures.value as double) as value -- the figure; empty when unknown
from backlog.totals as totals
cross join what_if.waits as waits
cross join refusals
cross join holdings
cross join risks
cross join cash_flow.ahead as cash
cross join lateral (
    values
    (
        1, 'backordered_qty', 'backlog', 'Backordered', 'units', false,
        cast(totals.backordered_qty as double)
    ),
    (
        2, 'backordered_value', 'backlog', 'Backordered', 'money', false,
        cast(totals.backordered_value as double)
    ),
    (
        3, 'uncovered_qty', 'backlog', 'Nothing on order fills', 'units', false,
        cast(totals.uncovered_qty as double)
    ),
    (
        4, 'uncovered_value', 'backlog', 'Nothing on order fills', 'money', false,
        cast(totals.uncovered_value as double)
    ),
    (
        5, 'held_value', 'backlog', 'Could ship and is held', 'money', false,
        cast(totals.held_value as double)
    ),
    (
        6, 'planned_value', 'backlog', 'Backordered on purpose', 'money', false,
        cast(waits.planned_value as double)
    ),
    (
        7, 'lost_sales', 'backlog', 'Orders not accepted: sales lost', 'money', false,
        cast(refusals.lost_value as double)
    ),
    (
        8, 'mean_wait_days', 'dates', 'Mean days until a short unit is filled', 'days', false,
        waits.mean_wait_days
    ),
    (
        9, 'last_days', 'dates', 'Days until the last is filled', 'days', false,
        cast(waits.last_days as double)
    ),
    (
        10, 'last_p80_days', 'dates', 'The same with 80 %', 'days', false,
        cast(waits.last_p80_days as double)
    ),
    (
        11, 'late_lines', 'dates', 'Lines filled after the day promised', 'lines', false,
        cast(waits.late_lines as double)
    ),
    (
        12, 'late_value', 'dates', 'Lines filled after the day promised', 'money', false,
        cast(waits.late_value as double)
    ),
    (
        13, 'broken_lines', 'dates', 'Promises expected to break', 'lines', false,
        waits.broken_lines
    ),
    (
        14, 'broken_value', 'dates', 'Promises expected to break', 'money', false,
        waits.broken_value
    ),
    (
        30, 'cancelled', 'risk', 'Orders expected to be cancelled', 'money', false,
        cast(risks.cancelled_value as double)
    ),
    (
        31, 'refunded', 'risk', 'Money expected to be paid back', 'money', false,
        cast(risks.refunded_value as double)
    ),
    (
        32, 'lost', 'risk', 'Orders of the next year expected to be lost', 'money', false,
        cast(risks.lost_value as double)
    ),
    (
        33, 'missed', 'risk', 'Events expected to be missed', 'money', false,
        cast(risks.missed_value as double)
    ),
    (
        34, 'stock_outs', 'risk', 'Demand expected to find no stock', 'money', false,
        cast(risks.stock_out_value as double)
    ),
    (
        40, 'cash_low', 'cash', 'Lowest balance to come', 'money', true,
        cast(cash.low_balance_value as double)
    ),
    (
        41, 'cash_low_p80', 'cash', 'The same if money in is as late as 80 % keep', 'money', true,
        cast(cash.low_balance_p80_value as double)
    ),
    (
        42, 'funding_gap', 'cash', 'Funding gap', 'money', false,
        cast(cash.funding_gap_value as double)
    ),
    (
        43, 'cash_in', 'cash', 'Money coming in within the horizon', 'money', true,
        cast(cash.in_value as double)
    ),
    (
        44, 'cash_out', 'cash', 'Money going out within the horizon', 'money', false,
        cast(cash.out_value as double)
    ),
    (
        45, 'float_days', 'cash', 'Days customers pay before suppliers are paid', 'days', true,
        cast(cash.float_days as double)
    ),
    (
        46, 'to_come', 'cash', 'Still to come in for what is accepted', 'money', true,
        cast(cash.to_come_value as double)
    ),
    (
        47, 'holding', 'cash', 'Holding stock for a year', 'money', false,
        holdings.holding_value
    ),
    (
        48, 'premium', 'cash', 'Earned above uncustomised items', 'money', true,
        cast(holdings.premium_value as double)
    )
) as figures (figure_rank, figure, subject, figure_name, unit, is_more_better, value)
