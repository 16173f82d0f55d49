"""`shell`: Python with the project loaded; `await` works at the top level."""

from __future__ import annotations

import ast
import asyncio
import code
import inspect
import sys
from types import CodeType, FunctionType
from typing import Any

import manoir
from manoir import bridge
from manoir.apps import apps
from manoir.commands import BaseCommand


class Command(BaseCommand):
    """Runs an interactive shell with the project's models imported."""

    help = "Runs Python with the project loaded and its models imported; await works at the top level."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take code to run instead."""
        parser.add_argument("-c", "--command", help="run this code and end")
        parser.add_argument("--no-imports", action="store_true", help="do not import the models")

    def handle(self, *, command: str | None = None, no_imports: bool = False, **options: Any) -> None:
        """Run code from the option, from a pipe, or interactively."""
        names: dict[str, Any] = {"__name__": "__console__", "__doc__": None, "asyncio": asyncio}
        if not no_imports:
            names.update(self.get_namespace())
        if command is not None:
            run_source(command, names, "<command>")
        elif not sys.stdin.isatty():
            run_source(sys.stdin.read(), names, "<stdin>")
        else:
            self.interact(names, imported=0 if no_imports else len(names) - 3)

    def get_namespace(self) -> dict[str, Any]:
        """Return the names that the shell starts with: the models, by class name; a project may override this.

        Where two models have one name, the first app of INSTALLED_APPS wins.
        """
        names: dict[str, Any] = {}
        for model in apps.get_models():
            names.setdefault(model.__name__, model)
        return names

    def interact(self, names: dict[str, Any], imported: int) -> None:
        """Run the interactive console."""
        try:
            import readline
            import rlcompleter

            readline.set_completer(rlcompleter.Completer(names).complete)
            readline.parse_and_bind("tab: complete")
        except ImportError:
            pass
        models = f", {imported} model{'s' if imported != 1 else ''} imported" if imported else ""
        banner = f"Python {sys.version.split()[0]}, manoir {manoir.__version__}{models}. await works here."
        AsyncConsole(names).interact(banner=banner, exitmsg="")


class AsyncConsole(code.InteractiveConsole):
    """A console in which `await` is allowed at the top level; sync calls of manoir work too."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def runcode(self, code: CodeType) -> None:
        """Run one compiled statement; a coroutine is driven to its end."""
        try:
            run_code(code, self.locals)  # pyright: ignore[reportArgumentType]
        except SystemExit:
            raise
        except BaseException:
            self.showtraceback()


def run_source(source: str, names: dict[str, Any], filename: str) -> None:
    """Compile and run a text, with `await` allowed at its top level."""
    run_code(compile(source, filename, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)


def run_code(code: CodeType, names: dict[str, Any]) -> None:
    """Run compiled code; what it gives to await is awaited."""
    result = FunctionType(code, names)()
    if inspect.iscoroutine(result):
        bridge.wait(result)
