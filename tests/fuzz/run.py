"""Mutates files and loads them: no crash, no hang, no row unaccounted for.

A worker process loads many files; one that takes more than 10 s is killed and replaced.
The same seed makes the same files. Inputs that fail are kept.
"""

import argparse
import multiprocessing
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from tests.fuzz.corpus import ROOT, corpus
from tests.fuzz.mutate import mutated
from tests.fuzz.worker import serve

# Of the CPU: on a busy machine the clock says nothing. Waiting forever is another way to hang.
LIMIT_SECONDS = 10.0
WAITING_SECONDS = 120.0
FAILURES = ("crashed", "hung", "unaccounted")


@dataclass
class Summary:
    """How many files ended how, the slowest of them, and where those that failed are."""

    ends: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    seconds: float = 0.0


class Worker:
    """A process that judges files, replaced when it hangs or dies."""

    def __init__(
        self,
        serve: Callable[[Connection, float], None] = serve,
        limit: float = LIMIT_SECONDS,
        waiting: float = WAITING_SECONDS,
    ) -> None:
        self.serve, self.limit, self.waiting = serve, limit, waiting
        self.start()

    def start(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        self.orders, theirs = spawning.Pipe()
        arguments = (theirs, self.limit)
        self.process = spawning.Process(target=self.serve, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def judge(self, path: Path) -> tuple[str, str]:
        """What became of a file; "hung" and "crashed" cost the process its life."""
        self.orders.send(str(path))
        verdict = ("hung", "it waits for something that does not come")
        try:
            if self.orders.poll(self.waiting):
                end, why = self.orders.recv()
                return end, why
        except EOFError:
            self.process.join()
            code = self.process.exitcode
            verdict = ("crashed", f"the process ended with {code}")
            if code == -signal.SIGPROF:
                verdict = ("hung", f"more than {self.limit:g} s of CPU")
        self.stop()
        self.start()
        return verdict

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.orders.close()


def silent(_: str) -> None:
    pass


def fuzz(files: int, seed: int, keep: Path, tell: Callable[[str], None] = silent) -> Summary:
    """Mutate and load so many files."""
    seeds = corpus(Random(seed))
    summary = Summary()
    begun = time.perf_counter()
    worker = Worker()
    with tempfile.TemporaryDirectory(prefix="backorders-fuzz-") as folder:
        for number in range(files):
            random = Random(f"{seed}/{number}")
            file = mutated(random.choice(seeds), random.choice(seeds), random)
            path = Path(folder) / file.name
            path.write_bytes(file.data)
            started = time.perf_counter()
            end, why = worker.judge(path)
            took = time.perf_counter() - started
            if number and took > summary.slowest[0]:
                summary.slowest = (took, f"{seed}-{number}-{file.name}")
            summary.ends[end] += 1
            if end == "refused":
                summary.refusals[why.split(" (")[0][:30]] += 1
            if end in FAILURES:
                kept = keep / f"{seed}-{number}" / file.name
                kept.parent.mkdir(parents=True, exist_ok=True)
                (keep / ".gitignore").write_text("*\n")
                kept.write_bytes(file.data)
                summary.failures.append((end, str(kept), why))
                tell(f"{end}: {kept}: {why[:400].splitlines()[0]}")
            path.unlink()
            if number % 500 == 499:
                tell(f"{number + 1} of {files}: {dict(summary.ends)}")
    worker.stop()
    summary.seconds = time.perf_counter() - begun
    return summary


def table(summary: Summary) -> str:
    """The summary for people."""
    lines = [f"{summary.ends.total():,} files in {summary.seconds:,.0f} s"]
    lines += [f"  {end:<12} {summary.ends[end]:>7,}" for end in ("loaded", "refused", *FAILURES)]
    lines.append(f"  slowest: {summary.slowest[0]:.1f} s, {summary.slowest[1]}")
    lines.append("refused as a whole, most often:")
    lines += [f"  {count:>7,}  {why}" for why, count in summary.refusals.most_common(8)]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=ROOT / ".fuzz", help="where failures are kept")
    options = parser.parse_args(arguments)

    def tell(text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    summary = fuzz(options.files, options.seed, options.keep, tell)
    sys.stdout.write(table(summary))
    return 1 if summary.failures else 0
