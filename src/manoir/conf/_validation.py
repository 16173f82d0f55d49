"""Checking the settings at start: types of all known names, then the rules of single settings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from manoir.conf._defaults import known_settings, setting_types
from manoir.conf._problems import Problem
from manoir.conf._rules import RULES
from manoir.conf._types import describe_type, describe_value, mismatch

MAX_EDITS = 2

REMOVED = {
    "DEFAULT_FILE_STORAGE": "Say it in STORAGES['default'].",
    "STATICFILES_STORAGE": "Say it in STORAGES['staticfiles'].",
    "TEMPLATE_DIRS": "Say it in TEMPLATES[0]['DIRS'].",
    "MIDDLEWARE_CLASSES": "Rename it to MIDDLEWARE.",
    "PASSWORD_RESET_TIMEOUT_DAYS": "Use PASSWORD_RESET_TIMEOUT, in seconds.",
}

REMEDIES = {
    "DEBUG": 'env.bool("DEBUG", False) reads it from the environment.',
    "ALLOWED_HOSTS": "Write ['example.com'].",
    "INSTALLED_APPS": "Write ['shop'].",
    "DATABASES": "Write {'default': env.database()} or {'default': {'ENGINE': 'manoir.db.sqlite', 'NAME': 'site.sqlite3'}}.",
    "TEMPLATES": "Write [{'BACKEND': 'manoir.templates.Engine', 'APP_DIRS': True}].",
}


def find_problems(values: Mapping[str, Any], explicit: Collection[str]) -> list[Problem]:
    """Return everything that is wrong with the settings.

    Args:
        values: all settings, defaults included.
        explicit: names that the project defines itself.
    """
    wrong_types = {problem.name: problem for problem in type_problems(values, explicit)}
    removed = [
        Problem(name, f"{name} is no setting of manoir any more. {advice}")
        for name, advice in REMOVED.items()
        if name in explicit
    ]
    ruled = [
        problem
        for rule in RULES
        if not any(name in wrong_types for name in rule.settings)
        for problem in rule.find(values)
    ]
    return [*wrong_types.values(), *removed, *ruled]


def type_problems(values: Mapping[str, Any], explicit: Collection[str]) -> Iterator[Problem]:
    """Find settings whose value does not have the declared type."""
    kinds = setting_types()
    for name in sorted(explicit):
        if name not in kinds:
            continue
        wrong = mismatch(values[name], kinds[name])
        if wrong is not None:
            path, value, kind = wrong
            text = f"{name}{path} must be {describe_type(kind)}, not {describe_value(value, name)}."
            yield Problem(name, f"{text} {REMEDIES.get(name, '')}".strip())


def near_misses(explicit: Collection[str]) -> list[tuple[str, str]]:
    """Return pairs of a name that manoir does not know and the known setting within two edits of it."""
    known = known_settings()
    pairs: list[tuple[str, str]] = []
    for name in sorted(set(explicit) - known):
        found = min(
            ((edits(name, other), other) for other in known if abs(len(other) - len(name)) <= MAX_EDITS), default=None
        )
        # Two edits turn any name of three letters into any other.
        if found is not None and found[0] <= min(MAX_EDITS, len(name) // 2):
            pairs.append((name, found[1]))
    return pairs


def edits(left: str, right: str) -> int:
    """Count the letters to insert, remove, replace or swap with their neighbour to get from one name to the other.

    More than two count as three.
    """
    if abs(len(left) - len(right)) > MAX_EDITS:
        return MAX_EDITS + 1
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        current = [row]
        for column, other in enumerate(right, 1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > MAX_EDITS:
            return MAX_EDITS + 1
        before, previous = previous, current
    return previous[-1]
