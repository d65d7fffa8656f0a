"""A temporary folder for copies of exports; what a killed process left, the next one removes."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

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
    folder, held = _made(root)
    with held:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _made(root: Path) -> tuple[Path, IO[bytes]]:
    """A new folder and its lock, held.

    Before it is held, another process may take the folder for left and remove it; then it is made
    again.
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        with contextlib.suppress(FileNotFoundError), contextlib.ExitStack() as opened:
            held = opened.enter_context(_locked(folder, fcntl.LOCK_EX))
            if os.path.samestat(os.fstat(held.fileno()), (folder / _HELD).stat()):
                opened.pop_all()
                return folder, held


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
    for folder in root.glob(f"{_PREFIX}*"):
        # An error means that it is in use, someone else's, or gone by now.
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                with _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    shutil.rmtree(folder, ignore_errors=True)


def _locked(folder: Path, how: int) -> IO[bytes]:
    """The lock in a folder, made where a kill came before it; the holder owns the folder."""
    held = (folder / _HELD).open("ab")
    try:
        fcntl.flock(held, how)
    except BaseException:
        held.close()
        raise
    return held
