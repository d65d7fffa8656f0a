"""Runs the README's examples as written. `python -m tests.readme` writes what they print into it,
and the table of known layouts.

An example is a `console` block: lines that begin with `$` go to one shell, in order, in an empty
folder that has only sample_data; what each prints follows it.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from etl.profiles import CONTRACT, profiles

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.M | re.S)
LAYOUTS = re.compile(r"(?<=^<!-- layouts -->\n\n).*?(?=\n\n<!-- /layouts -->$)", re.M | re.S)
_END = "--end of output--"


def normal(text: str) -> str:
    """Output without what differs between two runs: versions, times, sizes, seconds."""
    for pattern, stand_in in (
        (r"\d{8}T\d{6}-\d{3}", "2026070{}T060000-001"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-07-0{} 06:00:00"),
    ):
        # Different ones stay different, and in order.
        for rank, found in enumerate(sorted(set(re.findall(pattern, text))), start=1):
            text = text.replace(found, stand_in.format(rank))
    text = re.sub(r"\d+\.\d s\.", "2.0 s.", text)
    text = re.sub(r"\d+\.\d MB", "9.9 MB", text)
    return re.sub(r"(?<= )\d{7,8}(?=  (true|false)$)", "9900000", text, flags=re.M)


def commands(block: str) -> list[str]:
    """The commands of a block, without their prompts."""
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def transcripts(blocks: list[str], folder: Path) -> Iterator[str]:
    """Run the blocks' commands in one shell and give each block with what it prints now."""
    binary = folder / "bin" / "backorders"
    binary.parent.mkdir()
    python = shlex.quote(sys.executable)
    binary.write_text(f'#!/bin/sh\nexec {python} -m etl "$@"\n', encoding="utf-8")
    binary.chmod(0o755)
    here = folder / "here"
    here.mkdir()
    (here / "sample_data").symlink_to(ROOT / "sample_data")
    environment = {
        **os.environ,
        "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("BACKORDERS_DB", None)
    lines = [line for block in blocks for line in commands(block)]
    # One shell for all, so that $? is the last example's.
    script = "".join(f"{line}\n__code=$?\necho '{_END}'\n(exit $__code)\n" for line in lines)
    shell = subprocess.run(
        ["/bin/sh"],
        input=script,
        cwd=here,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    outputs = iter(shell.stdout.split(f"{_END}\n"))
    for block in blocks:
        yield "".join(f"$ {line}\n{next(outputs)}" for line in commands(block))


def layouts() -> str:
    """The known layouts as a table: what each file gives, and what it cannot give."""
    rows = ["| system | file | gives | cannot give |", "|---|---|---|---|"]
    for profile in profiles().values():
        title = profile.title
        for layout in profile.layouts if profile.name not in (CONTRACT, "sample") else ():
            if layout.gives:
                cells = (title, layout.title or layout.id, layout.gives, layout.lacks)
                rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
                title = ""
    return "\n".join(rows)


def rewritten(text: str) -> str:
    """The README's text with every example's output, and the layouts, as they are now."""
    text = LAYOUTS.sub(lambda _: layouts(), text)
    with tempfile.TemporaryDirectory() as folder:
        fresh = transcripts(BLOCK.findall(text), Path(folder))
        return BLOCK.sub(lambda _: normal(next(fresh)), text)


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
