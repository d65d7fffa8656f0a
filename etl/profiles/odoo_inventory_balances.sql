-- Stock of a product in a warehouse and lot: the sum of its quants there. Each of them
-- carries the sum, and the last supersedes the others. An unfiltered export also has
-- what went to customers or came from vendors, as quants of opposite sign in locations
-- that are not internal. Where the export does not say a location's type, one without a
-- warehouse or below Odoo's own roots is none of ours.
with

known_products as (
    select
        trim(products.product_ref) as product_ref,
        nullif(trim(products.product_code), '') as product_code,
        nullif(trim(products.product_name), '') as product_name,
    from products
    qualify
        row_number() over (
            partition by trim(products.product_ref)
            order by products._load desc, products._row desc
        ) = 1
),

quants as (
    select
        given._row,
        coalesce(
            nullif(trim(given.product_code), ''),
            known_products.product_code,
            nullif(regexp_extract(trim(given.product), '^\[([^\]]+)\]', 1), ''),
            known_products.product_name,
            nullif(trim(given.product), ''),
            nullif(trim(given.product_ref), '')
        ) as item_id,
        nullif(trim(given.location), '') as location,
        nullif(trim(given.warehouse), '') as warehouse,
        nullif(trim(given.lot), '') as lot,
        given.quantity,
        given.reserved,
        number(given.quantity) as qty,
        number(given.reserved) as reserved_qty,
        case
            when trim(given.usage) <> ''
                then lower(trim(given.usage)) in (
                    'internal', 'internal location', 'interner lagerort'
                )
            when count(nullif(trim(given.warehouse), '')) over () > 0
                then trim(coalesce(given.warehouse, '')) <> ''
            else not coalesce(
                regexp_matches(
                    trim(given.location),
                    '^(Partners|(Partner|Virtual|Physical) Locations)/'
                ),
                false
            )
        end as is_internal,
        trim(coalesce(given.owner, '')) <> '' as has_owner,
    from given
    left join known_products
        on trim(coalesce(given.product_ref, given.product)) = known_products.product_ref
),

judged as (
    select
        *,
        case
            when not is_internal then 'location'
            when has_owner then 'owner'
        end as fault,
    from quants
)

select
    _row,
    item_id,
    location,
    warehouse,
    lot,
    fault,
    case
        when qty is null then quantity
        else spelt(sum(qty) over same_stock)
    end as on_hand_qty,
    case
        when reserved_qty is null then reserved
        else spelt(sum(reserved_qty) over same_stock)
    end as allocated_qty,
from judged
window same_stock as (partition by item_id, warehouse, lot, fault, location is null)
