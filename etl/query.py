"""One SELECT over the published snapshot, read-only and with no way out of it."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.errors import InputError
from sql import sandbox

# A person at the command line may wait and owns the machine; a mistake must still end.
LIMITS = sandbox.Limits(seconds=600, memory_mb=4096, rows=None)


def select(
    path: Path,
    sql: str,
    limits: sandbox.Limits = LIMITS,
    *,
    scenario: Sequence[str] = (),
    as_json: bool = False,
) -> pl.DataFrame:
    """The rows of one SELECT, or each as a JSON object in one column.

    `scenario` are the settings of a what-if that is asked in place of what is published.

    Raises InputError when it is none, when the engine refuses it, or beyond a limit.
    """
    where = " ".join(sql.split())[:200]
    try:
        return sandbox.run(path, sql, limits, scenario=scenario, as_json=as_json).frame
    except sandbox.NotSelectError as error:
        raise InputError(
            str(error),
            where=where,
            remedy="The snapshot is read-only: to change figures, load exports and refresh",
        ) from error
    except sandbox.QueryRefusedError as error:
        raise InputError(
            f"the query cannot be answered: {error}",
            where=where,
            remedy='See the tables with `backorders query "show all tables"`',
        ) from error
    except sandbox.QueryStoppedError as error:
        raise InputError(
            f"the query was {error}",
            where=where,
            remedy="Ask for fewer rows, or open the snapshot with DuckDB itself",
        ) from error
