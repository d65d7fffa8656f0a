-- Order lines by the states of the order and the line together; a line alone says
-- `pending` for years after an edit removed it.
-- Open: the order is neither cancelled, voided, refunded nor fulfilled, and neither is
-- the line. A line still pending in a fulfilled order was removed. What shipped of a
-- `partial` line is not in the export.
-- Discount Amount is the whole order's and contains the line discounts: what it has
-- beyond them is spread by value.
with

lines as (
    select
        *,
        lower(replace(trim(coalesce("Fulfillment Status", '')), ' ', '_'))
            as order_state,
        lower(trim(coalesce("Lineitem fulfillment status", ''))) as line_state,
        coalesce(trim("Cancelled at") <> '', false)
        or coalesce(
            lower(trim("Financial Status")) in ('voided', 'refunded', 'expired'), false
        ) as is_cancelled,
        order_state in (
            'unfulfilled', 'partial', 'partially_fulfilled', 'scheduled', 'on_hold'
        ) as is_order_open,
        line_state in ('pending', 'unfulfilled', '') as is_pending,
        try_cast(trim("Lineitem price") as decimal(18, 6))
        * try_cast(trim("Lineitem quantity") as decimal(18, 4)) as line_value,
        try_cast(trim("Lineitem discount") as decimal(18, 2)) as line_discount,
        try_cast(trim("Discount Amount") as decimal(18, 2)) as order_discount,
        cast(line_value - coalesce(line_discount, 0) as double) as share,
    from given
),

spread as (
    select
        *,
        greatest(
            order_discount - coalesce(sum(line_discount) over whole_order, 0), 0
        ) as rest,
        case
            when count(*) over whole_order = count(share) over whole_order
                then nullif(sum(share) over whole_order, 0)
        end as order_share,
        -- A running share, so that the cents add up; in an order that sorting keeps.
        sum(share) over (
            partition by _parent
            order by "Lineitem sku", "Lineitem name", share, _row
        ) as share_so_far,
    from lines
    window whole_order as (partition by _parent)
),

discounted as (
    select
        *,
        case
            when "Discount Amount" is null or rest = 0 then line_discount
            when order_share is not null
                then coalesce(line_discount, 0)
                + cast(round(rest * share_so_far / order_share, 2) as decimal(18, 2))
                - cast(
                    round(rest * (share_so_far - share) / order_share, 2)
                    as decimal(18, 2)
                )
        end as discount_amount,
        case
            when is_pending and order_state in ('partial', 'partially_fulfilled')
                then [
                    try_cast(trim("Outstanding Balance") as decimal(18, 2)),
                    try_cast(trim("Refunded Amount") as decimal(18, 2)),
                ]
        end as left_over,
    from spread
),

judged as (
    select
        *,
        case
            when line_state = 'fulfilled' then 'shipped'
            when line_state not in ('restocked', 'partial') and not is_pending then null
            when is_cancelled or 'restocked' in (order_state, line_state)
                then 'cancelled'
            when order_state = 'fulfilled' and line_state in ('pending', 'unfulfilled')
                then 'cancelled'
            when order_state = 'fulfilled' then 'shipped'
            when not is_order_open then null
            when line_state = 'partial' then 'partially_shipped'
            when order_state = 'on_hold' then 'on_hold'
            else 'open'
        end as status,
        len(
            list_filter(
                left_over,
                lambda amount: amount > 0
                and (
                    abs(amount - line_value) <= 0.02
                    or abs(amount - line_value + discount_amount) <= 0.02
                )
            )
        ) > 0 as may_be_removed,
    from discounted
)

select
    _row,
    Name as order_id,
    "Created at" as created_at,
    coalesce(
        nullif(nullif(trim("Lineitem sku", ' '''), ''), 'null'),
        'title:' || trim("Lineitem name")
    ) as item_id,
    "Lineitem quantity" as quantity,
    status,
    order_state,
    is_order_open or order_state in ('fulfilled', 'restocked') as is_order_state_known,
    coalesce(lower(trim("Lineitem requires shipping")) <> 'false', true)
        as needs_shipping,
    case
        when line_state = 'partial' then null
        when status = 'shipped' then "Lineitem quantity"
        else '0'
    end as shipped_qty,
    case
        when line_state = 'partial' then null
        when status = 'cancelled' then "Lineitem quantity"
        else '0'
    end as cancelled_qty,
    case when trim(Email) <> '' then left(sha256(lower(trim(Email))), 16) end
        as customer_id,
    Location as location,
    case when status = 'shipped' then "Fulfilled at" end as fulfilled_at,
    "Lineitem price" as price,
    case
        when trim("Discount Amount") <> '' and order_discount is null
            then "Discount Amount"
        when trim("Lineitem discount") <> '' and line_discount is null
            then "Lineitem discount"
        else cast(discount_amount as varchar)
    end as discount,
    Currency as currency,
    case
        when may_be_removed and status = 'open'
            then 'perhaps removed by an edit: the order owes or got back its value'
    end as hold_reason,
    Source as channel,
    "Payment Terms Name" as payment_terms,
from judged
