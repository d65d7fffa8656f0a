"""A new snapshot is read before anybody asks for it: else its first readers wait for the disk."""

from __future__ import annotations

import asyncio
from time import perf_counter

from dashboard import logs, queries

LOOKS_SECONDS = 1.0
"""How often it is looked whether there is a new snapshot: sooner than open pages look."""


async def keep() -> None:
    """Asks each new snapshot what was asked of the one before, for as long as it runs."""
    known = await asyncio.to_thread(queries.snapshot)
    while True:
        await asyncio.sleep(LOOKS_SECONDS)
        found = await asyncio.to_thread(queries.snapshot)
        if found is None or found == known:
            continue
        known, started, asked = found, perf_counter(), queries.questions()
        try:
            for question in asked:
                await asyncio.to_thread(queries.ask_ahead, found, question)
        except queries.DataError as error:
            # Whoever opens a page is told what to do.
            logs.trouble("the new snapshot does not answer", reason=str(error))
            continue
        taken = round((perf_counter() - started) * 1000)
        logs.event("warmed", snapshot=found.version, questions=len(asked), duration_ms=taken)
