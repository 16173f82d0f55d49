"""argparse for commands: errors as CommandError when called from code, near names for mistyped options."""

from __future__ import annotations

from argparse import ArgumentParser, HelpFormatter, Namespace
from collections.abc import Iterable
from typing import Any, NoReturn

from manoir.exceptions import CommandError, nearest

COMMON_OPTIONS = frozenset(
    {
        "--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color",
        "--force-color", "--skip-checks",
    }
)  # fmt: skip


class CommandHelpFormatter(HelpFormatter):
    """Shows a command's own arguments before those that every command has."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any = None) -> None:
        """Add the usage line."""
        super().add_usage(usage, own_first(actions), groups, prefix)

    def add_arguments(self, actions: Any) -> None:
        """Add the arguments of one group."""
        super().add_arguments(own_first(actions))


def own_first(actions: Any) -> list[Any]:
    return sorted(actions, key=lambda action: bool(COMMON_OPTIONS.intersection(action.option_strings)))


class CommandParser(ArgumentParser):
    """The parser of one command.

    Args:
        missing_args_message: said when required arguments are missing.
        called_from_command_line: errors end the process with usage and status 2; from code they raise CommandError.
        **kwargs: as for `argparse.ArgumentParser`.
    """

    def __init__(
        self, *, missing_args_message: str | None = None, called_from_command_line: bool = False, **kwargs: Any
    ) -> None:
        self.missing_args_message = missing_args_message
        self.called_from_command_line = called_from_command_line
        super().__init__(**kwargs)

    def parse_args(self, args: Iterable[str] | None = None, namespace: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Parse arguments; what is not recognised is answered with near options."""
        given = list(args or [])
        if self.missing_args_message and not any(word == "-" or not word.startswith("-") for word in given):
            required = [action for action in self._actions if not action.option_strings and action.required]
            if required and not {"-h", "--help"}.intersection(given):
                self.error(self.missing_args_message)
        parsed, unknown = self.parse_known_args(given, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._near(unknown)}")
        return parsed

    def error(self, message: str) -> NoReturn:
        """End the process with usage and message, or raise CommandError when called from code."""
        if self.called_from_command_line:
            super().error(message)
        raise CommandError(f"Error: {message}")

    def add_subparsers(self, **kwargs: Any) -> Any:
        """Add subcommands whose parsers fail as this one does."""
        if kwargs.get("parser_class", type(self)) is type(self):
            called = self.called_from_command_line

            def make(**options: Any) -> CommandParser:
                return CommandParser(called_from_command_line=called, **options)

            kwargs["parser_class"] = make
        return super().add_subparsers(**kwargs)

    def _near(self, unknown: list[str]) -> str:
        options = [option for action in self._actions for option in action.option_strings]
        return next((hint for word in unknown if (hint := nearest(word.partition("=")[0], options))), "")


def names_of(parser: ArgumentParser) -> dict[str, str]:
    """Return the names under which code may give the parser's options, with their destinations.

    An option is known by its destination and by its long name: `--no-input` with `dest="interactive"` by both
    `no_input` and `interactive`.
    """
    names: dict[str, str] = {}
    for action in all_actions(parser):
        for option in action.option_strings:
            names.setdefault(option.lstrip("-").replace("-", "_"), action.dest)
    names.update({action.dest: action.dest for action in all_actions(parser)})
    return names


def all_actions(parser: ArgumentParser) -> list[Any]:
    """Return the actions of a parser and of its subcommands."""
    found: list[Any] = []
    for action in parser._actions:
        found.append(action)
        choices: Any = getattr(action, "choices", None)
        if isinstance(choices, dict):
            for choice in choices.values():
                if isinstance(choice, ArgumentParser):
                    found += all_actions(choice)
    return found


def given_by_name(parser: ArgumentParser, destinations: set[str]) -> None:
    """Stop requiring the arguments whose values the caller passes by name."""
    for action in all_actions(parser):
        if action.dest in destinations:
            action.required = False
            if not action.option_strings:
                action.nargs = "*" if action.nargs == "+" else action.nargs or "?"
    for group in parser._mutually_exclusive_groups:
        if any(action.dest in destinations for action in group._group_actions):
            group.required = False


def values_of(namespace: Namespace) -> dict[str, Any]:
    return dict(vars(namespace))
