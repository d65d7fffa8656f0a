"""Typed errors: what happened, where, and how to mend it.

The library raises them; only the command line prints them and chooses an exit code.
"""


class BackordersError(Exception):
    """An error a person can act on.

    `what` is one sentence without a full stop, `where` names the file, row, column or process, and
    `remedy` says what to do next.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        text = f"{what} ({where})" if where else what
        super().__init__(f"{text}. {remedy}" if remedy else text)


class InputError(BackordersError):
    """A file, a row of it or an option cannot be used as it is."""


class ModelError(BackordersError):
    """A model could not be built, or a check that stops publication found rows."""


class StoreError(BackordersError):
    """The snapshot store is busy, damaged or not writable."""
