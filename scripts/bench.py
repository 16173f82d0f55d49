"""Runs the benchmarks in an environment of their own (`.bench-venv`), beside the limit and the peers.

    python3 scripts/bench.py             # everything
    python3 scripts/bench.py web orm    # some of them: http, orm, db, bridge, templates, urls, startup …

PostgreSQL is taken from BENCH_DATABASE_URL, or from 127.0.0.1:5432.
"""

import os
import subprocess
import sys

import environment

BENCHMARKS = os.path.join(environment.ROOT, "benchmarks")  # noqa: PTH118
FIRST = ["web", "orm", "startup"]


def bench_python():
    """Make `.bench-venv` with manoir and its peers; return its interpreter."""
    environment.check_python()
    folder = os.path.join(environment.ROOT, ".bench-venv")  # noqa: PTH118
    python = os.path.join(folder, "bin", "python")  # noqa: PTH118
    requirements = os.path.join(BENCHMARKS, "requirements.txt")  # noqa: PTH118
    stamp = os.path.join(folder, ".manoir-bench")  # noqa: PTH118
    with open(requirements) as file:  # noqa: PTH123
        wanted = file.read()
    if os.path.exists(stamp):  # noqa: PTH110
        with open(stamp) as file:  # noqa: PTH123
            if file.read() == wanted:
                return python
    print("Making .bench-venv with the peers …", flush=True)
    environment.run([sys.executable, "-m", "venv", folder], "The environment could not be made.")
    environment.run(
        [
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "-e",
            environment.ROOT + "[postgresql,redis]",
            "-r",
            requirements,
        ],
        "The peers could not be installed.",
    )
    with open(stamp, "w") as file:  # noqa: PTH123
        file.write(wanted)
    return python


def main():
    """Run the named benchmarks, or all of them."""
    python = bench_python()
    found = [name[:-3] for name in sorted(os.listdir(BENCHMARKS)) if name.endswith(".py") and not name.startswith("_")]  # noqa: PTH208
    names = sys.argv[1:] or [*FIRST, *(name for name in found if name not in FIRST)]
    status = 0
    for name in names:
        if name not in found:
            environment.fail("No benchmark %r; there are: %s" % (name, ", ".join(found)))  # noqa: UP031
        print("\n== " + name, flush=True)
        status |= subprocess.call([python, os.path.join(BENCHMARKS, name + ".py")], cwd=environment.ROOT)  # noqa: PTH118
    return status


if __name__ == "__main__":
    sys.exit(main())
