"""`diffsettings`: what a project's settings say that the defaults do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from manoir.commands import BaseCommand
from manoir.conf import Secret, default_values, import_module, settings
from manoir.exceptions import CommandError

SUBSTITUTE = "********************"
HIDDEN = re.compile(r"SECRET|TOKEN|CREDENTIAL|SIGNATURE|PASS(?:WORD)?$|(?:^|_)KEYS?$", re.IGNORECASE)
"""Names of what is secret, at every depth."""
PASSWORD_IN_URL = re.compile(r"(://[^/@\s:]*:)[^/@\s]+@")


class Command(BaseCommand):
    """Shows the settings that differ from the defaults."""

    help = "Shows how the settings of this project differ from manoir's defaults. What is secret is hidden."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take what to compare, and how to show it."""
        parser.add_argument("--all", action="store_true", help="show all settings, those with the default's value too")
        parser.add_argument(
            "--default", metavar="MODULE", help="compare with this settings module instead of the defaults"
        )
        parser.add_argument(
            "--output", choices=("hash", "unified"), default="hash", help="hash: marks with ###; unified: + and - lines"
        )
        parser.add_argument("--show-secrets", action="store_true", help="show keys and passwords as they are")

    def handle(self, *args: Any, **options: Any) -> str:
        """Compare and show."""
        self.cleanse = plain if options["show_secrets"] else cleansed
        own = {name: getattr(settings, name) for name in sorted(settings)}
        lines = hash_lines if options["output"] == "hash" else unified_lines
        return "\n".join(lines(own, self.defaults(options["default"]), self.shown, everything=options["all"]))

    def defaults(self, module: str | None) -> Mapping[str, Any]:
        """What is compared with."""
        if not module:
            return default_values()
        try:
            found = import_module(module)
        except ImportError as error:
            raise CommandError(f"--default={module} cannot be imported: {error}") from error
        return {**default_values(), **{name: value for name, value in vars(found).items() if name.isupper()}}

    def shown(self, name: str, value: Any) -> str:
        """A setting as Python writes it, without what is secret."""
        return repr(self.cleanse(name, value))


def plain(_name: str, value: Any) -> Any:
    """A value as it is; a `Secret` would hide itself."""
    return str.__str__(value) if isinstance(value, Secret) else value


def cleansed(name: str, value: Any) -> Any:
    """A value without what is secret in it."""
    if HIDDEN.search(name) and value:
        return SUBSTITUTE
    if isinstance(value, Mapping):
        return {key: cleansed(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([cleansed("", item) for item in value]) if type(value) in (list, tuple) else value
    return PASSWORD_IN_URL.sub(rf"\1{SUBSTITUTE}@", value) if type(value) is str else value


def hash_lines(own: Mapping[str, Any], defaults: Mapping[str, Any], shown: Any, *, everything: bool) -> Iterator[str]:
    """`NAME = value` for what differs, with ### for names without a default, and ### before what does not differ."""
    for name, value in own.items():
        if name not in defaults:
            yield f"{name} = {shown(name, value)}  ###"
        elif value != defaults[name]:
            yield f"{name} = {shown(name, value)}"
        elif everything:
            yield f"### {name} = {shown(name, value)}"


def unified_lines(
    own: Mapping[str, Any], defaults: Mapping[str, Any], shown: Any, *, everything: bool
) -> Iterator[str]:
    """The default after a minus, the project's value after a plus."""
    for name, value in own.items():
        if name not in defaults:
            yield f"+ {name} = {shown(name, value)}"
        elif value != defaults[name]:
            yield f"- {name} = {shown(name, defaults[name])}"
            yield f"+ {name} = {shown(name, value)}"
        elif everything:
            yield f"  {name} = {shown(name, value)}"
