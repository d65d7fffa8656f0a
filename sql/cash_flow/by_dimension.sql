-- Cash by customer, supplier and currency, and in total: what is held, owed and still to come.
-- Unknown cash is left out of the sums and counted. Movements without a party or a currency stand
-- under an empty member.
-- grain: dimension, member_id
-- store: table
with

measures as (
    select
        'customer' as side,
        customer_id as party_id,
        currency,
        held_value,
        refund_value,
        cast(0 as decimal(18, 2)) as receivable_value,
        cast(0 as decimal(18, 2)) as receivable_overdue_value,
        cast(0 as decimal(18, 2)) as payable_value,
        cast(0 as decimal(18, 2)) as payable_overdue_value,
        cast(0 as decimal(18, 2)) as prepaid_value,
        cast(0 as decimal(18, 2)) as supplier_credit_value,
        cast(0 as decimal(18, 2)) as to_come_value,
        cast(0 as decimal(18, 2)) as to_pay_value,
        cast(0 as decimal(18, 2)) as undated_in_value,
        cast(0 as decimal(18, 2)) as undated_out_value,
        case when unknown_reason is not null then 1 else 0 end as unknown_lines,
        case when unknown_reason = 'currency without an exchange rate' then 1 else 0 end
            as rate_missing_lines,
        case when not is_terms_known then 1 else 0 end as terms_unknown_lines,
        case when is_derived then 1 else 0 end as derived_lines,
    from core.line_cash
    union all
    select
        'supplier' as side,
        supplier_id as party_id,
        currency,
        0 as held_value,
        0 as refund_value,
        0 as receivable_value,
        0 as receivable_overdue_value,
        0 as payable_value,
        0 as payable_overdue_value,
        prepaid_value,
        supplier_credit_value,
        0 as to_come_value,
        0 as to_pay_value,
        0 as undated_in_value,
        0 as undated_out_value,
        case when unknown_reason is not null then 1 else 0 end as unknown_lines,
        case when unknown_reason = 'currency without an exchange rate' then 1 else 0 end
            as rate_missing_lines,
        case when not is_terms_known then 1 else 0 end as terms_unknown_lines,
        case when is_derived then 1 else 0 end as derived_lines,
    from cash_flow.purchases
    union all
    select
        side,
        party_id,
        currency,
        0 as held_value,
        0 as refund_value,
        case when side = 'customer' then due_value else 0 end as receivable_value,
        case when side = 'customer' and overdue_days > 0 then due_value else 0 end
            as receivable_overdue_value,
        case when side = 'supplier' then due_value else 0 end as payable_value,
        case when side = 'supplier' and overdue_days > 0 then due_value else 0 end
            as payable_overdue_value,
        0 as prepaid_value,
        0 as supplier_credit_value,
        0 as to_come_value,
        0 as to_pay_value,
        0 as undated_in_value,
        0 as undated_out_value,
        0 as unknown_lines,
        0 as rate_missing_lines,
        0 as terms_unknown_lines,
        0 as derived_lines,
    from cash_flow.dues
    union all
    select
        case when kind in ('payable', 'supplier_deposit', 'supplier_balance') then 'supplier'
            else 'customer' end as side,
        party_id,
        currency,
        0 as held_value,
        0 as refund_value,
        0 as receivable_value,
        0 as receivable_overdue_value,
        0 as payable_value,
        0 as payable_overdue_value,
        0 as prepaid_value,
        0 as supplier_credit_value,
        greatest(event_value, 0) as to_come_value,
        greatest(-event_value, 0) as to_pay_value,
        case when p50_date is null then greatest(event_value, 0) else 0 end
            as undated_in_value,
        case when p50_date is null then greatest(-event_value, 0) else 0 end
            as undated_out_value,
        0 as unknown_lines,
        0 as rate_missing_lines,
        0 as terms_unknown_lines,
        0 as derived_lines,
    from cash_flow.expected
),

