"""Addresses as the user writes them: what is secret in them is never shown."""

import os
import re

from etl.errors import InputError

_URL = re.compile(
    r"([a-zA-Z][a-zA-Z0-9+.-]*://)([^\s?#]*@)?([^\s?#'\"]*)(\?[^\s#'\"]*)?(#[^\s'\"]*)?"
)
_VALUE = re.compile(r"=[^&;]*")
_WORD = re.compile(r"\b(password|passwd|pwd|secret|token)(\s*[=:]\s*)\S+", re.IGNORECASE)
# Upper case only: $filter and $select are how OData spells its options.
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Z_][A-Z0-9_]*))")


def scheme(text: str) -> str:
    """`https` of https://…, lower case; '' for what is no URL."""
    head, mark, _ = text.partition("://")
    return head.lower() if mark and re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*", head) else ""


def redacted(text: str) -> str:
    """The text with every name, password and query value of a URL in it replaced by `***`."""

    def hidden(match: re.Match[str]) -> str:
        query = match[4] or ""
        shown = _VALUE.sub("=***", query) if "=" in query else "?***" if query else ""
        return f"{match[1]}{'***@' if match[2] else ''}{match[3]}{shown}"

    return _WORD.sub(r"\1\2***", _URL.sub(hidden, text))


def expanded(text: str) -> str:
    """The text with $NAME and ${NAME} replaced by the environment's values.

    Raises InputError for a variable that is not set.
    """

    def value(match: re.Match[str]) -> str:
        return variable(match[1] or match[2], redacted(text))

    return _VARIABLE.sub(value, text)


def variable(name: str, where: str) -> str:
    """The environment's value of `name`; InputError, naming `where`, when there is none."""
    found = os.environ.get(name)
    if not found:
        raise InputError(
            f"the environment variable {name} is not set",
            where=where,
            remedy=f"Set it where the command runs, e.g. `export {name}=…`",
        )
    return found
