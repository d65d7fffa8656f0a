-- Stock after each ledger entry, in the order of the list; an item's last entry
-- supersedes the ones before. What remains of all entries is the stock, whether the
-- list has every entry or only the open ones. Where it has neither, quantities and
-- remainders differ.
with

entries as (
    select
        _row,
        item_no,
        nullif(trim(variant_code), '') as variant_code,
        nullif(trim(location_code), '') as location_code,
        number(quantity) as qty,
        number(remaining_quantity) as remaining_qty,
        coalesce(lower(trim(open)) in ('yes', 'true', '1'), false) as is_open,
    from given
)

select
    _row,
    item_no,
    variant_code,
    location_code,
    spelt(sum(remaining_qty) over (place order by _row)) as on_hand_qty,
    qty is null or remaining_qty is null as is_unreadable,
    bool_and(qty is not null and remaining_qty is not null) over place
    and (
        sum(qty) over place = sum(remaining_qty) over place
        or bool_and(is_open) over place
    ) as is_whole,
from entries
window place as (partition by trim(item_no), variant_code, location_code)
