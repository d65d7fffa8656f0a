-- Bills of materials by which an item is a component of itself. The lines are refused: nothing is
-- exploded through them, and what these items take is not known in full.
-- grain: item_id
select
    item_id, -- first by name of the items on the loop
    loop_items, -- the items on the loop, each made of the next
    levels -- levels until it comes back to itself
from materials.bom_loops
