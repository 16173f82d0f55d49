"""Asks the user what cannot be known from the models: renames, and values for rows that are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from manoir import timezone
from manoir.exceptions import CommandError
from manoir.models import NOT_PROVIDED

EXIT_NOT_MIGRATED = 3


class Write(Protocol):
    """Where questions are written."""

    def __call__(self, text: str, /) -> object: ...


class Questioner:
    """Answers for `--no-input`: nothing is renamed, and what needs a value is an error that names the cure.

    Args:
        dry_run: nothing will be written.
    """

    def __init__(self, *, dry_run: bool = False) -> None:
        self.dry_run = dry_run

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field: Any) -> bool:
        """Was a field renamed?"""
        return False

    def ask_rename_model(self, old_label: str, new_label: str) -> bool:
        """Was a model renamed?"""
        return False

    def ask_merge(self, app_label: str) -> bool:
        """May conflicting migrations be joined?"""
        return True

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        """A value for the rows that are there, of a new field that must have one."""
        raise CommandError(
            f"{model_name}.{field_name} is new, may not be NULL and has no default, so the rows that are there have no "
            f"value for it. Give the field null=True, default=… or db_default=…, or run makemigrations without --no-input.",
            returncode=EXIT_NOT_MIGRATED,
        )

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        """A value for rows with NULL, of a field that may not be NULL any more; NOT_PROVIDED: there are none."""
        return NOT_PROVIDED

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        """The moment at which rows that are there were made."""
        return timezone.now


class InteractiveQuestioner(Questioner):
    """Asks on a terminal.

    Args:
        dry_run: nothing will be written.
        write: shows a line.
        read: shows a prompt and reads a line.
    """

    def __init__(self, *, dry_run: bool = False, write: Write = print, read: Callable[[str], str] = input) -> None:
        super().__init__(dry_run=dry_run)
        self.write = write
        self.read = read

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field: Any) -> bool:
        kind = type(field).__name__
        return self.yes(f"Was {model_name}.{old_name} renamed to {model_name}.{new_name} (a {kind})? [y/N] ")

    def ask_rename_model(self, old_label: str, new_label: str) -> bool:
        return self.yes(f"Was the model {old_label} renamed to {new_label}? [y/N] ")

    def ask_merge(self, app_label: str) -> bool:
        return self.yes(
            "\nMerging works when the operations printed above do not depend on each other.\nMerge these branches? [y/N] "
        )

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        if self.dry_run:
            return None
        choice = self.choose(
            f"{model_name}.{field_name} is new, may not be NULL and has no default; the rows that are there need a value.",
            [
                "Give a value now, for those rows only",
                "Leave, and give the field a default (or null=True) in models.py",
            ],
        )
        return self.leave() if choice == 2 else self.ask_default()

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        if self.dry_run:
            return NOT_PROVIDED
        choice = self.choose(
            f"{model_name}.{field_name} may not be NULL any more; rows with NULL need a value.",
            [
                "Give a value now, for those rows only",
                "There are none (or RunPython or RunSQL of a migration before sees to it)",
                "Leave, and give the field a default in models.py",
            ],
        )
        return self.leave() if choice == 3 else NOT_PROVIDED if choice == 2 else self.ask_default()

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        if self.dry_run:
            return timezone.now
        choice = self.choose(
            f"{model_name}.{field_name} has auto_now_add=True; the rows that are there need a moment.",
            ["Give a value now, for those rows only", "Leave, and change the field in models.py"],
        )
        return self.leave() if choice == 2 else self.ask_default("timezone.now")

    # -- asking ----------------------------------------------------------------------------------------------------

    def yes(self, question: str) -> bool:
        """Read yes or no; an empty line is no."""
        for _attempt in range(10):
            answer = self.read(question).strip().lower()
            if answer in ("", "n", "no"):
                return False
            if answer in ("y", "yes"):
                return True
            question = "Please answer yes or no: "
        return False

    def choose(self, question: str, choices: Sequence[str]) -> int:
        """Read the number of a choice."""
        self.write(question)
        for number, choice in enumerate(choices, 1):
            self.write(f" {number}) {choice}")
        for _attempt in range(10):
            answer = self.read("Select an option: ").strip()
            if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices):
                return int(answer)
            self.write(f"Please enter a number from 1 to {len(choices)}.")
        return self.leave()

    def ask_default(self, default: str = "") -> Any:
        """Read a value as Python; `exit` leaves."""
        self.write(
            "Enter the value as Python. `datetime` and `manoir.timezone` (as `timezone`) are at hand, e.g. timezone.now"
        )
        if default:
            self.write(f"[default: {default}] Press return for it.")
        for _attempt in range(10):
            answer = self.read(">>> ").strip() or default
            if not answer:
                self.write("Please enter some Python, or 'exit'.")
            elif answer == "exit":
                self.leave()
            else:
                try:
                    # The answer of whoever runs the command on a terminal: it can run any Python already.
                    return eval(answer, {}, {"datetime": dt, "timezone": timezone})  # noqa: S307
                except Exception as error:
                    self.write(f"That does not work: {type(error).__name__}: {error}")
        return self.leave()

    def leave(self) -> Any:
        """End the command."""
        raise CommandError("Nothing was written.", returncode=EXIT_NOT_MIGRATED)
