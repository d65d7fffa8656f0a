"""The dashboard: shows what sql/ defines, from the published snapshot, and never writes."""
