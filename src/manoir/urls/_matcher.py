"""The compiled matcher: a tree of segments with typed branches, then the regular expressions, first match by order.

A route without parameters that nothing before it can match is found by one look into a dict. Any other path is split
once and walks the tree. Each node knows the lowest order below it, so a branch that could only give a later match is not
entered; all branches that could give an earlier one are, so the answer is the one a walk through the list would give.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from manoir.urls._converters import MAX_DIGITS
from manoir.urls._pattern import MAX_REGEX_PATH, Parameter, Token, regex_of
from manoir.urls._regex import may_match_slash

if TYPE_CHECKING:
    from manoir.urls._leaves import Leaf

Found: TypeAlias = "tuple[Leaf, tuple[Any, ...], dict[str, Any]]"
_Test: TypeAlias = "Callable[[str], tuple[str, ...] | None]"
_LAST = 1 << 60


class _Node:
    """What may follow a prefix of segments."""

    __slots__ = ("first", "leaves", "literals", "tails", "typed")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.typed: list[tuple[_Test, _Node]] = []
        self.tails: list[tuple[Leaf, _Test]] = []
        self.leaves: list[Leaf] = []
        self.first = _LAST


class Matcher:
    """Finds the leaf for a path.

    Args:
        leaves: the URLconf laid flat, in order.
    """

    def __init__(self, leaves: list[Leaf]) -> None:
        self._root = _Node()
        self._branches: dict[tuple[int, str], _Node] = {}
        self._expressions: list[Leaf] = []
        self._depth = 1
        for leaf in leaves:
            if leaf.tokens is None:
                self._expressions.append(leaf)
            else:
                self._add(leaf, split_segments(leaf.tokens))
        self._exact: dict[str, Leaf] = {}
        for leaf in leaves:
            if leaf.tokens is not None and not leaf.parameters:
                path = "".join(map(str, leaf.tokens))
                if path not in self._exact and self._is_first(leaf, path.split("/")):
                    self._exact[path] = leaf

    def _is_first(self, leaf: Leaf, segments: list[str]) -> bool:
        """Tell whether no leaf before `leaf`, whose route is the path of `segments`, may match that path."""
        if self._expressions and self._expressions[0].order < leaf.order:
            return False
        node: _Node = self._root
        for position, segment in enumerate(segments):
            if _may_match_before(leaf, node, segments[position:]):
                return False
            node = node.literals[segment]
        return not _may_match_before(leaf, node, []) and node.leaves[0] is leaf

    def _add(self, leaf: Leaf, segments: list[tuple[Token, ...]]) -> None:
        node = self._root
        self._depth = max(self._depth, len(segments))
        node.first = min(node.first, leaf.order)
        for position, segment in enumerate(segments):
            if any(isinstance(token, Parameter) and may_match_slash(token.converter.regex) for token in segment):
                node.tails.append((leaf, _tail_test(segments[position:])))
                return
            node = self._child(node, segment)
            node.first = min(node.first, leaf.order)
        node.leaves.append(leaf)

    def _child(self, node: _Node, segment: tuple[Token, ...]) -> _Node:
        if not any(isinstance(token, Parameter) for token in segment):
            return node.literals.setdefault("".join(map(str, segment)), _Node())
        key = (id(node), regex_of(segment, named=False))
        child = self._branches.get(key)
        if child is None:
            child = self._branches[key] = _Node()
            # The last declared first: the branches wait on a stack.
            node.typed.insert(0, (_segment_test(segment), child))
        return child

    def find(self, path: str) -> Found | None:
        """Return the first leaf that matches `path` (without its first slash), and the arguments of its view."""
        # hot path: benchmarks/urls.py
        leaf = self._exact.get(path)
        if leaf is not None:
            return leaf, (), {}
        segments = path.split("/", self._depth)
        end = len(segments)
        best: Found | None = None
        best_order = _LAST
        waiting: list[tuple[_Test, str, _Node, int, tuple[str, ...]]] = []
        node: _Node = self._root
        position = 0
        values: tuple[str, ...] = ()
        while True:
            if node.tails:
                for leaf, test in node.tails:
                    if leaf.order < best_order and (groups := test("/".join(segments[position:]))) is not None:
                        found = _convert(leaf, values + groups)
                        if found is not None:
                            best, best_order = found, leaf.order
            if position == end:
                for leaf in node.leaves:
                    if leaf.order >= best_order:
                        break
                    found = _convert(leaf, values)
                    if found is not None:
                        best, best_order = found, leaf.order
                        break
            else:
                segment = segments[position]
                position += 1
                # Tested only when nothing that was declared before has matched.
                for test, child in node.typed:
                    waiting.append((test, segment, child, position, values))
                following = node.literals.get(segment)
                if following is not None and following.first < best_order:
                    node = following
                    continue
            while waiting:
                test, segment, node, position, values = waiting.pop()
                if node.first < best_order and (groups := test(segment)) is not None:
                    values += groups
                    break
            else:
                break
        return self._find_expression(path, best, best_order) if self._expressions else best

    def _find_expression(self, path: str, best: Found | None, best_order: int) -> Found | None:
        for leaf in self._expressions:
            if leaf.order > best_order:
                break
            found = leaf.match(path)
            if found is not None:
                args, kwargs = found
                return leaf, args, kwargs
        return best


def _may_match_before(leaf: Leaf, node: _Node, segments: list[str]) -> bool:
    rest = "/".join(segments)
    return any(tail.order < leaf.order and test(rest) is not None for tail, test in node.tails) or any(
        child.first < leaf.order and test(segments[0]) is not None for test, child in node.typed if segments
    )


def _convert(leaf: Leaf, values: tuple[str, ...]) -> Found | None:
    kwargs: dict[str, Any] = {}
    try:
        for (name, cast), value in zip(leaf.casts, values):  # noqa: B905 - one value for each parameter, always
            kwargs[name] = value if cast is None else cast(value)
    except ValueError:
        return None
    return leaf, (), kwargs


def split_segments(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Group tokens by the slashes between them.

    Example:
        >>> split_segments(("a/b", "-", "c/"))
        [('a',), ('b', '-', 'c'), ()]
    """
    segments: list[list[Token]] = [[]]
    for token in tokens:
        if not isinstance(token, str):
            segments[-1].append(token)
            continue
        first, *others = token.split("/")
        if first:
            segments[-1].append(first)
        for text in others:
            segments.append([text] if text else [])
    return [tuple(segment) for segment in segments]


