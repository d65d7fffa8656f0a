-- Words in the reason of a stock adjustment that say it is no correction: goods were used, moved
-- or sent back as planned. Any other adjustment says that the record of stock was wrong.
-- grain: word
select
    cast(word as varchar) as word -- part of a reason, in lower case
from (
    values
    ('consum'),
    ('production'),
    ('backflush'),
    ('issue'),
    ('transfer'),
    ('return'),
    ('verbrauch'),
    ('umlager'),
    ('rücksend'),
    ('retour'),
    ('fertigung')
) as words (word)
