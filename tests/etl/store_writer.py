"""A small build, as tests of the store and the processes they start make it."""

from pathlib import Path

import duckdb

from etl.snapshot import SnapshotInfo, Store


def build(path: Path, number: int) -> None:
    """Write a closed database whose rows all carry the number of the build."""
    con = duckdb.connect()
    con.execute(f"attach '{path}' as db (storage_version 'v1.5.0')")
    con.execute("use db")
    con.execute("create schema core")
    con.execute("create table core.as_of as select date '2026-03-31' as as_of")
    con.execute(f"create table core.build as select {number} as number from range(999)")
    con.execute("use memory")
    con.execute("checkpoint db")
    con.execute("detach db")
    con.close()


def publish(folder: Path, number: int) -> SnapshotInfo:
    """Build and publish as a refresh does."""
    store = Store(folder)
    with store.lock(wait_seconds=30), store.building() as path:
        build(path, number)
        return store.publish(path)