by_party as (
    select
        side,
        party_id,
        currency,
        sum(held_value) as held_value,
        sum(refund_value) as refund_value,
        sum(receivable_value) as receivable_value,
        sum(receivable_overdue_value) as receivable_overdue_value,
        sum(payable_value) as payable_value,
        sum(payable_overdue_value) as payable_overdue_value,
        sum(prepaid_value) as prepaid_value,
        sum(supplier_credit_value) as supplier_credit_value,
        sum(to_come_value) as to_come_value,
        sum(to_pay_value) as to_pay_value,
        sum(undated_in_value) as undated_in_value,
        sum(undated_out_value) as undated_out_value,
        sum(unknown_lines) as unknown_lines,
        sum(rate_missing_lines) as rate_missing_lines,
        sum(terms_unknown_lines) as terms_unknown_lines,
        sum(derived_lines) as derived_lines,
    from measures
    group by side, party_id, currency
),

by_member as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'currency' then parties.currency
            when 'total' then null
            else parties.party_id
        end as member_id,
        case when dimensions.dimension = 'customer' then parties.party_id end as customer_id,
        case when dimensions.dimension = 'supplier' then parties.party_id end as supplier_id,
        sum(parties.held_value) as held_value,
        sum(parties.refund_value) as refund_value,
        sum(parties.receivable_value) as receivable_value,
        sum(parties.receivable_overdue_value) as receivable_overdue_value,
        sum(parties.payable_value) as payable_value,
        sum(parties.payable_overdue_value) as payable_overdue_value,
        sum(parties.prepaid_value) as prepaid_value,
        sum(parties.supplier_credit_value) as supplier_credit_value,
        sum(parties.to_come_value) as to_come_value,
        sum(parties.to_pay_value) as to_pay_value,
        sum(parties.undated_in_value) as undated_in_value,
        sum(parties.undated_out_value) as undated_out_value,
        sum(parties.unknown_lines) as unknown_lines,
        sum(parties.rate_missing_lines) as rate_missing_lines,
        sum(parties.terms_unknown_lines) as terms_unknown_lines,
        sum(parties.derived_lines) as derived_lines,
    from by_party as parties
    cross join (
        values ('total'), ('customer'), ('supplier'), ('currency')
    ) as dimensions (dimension)
    where dimensions.dimension in ('total', 'currency') or dimensions.dimension = parties.side
    group by 1, 2, 3, 4
)

select
    by_member.dimension as dimension, -- customer, supplier, currency or total
    by_member.member_id as member_id, -- member of the dimension; empty for the total
    coalesce(
        customers.customer_name, suppliers.supplier_name, by_member.member_id
    ) as member_name, -- name of the member
    cast(by_member.held_value as decimal(38, 2))
        as held_value, -- contract liability: held for units not delivered
    cast(by_member.refund_value as decimal(38, 2))
        as refund_value, -- refund liability: part of it to pay back, for units cancelled
    cast(by_member.receivable_value as decimal(38, 2))
        as receivable_value, -- delivered and not paid by customers
    cast(by_member.receivable_overdue_value as decimal(38, 2))
        as receivable_overdue_value, -- part of it past the day due
    cast(by_member.payable_value as decimal(38, 2))
        as payable_value, -- received and not paid to suppliers
    cast(by_member.payable_overdue_value as decimal(38, 2))
        as payable_overdue_value, -- part of it past the day due
    cast(by_member.prepaid_value as decimal(38, 2))
        as prepaid_value, -- paid to suppliers for what is still to come
    cast(by_member.supplier_credit_value as decimal(38, 2))
        as supplier_credit_value, -- paid to suppliers for what will not come
    cast(by_member.to_come_value as decimal(38, 2))
        as to_come_value, -- money still to come in, receivables included
    cast(by_member.to_pay_value as decimal(38, 2))
        as to_pay_value, -- money still to go out, payables and refunds included
    cast(by_member.undated_in_value as decimal(38, 2))
        as undated_in_value, -- part of what is to come in without a day
    cast(by_member.undated_out_value as decimal(38, 2))
        as undated_out_value, -- part of what is to go out without a day
    cast(by_member.unknown_lines as bigint)
        as unknown_lines, -- lines whose cash is unknown, left out of held, owed and refunds
    cast(by_member.rate_missing_lines as bigint)
        as rate_missing_lines, -- those of them in a currency without an exchange rate
    cast(by_member.terms_unknown_lines as bigint)
        as terms_unknown_lines, -- lines without payment terms, dated by an assumption
    cast(by_member.derived_lines as bigint)
        as derived_lines -- lines whose payments are derived from terms: none are recorded
from by_member
left join core.customers as customers on by_member.customer_id = customers.customer_id
left join core.suppliers as suppliers on by_member.supplier_id = suppliers.supplier_id
