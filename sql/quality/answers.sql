-- One row per contract table: whether it is loaded, what answers lack without it, and which models
-- are empty then.
-- grain: table_name
select
    freshness.table_name as table_name, -- contract table
    freshness.rows > 0 as is_loaded, -- it has rows
    freshness.rows as rows, -- rows in it
    costs.costs as costs, -- what answers lack without it
    costs.affects as affects -- models that are empty, or of unknown values, without it
from quality.freshness as freshness
left join (
    values
    (
        'sales_order_lines',
        'nothing waits: there is no backlog at all',
        'backlog.lines, backlog.daily, backlog.projected, backlog.fill_rates, backlog.otif'
    ),
    (
        'inventory_balances',
        'stock counts as nothing: all that is due counts as backordered, of unknown cause',
        'core.balances, core.on_hand, core.ledger'
    ),
    (
        'purchase_order_lines',
        'no backorder is covered by a purchase and has a date to be filled on; suppliers are not'
        || ' judged, and what nobody ordered is of unknown cause',
        'core.purchase_lines, suppliers.orders'
    ),
    (
        'items',
        'names, product groups, base units, costs and stocking policies are unknown: no margins,'
        || ' no planned backorders',
        'backlog.by_category'
    ),
    ('customers', 'names, segments, priorities and credit holds of customers are unknown', ''),
    (
        'locations',
        'all stock counts as able to fill orders, that in quarantine too',
        ''
    ),
    ('suppliers', 'names and holds of suppliers are unknown', ''),
    (
        'supplier_items',
        'lead times and prices as quoted are unknown: a purchase order without a promise has no'
        || ' date',
        ''
    ),
    (
        'receipts',
        'what came in has no day: stock is not carried beyond its balance, past days cannot be'
        || ' reckoned back, lead times are as promised, and why lines went short when they fell due'
        || ' is unknown',
        'quality.warn_ledger_gap, quality.warn_received_before_ordered'
    ),
    (
        'shipments',
        'shipped quantities have at most one day, that of the order line: partly shipped lines'
        || ' are late or early as a whole',
        ''
    ),
    (
        'production_orders',
        'no backorder is covered by own production',
        ''
    ),
    (
        'bom_lines',
        'which components a made item waits for is unknown: late production is its own cause',
        ''
    ),
    (
        'demand_forecasts',
        'what was expected to be sold is unknown: causes compare demand with the mean of the six'
        || ' weeks before, and are right a little less often',
        ''
    ),
    (
        'stock_adjustments',
        'corrections of stock are unknown: they show as gaps between balances, of unknown cause',
        ''
    ),
    (
        'payments',
        'money received and paid is unknown: what payment terms say stands in its place, and'
        || ' without them what is held and owed is unknown',
        ''
    ),
    (
        'payment_terms',
        'when customers pay and suppliers are paid is unknown: an assumed number of days stands in'
        || ' its place',
        ''
    ),
    (
        'uom_conversions',
        'lines in other units than the base unit are left out of quantities',
        ''
    ),
    (
        'exchange_rates',
        'values in other currencies than the reporting currency are unknown',
        ''
    ),
    (
        'calendar_events',
        'holidays and promotions that explain demand are unknown: a spike has no name',
        ''
    )
) as costs (table_name, costs, affects)
    on freshness.table_name = costs.table_name
