"""Configuration problems: collected one by one, reported together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from manoir.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in the configuration.

    Attributes:
        name: the setting or environment variable it is about.
        message: what is wrong, where, and what to do; whole sentences.
        cause: the exception behind it, when code of the project raised one.
    """

    name: str
    message: str
    cause: Exception | None = None


def report(problems: Sequence[Problem], where: str) -> ImproperlyConfigured:
    """Return one error that lists all problems.

    Args:
        problems: at least one.
        where: the settings module with its file, as people know it.
    """
    if len(problems) == 1:
        error = ImproperlyConfigured(f"{problems[0].message} (in {where})")
    else:
        lines = [f"{len(problems)} problems in {where}:"]
        lines += [f"  {number}. {problem.message}" for number, problem in enumerate(problems, 1)]
        error = ImproperlyConfigured("\n".join(lines))
    error.__cause__ = next((problem.cause for problem in problems if problem.cause is not None), None)
    return error
