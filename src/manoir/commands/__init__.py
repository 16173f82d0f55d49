"""Commands: what a project can be told to do from a terminal, and from code.

- `BaseCommand`, `AppCommand`, `LabelCommand` are the classes to write one: `handle` may be `def` or `async def`.
- `call_command`, `acall_command` run one from code.
- `get_commands`, `load_command`, `register_package` find them by name, without importing them.

Map: `_base` (BaseCommand), `_kinds` (AppCommand, LabelCommand), `_parser`, `_output` (streams and styles),
`_discovery`, `_call`. The `manoir` program itself is in `manoir.cli`.
"""

from __future__ import annotations

from manoir.commands._base import BaseCommand, set_migrations_check
from manoir.commands._call import acall_command, call_command
from manoir.commands._discovery import get_commands, load_command, load_command_class, register_package
from manoir.commands._kinds import AppCommand, LabelCommand
from manoir.commands._output import OutputWrapper, Style, color_style, no_style
from manoir.commands._parser import CommandParser
from manoir.exceptions import CommandError, SystemCheckError

__all__ = [
    "AppCommand",
    "BaseCommand",
    "CommandError",
    "CommandParser",
    "LabelCommand",
    "OutputWrapper",
    "Style",
    "SystemCheckError",
    "acall_command",
    "call_command",
    "color_style",
    "get_commands",
    "load_command",
    "load_command_class",
    "no_style",
    "register_package",
    "set_migrations_check",
]
