"""`test`: pytest on the project."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from manoir.commands import BaseCommand
from manoir.conf import settings
from manoir.exceptions import CommandError


class Command(BaseCommand):
    """Runs the tests of the project."""

    help = "Runs the tests with pytest; what follows is handed to it: test blog -k index --reuse-db."
    requires_system_checks = ()

    def run_from_argv(self, argv: Sequence[str]) -> None:
        """Hand everything after the command's name to pytest, except for what is manoir's own."""
        arguments = [word for word in argv[2:] if not word.startswith(("--settings", "--pythonpath"))]
        if arguments in (["-h"], ["--help"]):
            super().run_from_argv(argv)
        else:
            sys.exit(self.run_tests(arguments))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run all tests."""
        status = self.run_tests([])
        if status:
            raise CommandError(f"Tests failed (pytest's status {status}).", returncode=status)

    def run_tests(self, arguments: list[str]) -> int:
        """Run pytest in a process of its own, with this project's settings."""
        if importlib.util.find_spec("pytest") is None:
            raise CommandError("pytest is not installed. Install the tools for tests: pip install 'manoir[test]'")
        environment = {**os.environ, "MANOIR_SETTINGS_MODULE": settings.SETTINGS_MODULE or ""}
        return subprocess.call([sys.executable, "-m", "pytest", *arguments], env=environment)  # noqa: S603 - a list, no shell
