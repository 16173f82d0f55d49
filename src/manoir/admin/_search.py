"""The search box: words, each of which must be found in one of the search fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from manoir import models
from manoir.exceptions import FieldDoesNotExist, FieldTypeError, ImproperlyConfigured, ValidationError
from manoir.models import Q, QuerySet

LONGEST_SEARCH = 200
"""Characters of a search that are looked at."""
MOST_WORDS = 12
"""Words of a search that are looked at."""

PREFIXES = {"^": "istartswith", "=": "iexact", "@": "icontains"}
"""`@` means whole words to a full-text index; the databases here have none by themselves, so it finds parts."""

WORD = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)""")


def words_in(term: str) -> list[str]:
    r"""Divide what was typed into words; quotes keep several together.

    Example:
        >>> words_in('war "and peace" tolstoy')
        ['war', 'and peace', 'tolstoy']
    """
    term = term[:LONGEST_SEARCH].replace("\x00", "")
    found: list[str] = []
    for match in WORD.finditer(term):
        quoted = match[1] if match[1] is not None else match[2]
        found.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match[3])
    return [word for word in found if word][:MOST_WORDS]


def search(queryset: QuerySet[Any, Any], search_fields: Iterable[str], term: str) -> tuple[Any, bool]:
    """Return the rows in which all words are found, and whether rows may come twice.

    Args:
        queryset: the rows.
        search_fields: names with an optional prefix or lookup.
        term: what was typed.

    Raises:
        ImproperlyConfigured: a search field does not exist, or is a secret.
    """
    words, targets = words_in(term), [Target.of(queryset.model, name) for name in search_fields]
    if not words or not targets:
        return queryset, False
    every = Q()
    for word in words:
        conditions = [Q(**{target.lookup: value}) for target in targets if (value := target.value(word)) is not None]
        if not conditions:
            return queryset.none(), False
        every &= any_of(conditions)
    return queryset.filter(every), any(target.many for target in targets)


def any_of(conditions: Sequence[Q]) -> Q:
    return Q.create(conditions, Q.OR)


class Target:
    """One search field.

    Attributes:
        lookup: what `filter()` takes.
        many: whether the way to it crosses a relation to many rows.
    """

    def __init__(self, lookup: str, field: Any, many: bool) -> None:
        self.lookup = lookup
        self.field = field
        self.many = many

    @classmethod
    def of(cls, model: Any, name: str) -> Target:
        """Read a name of `search_fields`."""
        prefix, path = (name[0], name[1:]) if name[:1] in PREFIXES else ("", name)
        field, rest, many = walk(model, path)
        if field is None:
            raise ImproperlyConfigured(f"search_fields: {model.__name__} has nothing called {path!r}.")
        if getattr(field, "secret", False):
            raise ImproperlyConfigured(f"search_fields: {path!r} is a secret, which nobody may search.")
        text = isinstance(field, (models.CharField, models.TextField))
        if prefix:
            return cls(f"{path}__{PREFIXES[prefix] if text else 'exact'}", None if text else field, many)
        if rest:
            return cls(path, field if rest == ["exact"] and not text else None, many)
        # A number is found when it is equal: a part of it would need every row to be turned into text.
        return cls(f"{path}__icontains", None, many) if text else cls(f"{path}__exact", field, many)

    def value(self, word: str) -> Any:
        """Return what is looked for; None where the word cannot be a value of the field."""
        if self.field is None:
            return word
        field = self.field.target_field if self.field.is_relation else self.field
        try:
            return field.to_python(word)
        except (ValidationError, FieldTypeError, ValueError, TypeError, OverflowError):
            return None


def walk(model: Any, path: str) -> tuple[Any, list[str], bool]:
    """Follow a path: return the field it leads to, what is left behind it, and whether a relation to many is crossed."""
    field, many, parts = None, False, path.split("__")
    for position, part in enumerate(parts):
        if field is not None and not field.is_relation:
            return field, parts[position:], many
        try:
            found = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            return field, parts[position:], many
        field = found
        if field.is_relation:
            many = many or field.many_to_many or field.one_to_many
            model = field.related_model
    return field, [], many
