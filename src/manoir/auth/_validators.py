"""Which characters usernames may have."""

from __future__ import annotations

import re

from manoir.validators import RegexValidator, deconstructible


@deconstructible(path="manoir.auth.UnicodeUsernameValidator")
class UnicodeUsernameValidator(RegexValidator):
    """Allows letters and digits of all scripts, and @ . + - _ in a username.

    Example:
        >>> UnicodeUsernameValidator()("jürgen.99")
    """

    regex = r"\A[\w.@+-]+\Z"
    message = "A username has letters, digits and the characters @ . + - _ only."


@deconstructible(path="manoir.auth.ASCIIUsernameValidator")
class ASCIIUsernameValidator(RegexValidator):
    """Allows letters and digits of ASCII, and @ . + - _ in a username.

    Example:
        >>> ASCIIUsernameValidator()("ada")
    """

    regex = r"\A[\w.@+-]+\Z"
    message = "A username has letters from A to Z, digits and the characters @ . + - _ only."
    flags = re.ASCII
