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


def main():
    """Run pytest for each part; return the worst status."""
    python = environment.ensure(["demo", "docs", "test"])
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    status = subprocess.call([python, "-m", "pytest", *sys.argv[1:]], cwd=environment.ROOT)
    if len(options) == len(sys.argv) - 1 and "-k" not in options:
        for project in PROJECTS:
            folder = os.path.join(environment.ROOT, project)  # noqa: PTH118
            status = subprocess.call([python, "-m", "pytest", *options], cwd=folder) or status
    return status


if __name__ == "__main__":
    sys.exit(main())
