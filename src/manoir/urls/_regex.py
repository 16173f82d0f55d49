"""Regular expressions of routes, read as trees: may they be slow, may they cross a slash, how do they turn back to text.

Python's own parser of regular expressions (`re._parser`) gives the tree; this is the one module that touches it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

MAX_FORMS = 32
"""Spellings of one expression that `reverse()` tries: each optional part doubles them."""

_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
_LOOKS = (ops.AT, ops.ASSERT, ops.ASSERT_NOT)


@dataclass(frozen=True, slots=True)
class Group:
    """A captured part of a spelling: named, or the `index`-th."""

    name: str | None
    index: int


Form = tuple["str | Group", ...]


def parse(pattern: str) -> Any:
    """Return the tree of a regular expression."""
    return sre.parse(pattern)


# -- slow expressions -------------------------------------------------------------------------------------------------


def has_nested_quantifiers(pattern: str) -> bool:
    """Return whether an unlimited repeat holds another one, as in `(a+)+`: such expressions can take exponential time.

    Example:
        >>> has_nested_quantifiers(r"^(a+)+$"), has_nested_quantifiers(r"^[a-z]+/[0-9]+/$")
        (True, False)
    """
    return _nested(parse(pattern), inside=False)


def _nested(tree: Any, *, inside: bool) -> bool:
    for op, argument in tree:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            low, high, body = argument
            unlimited = high is ops.MAXREPEAT or high - low > 10
            # `(?:/[a-z]+)*` is harmless, but to know that takes the whole grammar, so nothing is excused.
            if unlimited and inside:
                return True
            if _nested(body, inside=inside or unlimited):
                return True
        elif any(_nested(body, inside=inside) for body in _bodies(op, argument)):
            return True
    return False


def _bodies(op: Any, argument: Any) -> list[Any]:
    """Return the trees below one node."""
    if op is ops.SUBPATTERN:
        return [argument[-1]]
    if op is ops.BRANCH:
        return list(argument[1])
    if op in _REPEATS:
        return [argument[2]]
    if op in (ops.ASSERT, ops.ASSERT_NOT):
        return [argument[1]]
    if op is ops.ATOMIC_GROUP:
        return [argument]
    if op is ops.GROUPREF_EXISTS:
        return [body for body in argument[1:] if body is not None]
    return []


# -- slashes ----------------------------------------------------------------------------------------------------------


def may_match_slash(pattern: str) -> bool:
    """Return whether a converter's expression could match a slash; True when in doubt.

    Example:
        >>> may_match_slash("[0-9]{4}"), may_match_slash("[^/]+"), may_match_slash(".+")
        (False, False, True)
    """
    return any(_slash(op, argument) for op, argument in parse(pattern))


def _slash(op: Any, argument: Any) -> bool:
    if op is ops.LITERAL:
        return argument == ord("/")
    if op is ops.NOT_LITERAL:
        return argument != ord("/")
    if op is ops.IN:
        return _class_has_slash(argument)
    if op in _LOOKS:
        return False
    bodies = _bodies(op, argument)
    # ANY, GROUPREF and whatever a later Python adds count as "could be".
    return not bodies or any(_slash(*node) for body in bodies for node in body)


def _class_has_slash(members: Any) -> bool:
    slash = ord("/")
    negated = bool(members) and members[0][0] is ops.NEGATE
    hit = False
    for op, argument in members[1:] if negated else members:
        if op is ops.LITERAL:
            hit = hit or argument == slash
        elif op is ops.RANGE:
            hit = hit or argument[0] <= slash <= argument[1]
        elif op is ops.CATEGORY:
            hit = hit or argument in (ops.CATEGORY_NOT_DIGIT, ops.CATEGORY_NOT_SPACE, ops.CATEGORY_NOT_WORD)
    return not hit if negated else hit


# -- back to text -----------------------------------------------------------------------------------------------------


def spellings(pattern: str) -> list[Form]:
    """Return the texts, with groups left open, that an expression can stand for; the shortest repeats, all options.

    Of a class the first character is taken, `*` and `?` are tried with none and one, alternatives one by one.

    Example:
        >>> spellings(r"^a(?P<n>[0-9]+)b$")
        [('a', Group(name='n', index=1), 'b')]
    """
    tree = parse(pattern)
    names = {index: name for name, index in tree.state.groupdict.items()}
    return [_joined(form) for form in _forms(tree, names)[:MAX_FORMS]]


def _joined(form: list[str | Group]) -> Form:
    joined: list[str | Group] = []
    for part in form:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def _forms(tree: Any, names: dict[int, str]) -> list[list[str | Group]]:
    forms: list[list[str | Group]] = [[]]
    for op, argument in tree:
        options = _options(op, argument, names)
        forms = [left + right for left, right in product(forms, options)][:MAX_FORMS]
    return forms


def _options(op: Any, argument: Any, names: dict[int, str]) -> list[list[str | Group]]:
    if op is ops.LITERAL:
        return [[chr(argument)]]
    if op is ops.IN:
        return [[_first_of(argument)]]
    if op is ops.ANY or op is ops.NOT_LITERAL:
        return [["."]]
    if op is ops.SUBPATTERN:
        index = argument[0]
        return _forms(argument[-1], names) if index is None else [[Group(names.get(index), index)]]
    if op is ops.BRANCH:
        return [form for body in argument[1] for form in _forms(body, names)][:MAX_FORMS]
    if op in _REPEATS:
        low, _, body = argument
        once = [form * max(low, 1) for form in _forms(body, names)]
        return once if low else [[], *once]
    if op is ops.ATOMIC_GROUP:
        return _forms(argument, names)
    return [[]]


def _first_of(members: Any) -> str:
    op, argument = members[0]
    if op is ops.LITERAL:
        return chr(argument)
    if op is ops.RANGE:
        return chr(argument[0])
    if op is ops.CATEGORY:
        return {ops.CATEGORY_DIGIT: "0", ops.CATEGORY_SPACE: " ", ops.CATEGORY_WORD: "x"}.get(argument, ".")
    return "."


def literal_prefix(pattern: str) -> str:
    """Return the text every match of an expression anchored at its start begins with; "" when it is not anchored.

    Example:
        >>> literal_prefix(r"^blog/(?P<year>[0-9]{4})/$")
        'blog/'
    """
    tree = list(parse(pattern))
    if not tree or tree[0] != (ops.AT, ops.AT_BEGINNING) or re.compile(pattern).flags & (re.IGNORECASE | re.MULTILINE):
        return ""
    prefix = ""
    for op, argument in tree[1:]:
        if op is not ops.LITERAL:
            break
        prefix += chr(argument)
    return prefix
