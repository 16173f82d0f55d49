"""The base of every command: arguments, checks, styles, and `handle` of either colour."""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from manoir.bridge import can_wait, run, run_sync, wait
from manoir.checks import CRITICAL, DEBUG, ERROR, INFO, WARNING, CheckMessage, run_checks
from manoir.commands._output import OutputWrapper, Style, color_style, no_style
from manoir.commands._parser import CommandHelpFormatter, CommandParser, values_of
from manoir.exceptions import (
    CommandError,
    ImproperlyConfigured,
    OperationalError,
    SynchronousOnlyOperation,
    SystemCheckError,
)

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = 130
GROUPS = (("CRITICALS", CRITICAL), ("ERRORS", ERROR), ("WARNINGS", WARNING), ("INFOS", INFO), ("DEBUGS", DEBUG))

_migrations_check: list[Callable[[BaseCommand], object]] = []


def set_migrations_check(check: Callable[[BaseCommand], object]) -> None:
    """Register what `BaseCommand.check_migrations()` does; `manoir.migrations` calls this."""
    _migrations_check[:] = [check]


class BaseCommand:
    """A command: a module `management/commands/<name>.py` of an app has a subclass of it called `Command`.

    Args:
        stdout: stream for results; None: the process's.
        stderr: stream for errors; None: the process's.
        no_color: never paint.
        force_color: paint although the stream is no terminal.

    Attributes:
        help: what the command does, for `help`.
        missing_args_message: said when required arguments are missing.
        output_transaction: put the SQL that `handle` returns between BEGIN and COMMIT.
        requires_migrations_checks: say which migrations are not applied before running.
        requires_system_checks: tags of the checks to run before; "__all__" or an empty list.
        runs_unconfigured: the command needs no project (manoir's own attribute).
        suppressed_base_arguments: common options that its help leaves out.
        stealth_options: options that code may pass although the parser does not know them.
        style: functions that paint text by its role.

    Example:
        >>> class Greet(BaseCommand):
        ...     def add_arguments(self, parser):
        ...         parser.add_argument("name")
        ...
        ...     async def handle(self, *args, **options):
        ...         self.stdout.write(f"Hello {options['name']}")
    """

    help: str = ""
    missing_args_message: str | None = None
    output_transaction: bool = False
    requires_migrations_checks: bool = False
    requires_system_checks: Sequence[str] | Literal["__all__"] = "__all__"
    runs_unconfigured: bool = False
    suppressed_base_arguments: Iterable[str] = frozenset()
    base_stealth_options: tuple[str, ...] = ("stderr", "stdout")
    stealth_options: tuple[str, ...] = ()
    style: Style

    _called_from_command_line = False

    def __init__(
        self, stdout: Any = None, stderr: Any = None, no_color: bool = False, force_color: bool = False
    ) -> None:
        if no_color and force_color:
            raise CommandError("no_color and force_color contradict each other: give one of them.")
        checks = self.requires_system_checks
        if checks != "__all__" and (isinstance(checks, str) or not isinstance(checks, Sequence)):
            raise TypeError(f"requires_system_checks of {type(self).__qualname__} must be a list of tags or '__all__'.")
        self.stdout = OutputWrapper(stdout or sys.stdout)
        self.stderr = OutputWrapper(stderr or sys.stderr)
        self._set_styles(no_color=no_color, force_color=force_color)

    # -- to be overridden -----------------------------------------------------------------------------------------

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the command's own arguments to the parser."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Do the work; write `def` or `async def`.

        Returns:
            None, or text that is written to stdout.
        """
        raise TypeError(
            f"{type(self).__module__}.{type(self).__qualname__} must define handle(self, *args, **options)."
        )

    def get_version(self) -> str:
        """Return what `--version` prints; manoir's version unless overridden."""
        try:
            return version("manoir")
        except PackageNotFoundError:
            return "unknown"

    # -- parsing --------------------------------------------------------------------------------------------------

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Make the parser, with the options that every command has and the command's own."""
        kwargs.setdefault("formatter_class", CommandHelpFormatter)
        parser = CommandParser(
            prog=f"{Path(prog_name).name} {subcommand}".strip(),
            description=self.help or None,
            missing_args_message=self.missing_args_message,
            called_from_command_line=self._called_from_command_line,
            **kwargs,
        )
        for flags, options in common_arguments(self.get_version()):
            if set(flags) & set(self.suppressed_base_arguments):
                options["help"] = argparse.SUPPRESS
            parser.add_argument(*flags, **options)
        if self.requires_system_checks:
            parser.add_argument("--skip-checks", action="store_true", help="Skip system checks.")
        self.add_arguments(parser)
        return parser

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Print the command's help."""
        self.create_parser(prog_name, subcommand).print_help()

    # -- running --------------------------------------------------------------------------------------------------

    def run_from_argv(self, argv: Sequence[str]) -> None:
        """Run as a program: parse `argv`, show errors without traceback, end the process with a status on errors.

        Args:
            argv: program, command name, arguments.
        """
        self._called_from_command_line = True
        parser = self.create_parser(argv[0], argv[1])
        options = values_of(parser.parse_args(list(argv[2:])))
        args = options.pop("args", ())
        apply_early_options(options)
        try:
            self.execute(*args, **options)
        except KeyboardInterrupt:
            self.stderr.write("")
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            leave_broken_pipe()
        except (CommandError, ImproperlyConfigured, OperationalError) as error:
            if options.get("traceback"):
                raise
            self._fail(error)

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run the checks and `handle`, from sync code.

        Returns:
            What `handle` returned; text was written to stdout.

        Raises:
            CommandError: the command was called wrongly or could not do its work.
            SynchronousOnlyOperation: called in a coroutine although `handle` is `async def`.
        """
        self._prepare(options)
        self._check_before(options)
        output = self.handle(*args, **options)
        if inspect.isawaitable(output):
            output = self._drive(output)
        return self._finish(output, options)

    async def aexecute(self, *args: Any, **options: Any) -> Any:
        """Run the checks and `handle`, from a coroutine; a sync `handle` runs as SYNC_VIEWS says."""
        self._prepare(options)
        await run_sync(self._check_before, options)
        if inspect.iscoroutinefunction(self.handle):
            output = await self.handle(*args, **options)
        else:
            output = await run_sync(self.handle, *args, **options)
        return self._finish(output, options)

    def check(
        self,
        app_configs: Iterable[Any] | None = None,
        tags: Iterable[str] | None = None,
        display_num_errors: bool = False,
        include_deployment_checks: bool = False,
        fail_level: int = ERROR,
        databases: Sequence[str] | None = None,
    ) -> None:
        """Run system checks and show what they find.

        Args:
            app_configs: apps to check; None: all.
            tags: only checks with one of these tags.
            display_num_errors: also say how many there are.
            include_deployment_checks: also those for production.
            fail_level: messages from this level on raise.
            databases: aliases that checks may connect to.

        Raises:
            SystemCheckError: there are messages of `fail_level` or above that are not silenced.
        """
        found = run_checks(app_configs, tags, include_deployment_checks, databases)
        visible = [message for message in found if not message.is_silenced()]
        serious = any(message.is_serious(fail_level) for message in visible)
        text = self._checks_report(visible, len(found) - len(visible), display_num_errors)
        if serious:
            raise SystemCheckError(text)
        if visible:
            self.stderr.write(text, lambda shown: shown)
        elif text:
            self.stdout.write(text)

    def check_migrations(self) -> None:
        """Say on stderr which migrations are not applied."""
        for check in _migrations_check:
            check(self)

    @property
    def console(self) -> Console:
        """A rich console on stdout, for tables and progress bars; rich is imported at the first use."""
        from rich.console import Console

        colour = self.style.colour
        return Console(file=self.stdout._out, force_terminal=colour or None, no_color=not colour, highlight=False)

    # -- steps ----------------------------------------------------------------------------------------------------

    def _prepare(self, options: dict[str, Any]) -> None:
        if options.get("no_color") and options.get("force_color"):
            raise CommandError("--no-color and --force-color contradict each other: give one of them.")
        if options.get("stdout"):
            self.stdout = OutputWrapper(options["stdout"])
        if options.get("stderr"):
            self.stderr = OutputWrapper(options["stderr"])
        self._set_styles(no_color=bool(options.get("no_color")), force_color=bool(options.get("force_color")))

    def _set_styles(self, *, no_color: bool, force_color: bool) -> None:
        if no_color:
            self.style, errors = no_style(), no_style()
        else:
            self.style, errors = color_style(force_color, self.stdout._out), color_style(force_color, self.stderr._out)
        self.stderr.style_func = errors.ERROR if errors.colour else None

    def _check_before(self, options: dict[str, Any]) -> None:
        if self.requires_system_checks and not options.get("skip_checks"):
            self.check(tags=None if self.requires_system_checks == "__all__" else self.requires_system_checks)
        if self.requires_migrations_checks:
            self.check_migrations()

    def _drive(self, output: Any) -> Any:
        if not can_wait():
            output.close()
            raise SynchronousOnlyOperation(
                f"The command {type(self).__module__} was called in a coroutine, but its handle is `async def`. "
                "Write: await acall_command(…)"
            )
        return run(output) if self._called_from_command_line else wait(output)

    def _finish(self, output: Any, options: dict[str, Any]) -> Any:
        if isinstance(output, str) and output:
            if self.output_transaction:
                output = f"{self.style.SQL_KEYWORD('BEGIN;')}\n{output}\n{self.style.SQL_KEYWORD('COMMIT;')}"
            self.stdout.write(output)
        return output

    def _fail(self, error: CommandError | ImproperlyConfigured | OperationalError) -> NoReturn:
        if isinstance(error, SystemCheckError):
            self.stderr.write(str(error), lambda text: text)
        else:
            self.stderr.write(f"{type(error).__name__}: {error}")
        sys.exit(error.returncode if isinstance(error, CommandError) else 1)

    def _checks_report(self, visible: list[CheckMessage], silenced: int, display_num_errors: bool) -> str:
        parts: list[str] = []
        if visible:
            parts.append(self.style.ERROR("System check identified some issues:"))
        for heading, level in GROUPS:
            members = sorted(str(message) for message in visible if group_of(message.level) == level)
            if members:
                paint = self.style.ERROR if level >= ERROR else self.style.WARNING if level >= WARNING else str
                parts.append("\n".join([f"\n{heading}:", *(paint(member) for member in members)]))
        if display_num_errors or visible:
            count = "no issues" if not visible else "1 issue" if len(visible) == 1 else f"{len(visible)} issues"
            blank = "\n" if visible else ""
            parts.append(f"{blank}System check identified {count} ({silenced} silenced).")
        return "\n".join(parts)


def group_of(level: int) -> int:
    """Return the level of the group under which a message is shown; levels in between belong to the one below."""
    return next((start for _, start in GROUPS if level >= start), DEBUG)


def common_arguments(command_version: str) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """Flags and options of the arguments that every command has."""
    settings_help = (
        "Dotted path of the settings module, such as myproject.settings; MANOIR_SETTINGS_MODULE unless it is given."
    )
    return [
        (("--version",), {"action": "version", "version": command_version, "help": "Show the version and leave."}),
        (
            ("-v", "--verbosity"),
            {
                "default": 1,
                "type": int,
                "choices": [0, 1, 2, 3],
                "help": "0 quiet, 1 normal, 2 verbose, 3 very verbose.",
            },
        ),
        (("--settings",), {"help": settings_help}),
        (("--pythonpath",), {"help": "A directory to put on the Python path."}),
        (("--traceback",), {"action": "store_true", "help": "Show the traceback of errors."}),
        (("--no-color",), {"action": "store_true", "help": "Do not colour the output."}),
        (("--force-color",), {"action": "store_true", "help": "Colour the output although it is no terminal."}),
    ]


def apply_early_options(options: dict[str, Any]) -> None:
    """Apply `--settings` and `--pythonpath`, for commands that are run without `manoir.cli`."""
    if options.get("settings"):
        os.environ["MANOIR_SETTINGS_MODULE"] = options["settings"]
    path = options.get("pythonpath")
    if path and path not in sys.path:
        sys.path.insert(0, path)


def leave_broken_pipe() -> NoReturn:
    """End quietly when the reader of our output is gone (`manoir … | head`)."""
    # Python flushes stdout at exit, which would complain once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(141)
