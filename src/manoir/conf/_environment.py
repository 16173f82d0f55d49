"""Reading settings from the environment and from `.env`, with casts whose errors are collected while settings load."""

from __future__ import annotations

import builtins
import json
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, TypeVar, overload

from manoir.conf._database_url import parse_database_url
from manoir.conf._dotenv import parse_dotenv
from manoir.conf._problems import Problem
from manoir.conf._secret import Secret
from manoir.exceptions import ImproperlyConfigured, nearest

D = TypeVar("D")


class Required:
    """Type of the default that means "there is none"."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = Required()
TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
FALSE = frozenset({"0", "false", "no", "off", "n", "f", ""})

_collecting: list[list[Problem]] = []  # the list of the settings module that is being imported, if any


@contextmanager
def collect_problems() -> Generator[list[Problem]]:
    """Collect the errors of casts instead of raising them, while a settings module is imported.

    The casts return an empty value of their type then, so that one start reports all of them.
    """
    problems: list[Problem] = []
    _collecting.append(problems)
    try:
        yield problems
    finally:
        _collecting.remove(problems)


class Env:
    """Values out of the process's environment and of `.env` files that were read; the environment wins.

    Each cast takes the variable's name and a default, which is returned as it is when the variable is not set. Without
    a default the variable is required. Values of the environment are never shown in an error.

    Example:
        >>> env = Env({"DEBUG": "on", "HOSTS": "a.example, b.example"})
        >>> env.bool("DEBUG"), env.list("HOSTS"), env.int("WORKERS", 2)
        (True, ['a.example', 'b.example'], 2)
    """

    def __init__(self, environ: builtins.dict[builtins.str, builtins.str] | None = None) -> None:
        self._environ = environ
        self._files: builtins.dict[builtins.str, builtins.str] = {}

    def read(
        self, path: builtins.str | os.PathLike[builtins.str] = ".env", *, required: builtins.bool = False
    ) -> builtins.dict[builtins.str, builtins.str]:
        """Read a `.env` file; its values answer for variables that the environment does not have.

        The process's environment is not changed, so a reloaded or child process reads the file anew.

        Args:
            path: the file.
            required: raise when the file does not exist; otherwise that is an empty file.

        Returns:
            What the file holds.

        Raises:
            ImproperlyConfigured: the file is required and missing, is not UTF-8 text, or has a line that is no assignment.
        """
        file = Path(path)
        try:
            values = parse_dotenv(file.read_text(encoding="utf-8"), str(file))
        except FileNotFoundError:
            if required:
                raise ImproperlyConfigured(
                    f"There is no {file.resolve()}. Create it, with one NAME=value a line."
                ) from None
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(
                f"{file} cannot be read: {type(error).__name__}: it must be a UTF-8 text file."
            ) from error
        self._files.update(values)
        return values

    def __contains__(self, name: object) -> builtins.bool:
        return name in self._current or name in self._files

    @overload
    def __call__(self, name: builtins.str) -> builtins.str: ...
    @overload
    def __call__(self, name: builtins.str, default: D) -> builtins.str | D: ...
    def __call__(self, name: builtins.str, default: Any = REQUIRED) -> Any:
        """Return a variable as the string it is."""
        return self._cast(name, default, str, "", "a string")

    str = __call__

    def secret(self, name: builtins.str, default: Any = REQUIRED) -> Secret:
        """Return a variable as a `Secret`, which hides itself in reprs and logs."""
        value = self._cast(name, default, Secret, Secret(""), "a secret")
        return Secret(value) if isinstance(value, str) else value

    @overload
    def bool(self, name: builtins.str) -> builtins.bool: ...
    @overload
    def bool(self, name: builtins.str, default: D) -> builtins.bool | D: ...
    def bool(self, name: builtins.str, default: Any = REQUIRED) -> Any:
        """Return True for 1, true, yes, on and False for 0, false, no, off and an empty value, in any case."""
        return self._cast(name, default, to_bool, False, "one of true, false, yes, no, on, off, 1, 0")

    @overload
    def int(self, name: builtins.str) -> builtins.int: ...
    @overload
    def int(self, name: builtins.str, default: D) -> builtins.int | D: ...
    def int(self, name: builtins.str, default: Any = REQUIRED) -> Any:
        """Return a whole number."""
        return self._cast(name, default, to_int, 0, "a whole number")

    @overload
    def float(self, name: builtins.str) -> builtins.float: ...
    @overload
    def float(self, name: builtins.str, default: D) -> builtins.float | D: ...
    def float(self, name: builtins.str, default: Any = REQUIRED) -> Any:
        """Return a number."""
        return self._cast(name, default, float, 0.0, "a number")

    @overload
    def decimal(self, name: builtins.str) -> Decimal: ...
    @overload
    def decimal(self, name: builtins.str, default: D) -> Decimal | D: ...
    def decimal(self, name: builtins.str, default: Any = REQUIRED) -> Any:
        """Return an exact decimal number."""
        return self._cast(name, default, Decimal, Decimal(0), "a decimal number")

    @overload
    def path(self, name: builtins.str) -> Path: ...
    @overload
    def path(self, name: builtins.str, default: D) -> Path | D: ...
    def path(self, name: builtins.str, default: Any = REQUIRED) -> Any:
        """Return a path; `~` is the home directory."""
        return self._cast(name, default, lambda text: Path(text).expanduser(), Path(), "a path")

    def list(
        self, name: builtins.str, default: Any = REQUIRED, *, cast: Callable[[builtins.str], Any] = builtins.str
    ) -> builtins.list[Any]:
        """Return the parts between commas, without the spaces around them; an empty value is an empty list.

        Args:
            name: the variable.
            default: returned when it is not set.
            cast: turns each part into a value, such as `int`.
        """
        return self._cast(name, default, lambda text: [cast(part) for part in split(text)], [], "values between commas")

    def dict(
        self, name: builtins.str, default: Any = REQUIRED, *, cast: Callable[[builtins.str], Any] = builtins.str
    ) -> builtins.dict[builtins.str, Any]:
        """Return "a=1,b=2" as a dict; `cast` turns each value into what it should be."""
        return self._cast(name, default, lambda text: to_dict(text, cast), {}, "pairs key=value between commas")

    def json(self, name: builtins.str, default: Any = REQUIRED) -> Any:
        """Return the value that a JSON text stands for."""
        return self._cast(name, default, json.loads, None, "a JSON text")

    @overload
    def choice(self, name: builtins.str, choices: Sequence[builtins.str]) -> builtins.str: ...
    @overload
    def choice(self, name: builtins.str, choices: Sequence[builtins.str], default: D) -> builtins.str | D: ...
    def choice(self, name: builtins.str, choices: Sequence[builtins.str], default: Any = REQUIRED) -> Any:
        """Return a variable that must be one of `choices`."""
        return self._cast(name, default, lambda text: choices[choices.index(text)], "", f"one of {', '.join(choices)}")

    def database(
        self, name: builtins.str = "DATABASE_URL", default: Any = REQUIRED
    ) -> builtins.dict[builtins.str, Any]:
        """Return a database URL as a value for DATABASES; a string as default is a URL too.

        Example:
            >>> Env({}).database(default="sqlite:///site.sqlite3")["NAME"]
            'site.sqlite3'
        """
        value = self._cast(name, default, lambda text: parse_database_url(text, source=name), {}, "")
        return parse_database_url(value, source=name) if isinstance(value, str) else value

    @property
    def _current(self) -> Any:
        return os.environ if self._environ is None else self._environ

    def _cast(
        self,
        name: builtins.str,
        default: Any,
        convert: Callable[[builtins.str], Any],
        empty: Any,
        expected: builtins.str,
    ) -> Any:
        text = self._current.get(name, self._files.get(name))
        if text is None:
            if default is not REQUIRED:
                return default
            known = [*self._files, *self._current]
            return self._fail(
                name,
                f"The environment variable {name} is not set. Set it, or add it to .env.{nearest(name, known)}",
                empty,
            )
        try:
            return convert(text)
        except ImproperlyConfigured as error:
            return self._fail(name, str(error), empty, error)
        except (ValueError, InvalidOperation) as error:
            source = ".env" if name not in self._current else "the environment"
            return self._fail(name, f"{name} in {source} must be {expected}, but its value is not.", empty, error)

    @staticmethod
    def _fail(name: builtins.str, message: builtins.str, empty: Any, cause: Exception | None = None) -> Any:
        if _collecting:
            _collecting[-1].append(Problem(name, message))
            return empty
        # The cause of a cast quotes the value, which may be a secret.
        raise ImproperlyConfigured(message) from (cause if isinstance(cause, ImproperlyConfigured) else None)


def split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def to_bool(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in TRUE or lowered in FALSE:
        return lowered in TRUE
    raise ValueError


def to_int(text: str) -> int:
    if len(text) > 40:
        raise ValueError
    return int(text)


def to_dict(text: str, cast: Callable[[str], Any]) -> dict[str, Any]:
    pairs = [part.partition("=") for part in split(text)]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError
    return {key.strip(): cast(value.strip()) for key, _, value in pairs}


env = Env()
"""The environment of this process, and what `env.read()` added to it."""
