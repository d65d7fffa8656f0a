"""The fuzzer itself, and a few of its files; `python -m tests.fuzz` runs them by the thousand."""

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from tests.fuzz.corpus import corpus
from tests.fuzz.mutate import mutated
from tests.fuzz.run import Worker, fuzz


def test_damaged_files_are_loaded_or_refused_and_accounted_for(tmp_path: Path) -> None:
    summary = fuzz(30, seed=7, keep=tmp_path)
    assert summary.failures == []
    assert summary.ends["loaded"] > 5
    assert summary.ends["refused"] > 5


def test_the_same_seed_makes_the_same_files() -> None:
    seeds = corpus(Random(3))
    assert len(seeds) > 60
    # Workbooks and Parquet files carry the time they were made.
    texts = [seed for seed in seeds if seed.name.endswith(("csv", "json", "tsv"))]
    first, again = (mutated(texts[5], texts[9], Random("3/1")) for _ in range(2))
    assert first == again
    changed = {mutated(texts[5], texts[9], Random(f"3/{n}")).data for n in range(50)}
    assert len(changed) > 40


def misbehave(orders: Connection, limit_seconds: float) -> None:
    while order := orders.recv():
        signal.setitimer(signal.ITIMER_PROF, limit_seconds)
        if order == "spin":
            while True:
                pass
        if order == "sleep":
            time.sleep(60)
        if order == "die":
            os.abort()
        orders.send(("loaded", order))


def test_a_worker_that_hangs_or_dies_is_told_and_replaced() -> None:
    worker = Worker(misbehave, limit=0.2, waiting=8)
    assert worker.judge(Path("well")) == ("loaded", "well")
    assert worker.judge(Path("spin")) == ("hung", "more than 0.2 s of CPU")
    assert worker.judge(Path("die")) == ("crashed", f"the process ended with {-signal.SIGABRT}")
    worker.waiting = 0.3
    assert worker.judge(Path("sleep")) == ("hung", "it waits for something that does not come")
    worker.waiting = 8
    assert worker.judge(Path("well")) == ("loaded", "well")
    worker.stop()
