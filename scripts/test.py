"""Runs the tests: makes the environment, then pytest on the framework, on the documentation's examples, on the demo.

    python3 scripts/test.py                       # everything that this machine can run
    python3 scripts/test.py tests/urls -k reverse # pytest's arguments, for the framework's tests only

The documentation and the demo are projects with settings of their own, so each runs in a process of its own.
"""

import os
import subprocess
import sys

import environment

PROJECTS = ("docs", "demo")

PROCESSES = min(os.cpu_count() or 1, 4)
"""How many processes share the framework's tests. Redis has databases for four of them, see `tests/services.py`."""

SHARED = ["-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder"]
"""How they share them: file by file, in the order of `tests/conftest.py`, which has the long ones first."""

LEAN = ["-p", "no:schemathesis", "-p", "no:faker"]
"""Plug-ins that no test uses (schemathesis is a program here), and whose import takes longer than manoir's."""


def main():
    """Run pytest for each part; return the worst status."""
    python = environment.ensure(["demo", "docs", "test"])
    environment.ensure_demo_settings()
    arguments = sys.argv[1:]
    everything = not any(names_tests(word) for word in arguments) and "-k" not in arguments
    # The tests start some hundreds of processes; where Python may not write what it compiles, each would compile manoir.
    subprocess.call([python, "-m", "compileall", "-q", "src"], cwd=environment.ROOT)
    processes = SHARED if everything else []
    status = subprocess.call([python, "-m", "pytest", *LEAN, *processes, *arguments], cwd=environment.ROOT)
    if everything:
        for project in PROJECTS:
            folder = os.path.join(environment.ROOT, project)  # noqa: PTH118
            status = subprocess.call([python, "-m", "pytest", *LEAN, *arguments], cwd=folder) or status
    return status


def names_tests(word):
    """Tell whether an argument is a path, so that only some tests are meant."""
    path = word.partition("::")[0]
    return not word.startswith("-") and os.path.exists(os.path.join(environment.ROOT, path))  # noqa: PTH110, PTH118


if __name__ == "__main__":
    sys.exit(main())
