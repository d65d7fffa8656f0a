-- One row per thing to do about the backlog, what is worth most first: expedite (where what that
-- saves is more than its fee), order, make,
-- reallocate, ask a supplier for a new date, tell a customer, pay back or offer to cancel.
-- Worth is the value of the order lines the action frees, keeps or settles, or the money it gives
-- back: a line may be behind several actions, so they do not add up. Only what is due within
-- action_days is listed. What a held line keeps counts for others up to what they lack.
-- grain: action_id
-- store: table
with

days as (
    select as_of.as_of, as_of.as_of + levers.action_days as horizon
    from core.as_of as as_of
    cross join core.levers as levers
),

ordering as (
    select
        case proposals.replenishment when 'make' then 'make_now' else 'order_now' end
            as action_kind,
        proposals.item_id as subject_id,
        cast(null as varchar) as document_id,
        proposals.item_id,
        proposals.item_name,
        proposals.supplier_id as party_id,
        proposals.supplier_name as party_name,
        proposals.proposed_qty as action_qty,
        proposals.latest_order_date as act_by_date,
        proposals.freed_value as worth_value,
        proposals.proposed_value as cost_value,
        proposals.freed_lines as lines,
        'materials.proposals' as evidence_model,
    from materials.proposals as proposals
    cross join days
    where
        proposals.proposed_qty > 0
        and proposals.freed_lines > 0
        and coalesce(proposals.latest_order_date, days.as_of) <= days.horizon
),

expediting as (
    select
        'expedite' as action_kind,
        expedites.supply_id as subject_id,
        expedites.document_id,
        expedites.item_id,
        expedites.item_name,
        expedites.supplier_id as party_id,
        expedites.supplier_name as party_name,
        expedites.supply_qty as action_qty,
        days.as_of as act_by_date,
        expedites.released_value as worth_value,
        expedites.fee_value as cost_value,
        expedites.lines,
        'materials.expedites' as evidence_model,
    from materials.expedites as expedites
    cross join days
    where expedites.is_worth_fee
),

held as (
    select pool_id, sum(held_qty) as held_qty, count(*) as held_lines
    from backlog.lines as lines
    inner join core.open_lines as pooled
        on lines.order_id = pooled.order_id
        and lines.line_id = pooled.line_id
    where lines.held_qty > 0
    group by pool_id
),

short as (
    select
        pooled.pool_id,
        any_value(lines.item_id) as item_id,
        any_value(lines.item_name) as item_name,
        sum(lines.backordered_qty) as short_qty,
        sum(lines.backordered_value) as short_value,
        count(*) as lines,
    from backlog.lines as lines
    inner join core.open_lines as pooled
        on lines.order_id = pooled.order_id
        and lines.line_id = pooled.line_id
    where lines.backordered_qty > 0 and coalesce(lines.held_qty, 0) = 0
    group by pooled.pool_id
),

reallocating as (
    select
        'reallocate' as action_kind,
        short.pool_id as subject_id,
        cast(null as varchar) as document_id,
        short.item_id,
        short.item_name,
        cast(null as varchar) as party_id,
        cast(null as varchar) as party_name,
        least(held.held_qty, short.short_qty) as action_qty,
        days.as_of as act_by_date,
        cast(
            cast(short.short_value as double)
            * cast(least(held.held_qty, short.short_qty) as double)
            / cast(short.short_qty as double) as decimal(18, 2)
        ) as worth_value,
        cast(null as decimal(18, 2)) as cost_value,
        short.lines,
        'backlog.lines' as evidence_model,
    from short
    inner join held on short.pool_id = held.pool_id
    cross join days
),

asking as (
    select
        'ask_date' as action_kind,
        supply.supply_id as subject_id,
        supply.document_id,
        supply.item_id,
        supply.item_name,
        supply.supplier_id as party_id,
        supply.supplier_name as party_name,
        supply.supply_qty as action_qty,
        supply.promised_date as act_by_date,
        supply.pegged_value as worth_value,
        cast(null as decimal(18, 2)) as cost_value,
        supply.lines,
        'backlog.supply_pegs' as evidence_model,
    from backlog.supply_pegs as supply
    cross join days
    where
        supply.supply_kind <> 'on_hand'
        and supply.lines > 0
        and (supply.promised_date is null or supply.promised_date < days.as_of)
),

notices as (
    select
        notices.order_id,
        notices.customer_id,
        notices.customer_name,
        notices.item_id,
        notices.item_name,
        notices.open_qty,
        notices.open_value,
        notices.notice_date as act_by_date,
        notices.line_id,
    from risk.notices as notices
    cross join days
    where notices.notice_date <= days.horizon
    union all
    select
        promises.order_id,
        promises.customer_id,
        promises.customer_name,
        promises.item_id,
        promises.item_name,
        promises.open_qty,
        promises.open_value,
        promises.promised_date as act_by_date,
        promises.line_id,
    from backlog.promises as promises
    cross join days
    where
        promises.promise_kept_rate < 0.5
        and promises.promised_date between days.as_of and days.horizon
),

notice_lines as (
    select
        order_id,
        line_id,
        any_value(customer_id) as customer_id,
        any_value(customer_name) as customer_name,
        any_value(item_id) as item_id,
        any_value(item_name) as item_name,
        any_value(open_qty) as open_qty,
        any_value(open_value) as open_value,
        min(act_by_date) as act_by_date,
    from notices
    group by order_id, line_id
),

