"""The door to the command line: `manoir`, `manage.py` and `python -m manoir` all call `main`.

- `_main.py`: finds, loads and runs one command; help
- `_templates.py`: writes the files of `startproject` and `startapp`
- `_supervisor.py`: `runserver`'s reloading: a watcher, and a fresh process after each change
- `_development.py`: the process that serves for developers
- `commands/`: the commands
"""

from __future__ import annotations

from manoir.cli._main import execute_from_command_line, main

__all__ = ["execute_from_command_line", "main"]
