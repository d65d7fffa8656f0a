"""`python -m etl` is the `backorders` command."""

from etl.cli import main

main()
