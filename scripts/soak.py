"""Long runs against a real server: mixed load, SQLite's writers, clients that leave. Prints figures, fails on any fault.

    python3 scripts/soak.py                     # about three minutes
    python3 scripts/soak.py --seconds 600       # longer
    python3 scripts/soak.py --only load         # one of: load, writers, cancels

PostgreSQL is taken from SOAK_DATABASE_URL, or from 127.0.0.1:5432; without one its parts are left out, and said to be.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
PARTS = ("load", "writers", "cancels")


def main() -> int:
    """Run the soak runs in the project's environment."""
    if importlib.util.find_spec("manoir") is None:
        import subprocess

        import environment

        python = environment.ensure(["demo", "docs", "test"])
        return subprocess.call([python, __file__, *sys.argv[1:]])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=180, help="how long, all runs together (180)")
    parser.add_argument("--connections", type=int, default=256, help="connections of the mixed load (256)")
    parser.add_argument("--only", choices=PARTS, help="run one part")
    options = parser.parse_args()
    sys.path.insert(0, str(FOLDER))
    import soak_runs

    parts = [options.only] if options.only else list(PARTS)
    return soak_runs.run_all(
        parts,
        seconds=options.seconds,
        connections=options.connections,
        postgresql=os.environ.get("SOAK_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    )


if __name__ == "__main__":
    sys.exit(main())
