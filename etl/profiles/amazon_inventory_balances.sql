-- Stock at Amazon and, where it is given, the merchant's own: one record may be two
-- balances. Unavailable is all at Amazon that can neither be sold nor is reserved:
-- unsellable goods, and those Amazon is looking for.
with

stock as (
    select
        _row,
        sku,
        afn_warehouse_quantity,
        afn_reserved_quantity,
        mfn_fulfillable_quantity,
        coalesce(trim(afn_warehouse_quantity), '') <> '' as is_at_amazon,
        coalesce(trim(mfn_fulfillable_quantity), '') <> '' as is_at_merchant,
        number(afn_warehouse_quantity)
        - coalesce(number(afn_reserved_quantity), 0)
        - number(afn_fulfillable_quantity) as left_over,
        number(afn_unsellable_quantity) as unsellable,
        coalesce(
            number(afn_inbound_shipped_quantity)
            + coalesce(number(afn_inbound_receiving_quantity), 0),
            number(afn_inbound_receiving_quantity)
        ) as inbound,
    from given
)

select
    _row,
    sku,
    'Amazon' as location_id,
    afn_warehouse_quantity as on_hand_qty,
    afn_reserved_quantity as allocated_qty,
    case
        when coalesce(left_over, unsellable) is not null
            then spelt(greatest(left_over, unsellable, 0))
    end as unavailable_qty,
    spelt(inbound) as in_transit_qty,
    not is_at_amazon as is_unknown,
from stock
where is_at_amazon or not is_at_merchant
union all
select
    _row,
    sku,
    'Merchant' as location_id,
    mfn_fulfillable_quantity as on_hand_qty,
    null as allocated_qty,
    null as unavailable_qty,
    null as in_transit_qty,
    false as is_unknown,
from stock
where is_at_merchant
