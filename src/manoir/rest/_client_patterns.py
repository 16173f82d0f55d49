"""Regular expressions that clients send, cut to what both databases read alike and answer soon (H56).

SQLite matches them row by row in this process, by an engine that goes back over the text for each way to read it and that
nobody can stop: one pattern such as `(a+)+$` would keep the process busy for hours. So a repeat stands behind one character,
and repeats and branches are few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from manoir.exceptions import ParseError

MOST_REPEATS = 1
"""One more behind a leading `^`, where nothing is tried at each place of the text: both take time by its square at most."""
MOST_BRANCHES = 4
MOST_TIMES = 255
"""What PostgreSQL takes."""
PATTERN_LOOKUPS = frozenset({"regex", "iregex"})
"""Look-ups whose value is a regular expression."""

_IN_CLASS = r"[^\[\]\\^&|~-]"  # Python means to read `&&`, `||` and `~~` as operations on sets one day
_TOKEN = re.compile(
    r"(?P<repeat>[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})"
    rf"|(?P<one>\[\^?-?(?:{_IN_CLASS}(?:-{_IN_CLASS})?)++-?\]|\\[dwsDWS]|\\[ !-/:-@\[-`{{-~]|[^\\\[\](){{}}*+?|^$])"
    r"|(?P<branch>\|)|(?P<place>[()^$])",
    re.DOTALL,
)


def client_pattern(text: str) -> str:
    r"""Return a regular expression that a client sent, as it is.

    Args:
        text: the expression: characters, `.`, `^`, `$`, classes (`[a-z]`, `\d`, `\w`, `\s`), groups, at most four `|`, and
            at most one of `*`, `+`, `?` and `{2,5}` (two behind a leading `^`), each behind a single character or class.

    Raises:
        ParseError: it is none, or one that is not taken.

    Example:
        >>> client_pattern(r"^(dune|emma) [0-9]+")
        '^(dune|emma) [0-9]+'
    """
    repeats, branches, before = 0, 0, ""
    for kind, token in tokens(text):
        if kind == "repeat" and before != "one":
            raise refusal(text, f"{token!r} does not stand behind a single character or class")
        if kind == "repeat":
            times = [int(number) for number in re.findall("[0-9]+", token)]
            if max(times, default=0) > MOST_TIMES:
                raise refusal(text, f"{token!r} repeats more than {MOST_TIMES} times")
            repeats += not times or "," in token
        branches += kind == "branch"
        before = kind
    most = MOST_REPEATS + (text.startswith("^") and not branches)
    if repeats > most or branches > MOST_BRANCHES:
        raise refusal(text, f"it has {repeats} repeats ({most} are taken), or more than {MOST_BRANCHES} branches")
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise refusal(text, str(error)) from None
    return text


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield the pieces of an expression, each with its kind."""
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise refusal(text, f"{text[position : position + 8]!r} is not taken")
        yield str(match.lastgroup), match[0]
        position = match.end()


def refusal(text: str, why: str) -> ParseError:
    return ParseError(f"{text[:40]!r} is no regular expression that is taken here: {why}.")
