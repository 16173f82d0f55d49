"""Lint, format, types and the import contract, in the order of their speed; every step runs, all failures are told."""

import os
import subprocess
import sys

import environment

STEPS = (
    ("lint", ["ruff", "check", "."]),
    ("format", ["ruff", "format", "--check", "."]),
    ("import contract", ["lint-imports"]),
    ("changelog", ["towncrier", "build", "--draft", "--version", "0.0.0"]),
    ("types", ["pyright"]),
)


def main():
    """Run every step; return the number of those that failed."""
    folder = os.path.dirname(environment.ensure(["demo", "dev", "docs", "test"]))  # noqa: PTH120
    failed = []
    for title, command in STEPS:
        print("== " + title, flush=True)
        tool = os.path.join(folder, command[0])  # noqa: PTH118
        quiet = subprocess.DEVNULL if title == "changelog" else None
        if subprocess.call([tool, *command[1:]], cwd=environment.ROOT, stdout=quiet) != 0:
            failed.append(title)
    if failed:
        print("failed: " + ", ".join(failed))
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
