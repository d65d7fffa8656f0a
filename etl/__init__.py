"""Fills and publishes the database: exports in, one read-only snapshot out."""
