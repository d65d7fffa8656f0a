-- The ageing buckets, by days past due; change them here and every figure follows.
-- Source of the limits: Oracle CWDirect's backorder ageing.
-- grain: bucket_rank
select
    cast(bucket_rank as integer) as bucket_rank, -- order of the bucket, youngest first
    cast(bucket as varchar) as bucket, -- name of the bucket
    cast(from_days as integer) as from_days, -- fewest days past due
    cast(to_days as integer) as to_days -- most days past due; empty for the last bucket
from (
    values
    (1, '0-3', 0, 3),
    (2, '4-7', 4, 7),
    (3, '8-14', 8, 14),
    (4, '15-21', 15, 21),
    (5, '22-30', 22, 30),
    (6, '31-45', 31, 45),
    (7, '46+', 46, null)
) as buckets (bucket_rank, bucket, from_days, to_days)
