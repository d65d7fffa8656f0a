-- The date everything is evaluated at and the currency figures are shown in.
-- The date asked for, else that of the newest stock balance, else that of the newest event;
-- the currency asked for, else the commonest one of the order lines.
-- grain: one row
-- store: table
with

newest_balance as (
    select max(as_of) as as_of from contract.inventory_balances
),

event_dates as (
    select max(order_date) as event_date from contract.sales_order_lines
    union all
    select max(shipped_date) as event_date from contract.sales_order_lines
    union all
    select max(shipped_date) as event_date from contract.shipments
    union all
    select max(order_date) as event_date from contract.purchase_order_lines
    union all
    select max(received_date) as event_date from contract.receipts
),

newest_event as (
    select max(event_date) as as_of from event_dates
),

currencies as (
    select
        currency,
        row_number() over (order by count(*) desc, currency) as currency_rank,
    from contract.sales_order_lines
    where currency is not null
    group by currency
)

select
    coalesce(run.as_of, newest_balance.as_of, newest_event.as_of)
        as as_of, -- date everything is evaluated at; later events are not yet known
    coalesce(run.reporting_currency, currencies.currency)
        as reporting_currency, -- ISO 4217 code of every value; empty when no export names one
    run.is_sample as is_sample -- true when the figures are those of the sample business
from core.run as run
cross join newest_balance
cross join newest_event
left join currencies on currencies.currency_rank = 1
