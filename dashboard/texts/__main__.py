"""Collects all texts and brings every language's file up to date: `make texts`."""

from __future__ import annotations

from dashboard.texts import collect

collect.update()