# -- tests of one segment, or of all that is left; they return the values of the parameters, None for no match --------


def _segment_test(segment: tuple[Token, ...]) -> _Test:
    if len(segment) == 1 and isinstance(segment[0], Parameter):
        regex = segment[0].converter.regex
        if regex == "[0-9]+":
            return _is_number
        if regex == "[^/]+":
            return _is_text
    return _expression_test(regex_of(segment, named=False))


def _is_number(text: str) -> tuple[str, ...] | None:
    return (text,) if text.isdecimal() and text.isascii() and len(text) <= MAX_DIGITS else None


def _is_text(text: str) -> tuple[str, ...] | None:
    return (text,) if text else None


def _expression_test(expression: str) -> _Test:
    fullmatch = re.compile(expression).fullmatch

    def test(text: str) -> tuple[str, ...] | None:
        if len(text) > MAX_REGEX_PATH:
            return None
        found = fullmatch(text)
        return found.groups() if found else None

    return test


def _tail_test(segments: list[tuple[Token, ...]]) -> _Test:
    if len(segments) == 1 and len(segments[0]) == 1:
        token = segments[0][0]
        if isinstance(token, Parameter) and token.converter.regex == ".+":
            return lambda text: (text,) if text and "\n" not in text else None
    return _expression_test("/".join(regex_of(segment, named=False) for segment in segments))
