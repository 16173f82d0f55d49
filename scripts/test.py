"""Runs the tests: makes the environment and hands all arguments to pytest.

    python3 scripts/test.py                       # everything that runs without a browser or a server of yours
    python3 scripts/test.py tests/urls -k reverse # any of pytest's arguments
"""

import sys

import environment

if __name__ == "__main__":
    python = environment.ensure(["demo", "docs", "test"])
    environment.replace_process([python, "-m", "pytest", *sys.argv[1:]])
