"""What a simulation run is asked to do."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from etl.errors import InputError

SAMPLE_LINES = 19_200
FEWEST_LINES = 2_000


@dataclass(frozen=True)
class Config:
    """One run: the same config gives the same business, to the last byte.

    `lines` is the expected number of sales order lines; items, customers and suppliers grow
    with it. `leave_out` names injections (ids of truth.csv) that must not happen this time.
    """

    seed: int = 7
    lines: int = SAMPLE_LINES
    as_of: date = date(2026, 6, 30)
    days: int = 546
    leave_out: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.lines < FEWEST_LINES:
            raise InputError(
                f"{self.lines} order lines are too few to simulate a business",
                remedy=f"Ask for at least {FEWEST_LINES}.",
            )
        if self.days < 180:
            raise InputError(
                f"{self.days} days are too few to simulate a business",
                remedy="Ask for at least 180.",
            )

    @property
    def start(self) -> date:
        """The first simulated day; day 0 everywhere in this package."""
        return self.as_of - timedelta(days=self.days - 1)

    @property
    def scale(self) -> float:
        """Order lines as a multiple of the sample business's."""
        return self.lines / SAMPLE_LINES

    def day_of(self, day: date) -> int:
        """The number of a calendar day, 0 on the first day."""
        return (day - self.start).days
