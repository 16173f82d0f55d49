"""Programs that tests start: a project of its own sees nothing of the project of the tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

OTHERS = ("MANOIR_", "PYTEST_", "DATABASE_URL", "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS")
"""How names begin that would be read as settings of the project, or as those of its tests."""

LEAN = "-p no:schemathesis -p no:faker -p no:hypothesispytest -p no:anyio"
"""Options for a pytest inside of a test: plug-ins that happen to be installed here, and whose import takes long."""


def own_environment(**more: str) -> dict[str, str]:
    """Return what the machine has set, without what is meant for these tests, and with `more`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    return {**inherited, "PYTEST_ADDOPTS": LEAN, **more}


def run(words: Sequence[str], folder: Path, timeout: float = 60, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end in a folder, in `own_environment`; whether it succeeded is for the test to say."""
    return subprocess.run(
        words, cwd=folder, timeout=timeout, capture_output=True, text=True, env=own_environment(**more), check=False
    )
