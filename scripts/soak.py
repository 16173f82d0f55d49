"""Long runs against a real server: mixed load, SQLite's writers, clients that leave; and tasks whose workers are killed.

Prints figures, fails on any fault.

    python3 scripts/soak.py                     # about three minutes
    python3 scripts/soak.py --seconds 600       # longer
    python3 scripts/soak.py --only load         # one of: load, writers, cancels, tasks, ticks, celery
    python3 scripts/soak.py --only tasks --tasks 10000

PostgreSQL is taken from SOAK_DATABASE_URL, or from 127.0.0.1:5432; without one its parts are left out, and said to be.
SOAK_BROKER_URL is the broker of Celery: redis://127.0.0.1:6379/11 unless it is set.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
SERVER_PARTS = ("load", "writers", "cancels")
TASK_PARTS = ("tasks", "ticks")
PARTS = (*SERVER_PARTS, *TASK_PARTS, "celery")


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
    parser.add_argument("--tasks", type=int, default=10_000, help="tasks whose workers are killed (10000)")
    parser.add_argument("--only", choices=PARTS, help="run one part")
    options = parser.parse_args()
    sys.path.insert(0, str(FOLDER))
    import soak_runs
    import soak_tasks

    parts = [options.only] if options.only else list(PARTS)
    postgresql = os.environ.get("SOAK_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    status = 0
    if served := [part for part in parts if part in SERVER_PARTS]:
        status = soak_runs.run_all(
            served, seconds=options.seconds, connections=options.connections, postgresql=postgresql
        )
    if queued := [part for part in parts if part in TASK_PARTS]:
        answers = soak_runs.postgresql_answers(postgresql)
        status |= soak_tasks.run_all(
            queued, tasks=options.tasks, seconds=options.seconds / 4, postgresql=postgresql if answers else None
        )
    if "celery" in parts:
        answers = soak_runs.postgresql_answers(postgresql)
        broker = os.environ.get("SOAK_BROKER_URL", "redis://127.0.0.1:6379/11")
        status |= soak_tasks.run_celery(
            tasks=options.tasks,
            seconds=options.seconds / 4,
            postgresql=postgresql if answers else None,
            broker=broker,
        )
    return status


if __name__ == "__main__":
    sys.exit(main())
