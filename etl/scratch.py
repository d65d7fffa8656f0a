"""A temporary folder for copies of exports; what a killed process left, the next one removes."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_USUAL = ("/tmp", "/var/tmp", "/usr/tmp", os.curdir)
_PREFIX = "backorders-scratch-"
_HELD = ".held"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder that is removed when the block ends.

    What killed processes left is removed first: nobody holds the lock in such a folder.
    """
    root = _root()
    _remove_abandoned(root)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=root) as name:
        folder = Path(name)
        unheld = folder / ".new"
        with unheld.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            # Under its own name it is locked already, or another process would take it for left.
            unheld.rename(folder / _HELD)
            yield folder


def _root() -> Path:
    """The folder for temporary files that Python would choose.

    Python tries each by writing a file into it, which stays there if the process is killed then.
    """
    if tempfile.tempdir is None:
        named = (os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP"))
        for each in (*named, *_USUAL):
            if each and Path(each).is_dir() and os.access(each, os.W_OK | os.X_OK):
                tempfile.tempdir = str(Path(each).absolute())
                break
    return Path(tempfile.gettempdir())


def _remove_abandoned(root: Path) -> None:
    for held in root.glob(f"{_PREFIX}*/{_HELD}"):
        # An error means that it is in use, someone else's, or gone by now.
        with contextlib.suppress(OSError), held.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_uid == os.getuid():
                shutil.rmtree(held.parent, ignore_errors=True)
