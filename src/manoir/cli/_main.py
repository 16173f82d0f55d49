"""One command line: which command is meant, with which settings, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import manoir
from manoir._setup import setup
from manoir.commands import BaseCommand, get_commands, load_command
from manoir.conf import settings
from manoir.exceptions import CommandError, ImproperlyConfigured, nearest

WITHOUT_PROJECT = frozenset({"startproject", "help", "version"})
"""Commands that run where no project is."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command of `argv`, and return the exit status of the process.

    Args:
        argv: program name, command, arguments; None takes `sys.argv`.

    Returns:
        0 when the command did its work, 1 for its errors, 2 for a wrong call, 130 after Ctrl-C.

    Example:
        >>> main(["manoir", "version"])
        0.1.0
        0
    """
    arguments = list(sys.argv if argv is None else argv)
    try:
        return run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130


def execute_from_command_line(argv: Sequence[str] | None = None) -> None:
    """Run the command of `argv`, as `manage.py` files of Django projects call it; exits where the command failed."""
    status = main(argv)
    if status:
        sys.exit(status)


def run(arguments: list[str]) -> int:
    """Find the command, set the project up, run."""
    program = Path(arguments[0]).name if arguments else "manoir"
    program = "python -m manoir" if program == "__main__.py" else program
    rest = arguments[1:]
    take_early_options(rest)
    name = rest[0] if rest else "help"
    if name in ("--version", "version"):
        sys.stdout.write(f"{manoir.__version__}\n")
        return 0
    if name in ("-h", "--help", "help"):
        return show_help(program, rest[1:])
    find_settings()
    problem = try_setup() if name not in WITHOUT_PROJECT else None
    command = find(name, problem)
    if command is None:
        if problem is not None:
            sys.stderr.write(f"{problem}\n")
            return 1
        sys.stderr.write(f"{unknown_command(name, program)}\n")
        return 2
    if problem is not None and not getattr(command, "runs_unconfigured", False):
        sys.stderr.write(f"{problem}\n")
        return 1
    return finish(command, [program, *rest])


def finish(command: BaseCommand, arguments: list[str]) -> int:
    """Run a loaded command and translate how it ended into an exit status."""
    try:
        command.run_from_argv(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return error.returncode
    return 0


def take_early_options(rest: list[str]) -> None:
    """Apply `--settings` and `--pythonpath` before anything is imported, wherever they stand."""
    for option, apply in (("--settings", use_settings), ("--pythonpath", use_path)):
        for index, word in enumerate(rest):
            if word == "--":
                break
            if word == option and index + 1 < len(rest):
                apply(rest[index + 1])
            elif word.startswith(f"{option}="):
                apply(word.partition("=")[2])
    while len(rest) > 1 and rest[0] in ("--settings", "--pythonpath"):
        rest[:] = [*rest[2:], *rest[:2]]
    while rest and rest[0].startswith(("--settings=", "--pythonpath=")):
        rest[:] = [*rest[1:], rest[0]] if len(rest) > 1 else []


def use_settings(module: str) -> None:
    os.environ["MANOIR_SETTINGS_MODULE"] = module


def use_path(path: str) -> None:
    sys.path.insert(0, path)


def find_settings() -> None:
    """Name the project's settings when the working directory tells: a `manage.py` and one package with `settings.py`."""
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    if settings.configured or os.environ.get("MANOIR_SETTINGS_MODULE") or not Path("manage.py").is_file():
        return
    modules = sorted(path.parent.name for path in Path().glob("*/settings.py") if path.parent.name.isidentifier())
    if len(modules) == 1:
        os.environ["MANOIR_SETTINGS_MODULE"] = f"{modules[0]}.settings"


def try_setup() -> str | None:
    """Set the project up; return what is wrong when it cannot be."""
    if not settings.configured and not os.environ.get("MANOIR_SETTINGS_MODULE"):
        return (
            "No project here: MANOIR_SETTINGS_MODULE is not set, and there is no manage.py beside one package with a "
            "settings.py.\nRun this in the project's directory, add --settings=mysite.settings, or make a project: "
            "manoir startproject mysite"
        )
    try:
        setup()
    except ImproperlyConfigured as error:
        return str(error)
    return None


def find(name: str, problem: str | None) -> BaseCommand | None:
    """Load a command by name; None when there is none."""
    try:
        return load_command(name)
    except CommandError:
        return None
    except ImproperlyConfigured:
        if problem is None:
            raise
        return None


def unknown_command(name: str, program: str) -> str:
    """Say that there is no such command, and which is near."""
    hint = nearest(name, get_commands())
    return f"Unknown command: {name!r}.{hint}\nType '{program} help' for the list."


def show_help(program: str, rest: list[str]) -> int:
    """List all commands, or show the help of one."""
    find_settings()
    problem = try_setup()
    names = [word for word in rest if not word.startswith("-")]
    if names:
        command = find(names[0], problem)
        if command is None:
            sys.stderr.write(f"{unknown_command(names[0], program)}\n")
            return 2
        command.create_parser(program, names[0]).print_help()
        return 0
    sys.stdout.write(
        f"manoir {manoir.__version__}\n\n{program} <command> [options]; '{program} help <command>' explains one.\n"
    )
    groups: dict[str, list[str]] = {}
    for name, owner in sorted(get_commands().items()):
        groups.setdefault(owner.partition(".commands")[0].removesuffix(".management"), []).append(name)
    for owner, commands in sorted(groups.items(), key=lambda item: (not item[0].startswith("manoir"), item[0])):
        sys.stdout.write(f"\n[{owner}]\n" + "".join(f"    {name}\n" for name in commands))
    if problem is not None:
        sys.stderr.write(f"\nOnly manoir's own commands are listed. {problem}\n")
    return 0
