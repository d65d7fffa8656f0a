-- The kinds of action there are, in the order they are offered.
-- grain: action_kind
select
    action_kind, -- name
    kind_rank, -- order in which they are shown
    action_name, -- what to do, in words
    owner -- who usually does it
from (
    values
    ('expedite', 1, 'Expedite', 'Purchasing'),
    ('order_now', 2, 'Place an order', 'Purchasing'),
    ('make_now', 3, 'Start making', 'Production'),
    ('reallocate', 4, 'Reallocate stock', 'Order desk'),
    ('ask_date', 5, 'Ask for a new date', 'Purchasing'),
    ('notify', 6, 'Tell the customer', 'Customer service'),
    ('refund', 7, 'Pay back', 'Finance'),
    ('offer_cancel', 8, 'Offer to cancel', 'Customer service')
) as kinds (action_kind, kind_rank, action_name, owner)
