"""Names as people type them: without accents and in lower case."""

import unicodedata


def fold(text: str) -> str:
    """Return `text` without accents, in lower case: `fold("São Paulo")` is "sao paulo"."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()[:100]
