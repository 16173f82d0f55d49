"""Running a command from code, with the arguments a terminal would give or with options by name."""

from __future__ import annotations

from typing import Any

from manoir.commands._base import BaseCommand
from manoir.commands._discovery import load_command
from manoir.commands._parser import given_by_name, names_of, values_of
from manoir.exceptions import nearest


def call_command(command: str | BaseCommand, /, *args: Any, **options: Any) -> Any:
    """Run a command from sync code.

    Args:
        command: its name, or a command object.
        *args: arguments as on a command line, such as "shop", "--verbosity=2"; lists are flattened.
        **options: options by name, without dashes; `stdout` and `stderr` redirect its output. System checks are
            skipped unless `skip_checks=False`.

    Returns:
        What the command's `handle` returned.

    Raises:
        CommandError: there is no such command, its arguments are wrong, or it could not do its work.
        TypeError: the command has no such option; near names are given.

    Example:
        >>> import io
        >>> class Hello(BaseCommand):
        ...     def handle(self, *args, **options):
        ...         return "hello"
        >>> call_command(Hello(), stdout=io.StringIO())
        'hello'
    """
    found, arguments, values = parse_call(command, args, options)
    return found.execute(*arguments, **values)


async def acall_command(command: str | BaseCommand, /, *args: Any, **options: Any) -> Any:
    """Run a command from a coroutine; see `call_command()`."""
    found, arguments, values = parse_call(command, args, options)
    return await found.aexecute(*arguments, **values)


def parse_call(
    command: str | BaseCommand, args: tuple[Any, ...], options: dict[str, Any]
) -> tuple[BaseCommand, tuple[Any, ...], dict[str, Any]]:
    """Return the command, its positional arguments and all its options."""
    found = command if isinstance(command, BaseCommand) else load_command(command)
    name = command if isinstance(command, str) else type(found).__module__.rpartition(".")[2]
    parser = found.create_parser("", name)
    names = names_of(parser)
    given = {names.get(option, option): value for option, value in options.items()}
    check_names(found, name, options, names)
    given_by_name(parser, set(given))
    parsed = values_of(parser.parse_args(as_words(args)))
    values = {**parsed, **given}
    if "skip_checks" not in options and "--skip-checks" not in args:
        values["skip_checks"] = True
    return found, tuple(values.pop("args", ())), values


def check_names(command: BaseCommand, name: str, options: dict[str, Any], names: dict[str, str]) -> None:
    """Raise TypeError for options that the command does not have."""
    known = {*names, *command.base_stealth_options, *command.stealth_options, "skip_checks"} - {"help", "version"}
    unknown = sorted(set(options) - known)
    if unknown:
        raise TypeError(
            f"Command {name!r} has no option {', '.join(map(repr, unknown))}.{nearest(unknown[0], known)} "
            f"Options: {', '.join(sorted(known))}."
        )


def as_words(args: tuple[Any, ...]) -> list[str]:
    words: list[str] = []
    for argument in args:
        words += [str(part) for part in argument] if isinstance(argument, (list, tuple)) else [str(argument)]
    return words
