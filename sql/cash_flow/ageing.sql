-- What is delivered and not paid, by the days it is overdue; of customers and of suppliers.
-- grain: side, bucket_rank
select
    side, -- customer: receivables; supplier: payables
    bucket_rank, -- order of the bucket: not due first, then the youngest
    any_value(ageing_bucket) as ageing_bucket, -- days overdue; not due; or no date
    count(*) as deliveries, -- deliveries not paid
    cast(count(distinct party_id) as bigint) as parties, -- customers or suppliers
    cast(sum(due_value) as decimal(38, 2)) as due_value -- delivered and not paid
from cash_flow.dues
group by side, bucket_rank
