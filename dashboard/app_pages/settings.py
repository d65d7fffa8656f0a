"""Who may do what here, and who did what."""

from dashboard import elements, oversight

here = elements.screen().unfiltered()
oversight.heading(here)
oversight.rules()
oversight.log(here)