notifying as (
    select
        'notify' as action_kind,
        order_id as subject_id,
        order_id as document_id,
        case when count(distinct item_id) = 1 then any_value(item_id) end as item_id,
        case when count(distinct item_id) = 1 then any_value(item_name) end as item_name,
        any_value(customer_id) as party_id,
        any_value(customer_name) as party_name,
        sum(open_qty) as action_qty,
        min(act_by_date) as act_by_date,
        sum(open_value) as worth_value,
        cast(null as decimal(18, 2)) as cost_value,
        count(*) as lines,
        'risk.notices' as evidence_model,
    from notice_lines
    group by order_id
),

refunding as (
    select
        'refund' as action_kind,
        cash.order_id as subject_id,
        cash.order_id as document_id,
        cast(null as varchar) as item_id,
        cast(null as varchar) as item_name,
        any_value(cash.customer_id) as party_id,
        any_value(customers.customer_name) as party_name,
        cast(null as decimal(18, 4)) as action_qty,
        any_value(days.as_of) as act_by_date,
        sum(cash.refund_value) as worth_value,
        sum(cash.refund_value) as cost_value,
        count(*) as lines,
        'core.line_cash' as evidence_model,
    from core.line_cash as cash
    cross join days
    left join core.customers as customers on cash.customer_id = customers.customer_id
    where cash.refund_value > 0
    group by cash.order_id
),

cancelling as (
    select
        'offer_cancel' as action_kind,
        events.order_id || ' / ' || events.line_id as subject_id,
        events.order_id as document_id,
        events.item_id,
        events.item_name,
        events.customer_id as party_id,
        events.customer_name as party_name,
        events.open_qty as action_qty,
        events.ship_by_date as act_by_date,
        events.expected_miss_value as worth_value,
        events.held_value as cost_value,
        1 as lines,
        'risk.events' as evidence_model,
    from risk.events as events
    cross join days
    where events.miss_rate >= 0.5 and events.ship_by_date <= days.horizon
),

united as (
    select
        action_kind,
        subject_id,
        document_id,
        item_id,
        item_name,
        party_id,
        party_name,
        action_qty,
        act_by_date,
        worth_value,
        cost_value,
        lines,
        evidence_model,
    from ordering
    union all
    select
        action_kind,
        subject_id,
        document_id,
        item_id,
        item_name,
        party_id,
        party_name,
        action_qty,
        act_by_date,
        worth_value,
        cost_value,
        lines,
        evidence_model,
    from expediting
    union all
    select
        action_kind,
        subject_id,
        document_id,
        item_id,
        item_name,
        party_id,
        party_name,
        action_qty,
        act_by_date,
        worth_value,
        cost_value,
        lines,
        evidence_model,
    from reallocating
    union all
    select
        action_kind,
        subject_id,
        document_id,
        item_id,
        item_name,
        party_id,
        party_name,
        action_qty,
        act_by_date,
        worth_value,
        cost_value,
        lines,
        evidence_model,
    from asking
    union all
    select
        action_kind,
        subject_id,
        document_id,
        item_id,
        item_name,
        party_id,
        party_name,
        action_qty,
        act_by_date,
        worth_value,
        cost_value,
        lines,
        evidence_model,
    from notifying
    union all
    select
        action_kind,
        subject_id,
        document_id,
        item_id,
        item_name,
        party_id,
        party_name,
        action_qty,
        act_by_date,
        worth_value,
        cost_value,
        lines,
        evidence_model,
    from refunding
    union all
    select
        action_kind,
        subject_id,
        document_id,
        item_id,
        item_name,
        party_id,
        party_name,
        action_qty,
        act_by_date,
        worth_value,
        cost_value,
        lines,
        evidence_model,
    from cancelling
)

select
    united.action_kind || ' ' || united.subject_id as action_id, -- kind and subject
    cast(
        row_number() over (
            order by
                united.worth_value desc nulls last,
                united.act_by_date nulls last,
                united.action_kind,
                united.subject_id
        ) as integer
    ) as action_rank, -- place in the list: what is worth most first
    united.action_kind as action_kind, -- what to do
    kinds.action_name as action_name, -- the same in words
    kinds.owner as owner, -- who usually does it
    united.subject_id as subject_id, -- item, order or supply it is about
    united.document_id as document_id, -- order to look at; empty where it is about an item
    united.item_id as item_id, -- item; empty where there are several
    united.item_name as item_name, -- name of the item
    united.party_id as party_id, -- supplier or customer to talk to
    united.party_name as party_name, -- name of the supplier or customer
    cast(united.action_qty as decimal(18, 4)) as action_qty, -- quantity it is about
    united.act_by_date as act_by_date, -- day to act by; past where it is overdue
    united.act_by_date < days.as_of as is_overdue, -- that day has passed
    cast(united.worth_value as decimal(18, 2))
        as worth_value, -- value it frees, keeps, settles or gives back; empty if unpriced
    cast(united.cost_value as decimal(18, 2))
        as cost_value, -- money it costs or pays out; empty when unknown or none
    cast(united.lines as bigint) as lines, -- order lines behind it
    united.evidence_model as evidence_model -- where its rows are
from united
cross join days
inner join actions.kinds as kinds on united.action_kind = kinds.action_kind
