"""What the server writes down: one JSON object a line, of its start, each page shown, each failure.

Invariant: no figure, no filter, no secret. A session is named by a digest: its own id would let a
reader of the log take it over.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from dashboard.queries import Snapshot

_LOG = logging.getLogger("backorders")
# These keep handlers of their own, which would write each line again.
_FOREIGN = ("uvicorn", "streamlit", "websockets")


class Words(logging.Formatter):
    """One record in words, for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line: what happened, then its fields."""
        fields = getattr(record, "fields", {})
        told = [f"{name}={value}" for name, value in fields.items() if value not in (None, [])]
        return " ".join([super().format(record), *told])


class JsonLines(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line: ours carry an event and its fields, those of libraries their message."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        if record.name == _LOG.name:
            line |= {"event": record.getMessage(), **getattr(record, "fields", {})}
        else:
            line |= {"event": "log", "logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[0]:
            line |= {
                "error": record.exc_info[0].__name__,
                "traceback": self.formatException(record.exc_info),
            }
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up() -> None:
    """Write JSON lines to stderr, or in words and troubles only, as BACKORDERS_LOG_FORMAT says.

    Streamlit gives each library's logger a handler and a level of its own: to be said again once
    all of it is imported.
    """
    is_json = os.environ.get("BACKORDERS_LOG_FORMAT") == "json"
    handler = logging.StreamHandler(sys.stderr)
    words = Words("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(JsonLines() if is_json else words)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    _LOG.setLevel(logging.INFO if is_json else logging.WARNING)
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in _FOREIGN:
            logger.setLevel(logging.WARNING)
            logger.handlers.clear()
            logger.propagate = True


def event(name: str, **fields: Any) -> None:
    """Something worth knowing."""
    _LOG.info(name, extra={"fields": fields})


def trouble(name: str, **fields: Any) -> None:
    """Something that keeps people from their figures."""
    _LOG.warning(name, extra={"fields": fields})


@contextmanager
def page_run(page: str, user: str, snapshot: Snapshot, started: float) -> Iterator[None]:
    """Writes down that a page was shown, to whom, of what, and how long it took."""
    outcome: dict[str, Any] = {"outcome": "shown"}
    try:
        yield
    except Exception as error:
        # Where it happened is written by Streamlit, when it shows the error.
        outcome = {"outcome": "failed", "error": type(error).__name__, "reason": str(error)}
        raise
    except BaseException:
        # Stopped half-way: the reader clicked again, or the page sends them elsewhere.
        outcome = {"outcome": "left"}
        raise
    finally:
        write = event if outcome["outcome"] in ("shown", "left") else trouble
        write(
            "page",
            page=page,
            session=_session(),
            user=user,
            snapshot=snapshot.version,
            scenario=list(snapshot.scenario),
            duration_ms=round((perf_counter() - started) * 1000),
            **outcome,
        )


def _session() -> str | None:
    context = get_script_run_ctx()
    return sha256(context.session_id.encode()).hexdigest()[:12] if context else None
