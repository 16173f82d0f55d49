"""Commands that do one thing for each of their arguments."""

from __future__ import annotations

import inspect
from typing import Any

from manoir.apps import AppConfig, apps
from manoir.commands._base import BaseCommand
from manoir.commands._parser import CommandParser
from manoir.exceptions import CommandError


class AppCommand(BaseCommand):
    """A command for apps: `handle_app_config` is called for each app label that was given."""

    missing_args_message = "Enter at least one application label."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take app labels."""
        parser.add_argument("args", metavar="app_label", nargs="+", help="One or more application labels.")

    def handle(self, *app_labels: str, **options: Any) -> Any:
        """Call `handle_app_config` for each app, in its colour."""
        try:
            configs = [apps.get_app_config(label) for label in app_labels]
        except (LookupError, ImportError) as error:
            raise CommandError(f"{error} Apps are those of INSTALLED_APPS.") from error
        return for_each(self.handle_app_config, configs, options)

    def handle_app_config(self, app_config: AppConfig, **options: Any) -> Any:
        """Do the work for one app; `def` or `async def`."""
        raise TypeError(f"{type(self).__qualname__} must define handle_app_config(self, app_config, **options).")


class LabelCommand(BaseCommand):
    """A command for labels of any kind: `handle_label` is called for each one that was given.

    Attributes:
        label: what one label is called in messages.
    """

    label = "label"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if type(self).missing_args_message is None:
            self.missing_args_message = f"Enter at least one {self.label}."
        super().__init__(*args, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take labels."""
        parser.add_argument("args", metavar=self.label, nargs="+")

    def handle(self, *labels: str, **options: Any) -> Any:
        """Call `handle_label` for each label, in its colour."""
        return for_each(self.handle_label, list(labels), options)

    def handle_label(self, label: str, **options: Any) -> Any:
        """Do the work for one label; `def` or `async def`."""
        raise TypeError(f"{type(self).__qualname__} must define handle_label(self, label, **options).")


def for_each(function: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
    """Call a method for each argument and join the texts it returns; a coroutine when the method is one."""
    if inspect.iscoroutinefunction(function):
        return afor_each(function, arguments, options)
    return "\n".join(text for argument in arguments if (text := function(argument, **options)))


async def afor_each(function: Any, arguments: list[Any], options: dict[str, Any]) -> str:
    return "\n".join([text for argument in arguments if (text := await function(argument, **options))])
