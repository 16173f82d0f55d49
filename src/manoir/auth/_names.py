"""Names as people read them: without case, and with letters that look alike taken for each other (C15).

Unicode's own table of confusable characters (UTS 39) has thousands of entries and no well-kept library in Python. This
module knows the letters of Cyrillic, Greek and Armenian that look like Latin ones, which is what such attacks are made
of. It does not know lookalikes within a script (l and I, rn and m) or of other scripts.
"""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST_NAME: Final = 320
"""Longest part of a name that is looked at; longer ones are refused elsewhere."""

LOOKALIKE_SCRIPTS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "COPTIC", "CHEROKEE", "LISU"})
"""Scripts that no real name mixes, and that share shapes."""

SHAPES: Final[dict[str, tuple[str, str]]] = {
    "CYRILLIC": (
        "abcdehijklmopqstyxvwhzrnuw",
        "\u0430\u0432\u0441\u0501\u0435\u04bb\u0456\u0458\u043a\u04cf\u043c\u043e\u0440\u051b\u0455\u0442\u0443\u0445\u0475\u051d\u043d\u0437\u0433\u043f\u0438\u0448",
    ),
    "GREEK": (
        "abeznikvoptuxywu",
        "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03b3\u03c9\u03bc",
    ),
    "ARMENIAN": (
        "ounhfqgjwl",
        "\u0585\u057d\u0578\u0570\u0584\u0566\u0581\u0575\u0561\u056c",
    ),
}
"""By script: Latin letters, and beside each the small letter that looks like it, or whose capital does."""

TO_LATIN: Final = {ord(own): latin for pair in SHAPES.values() for latin, own in zip(*pair, strict=True)}
FROM_LATIN: Final = [
    {ord(latin): own for latin, own in reversed(list(zip(*pair, strict=True)))} for pair in SHAPES.values()
]


def folded(name: str) -> str:
    """Return a name in the form in which two names are compared: NFKC, without case; long ones are cut."""
    return unicodedata.normalize("NFKC", name[:LONGEST_NAME]).casefold()


def scripts_of(word: str) -> set[str]:
    """Return the scripts of a word's letters, by their names in Unicode, as far as they share shapes."""
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in word if character.isalpha()}
    return scripts & LOOKALIKE_SCRIPTS


def mixes_scripts(name: str) -> bool:
    r"""Tell whether a name has letters of several scripts that share shapes, as no real name has.

    Of an address the part before the @ and each label of the domain are looked at by themselves.

    Example:
        >>> mixes_scripts("ada"), mixes_scripts("\N{CYRILLIC SMALL LETTER A}da")
        (False, True)
    """
    local, at, domain = name[:LONGEST_NAME].rpartition("@")
    words = [local, *domain.split(".")] if at else [domain]
    return any(len(scripts_of(word)) > 1 for word in words)


def latin_shape(name: str) -> str:
    """Return a folded name with each letter that looks like a Latin one replaced by that."""
    return name.translate(TO_LATIN)


def shapes_of(latin: str) -> set[str]:
    """Return a Latin name as other scripts would write its shape."""
    return {latin.translate(table) for table in FROM_LATIN}
