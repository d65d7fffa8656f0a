"""`python -m tests.benchmarks`: see bench.py."""

import sys

from tests.benchmarks.bench import main

sys.exit(main())
