"""Links out of plain text: word by word, each word once."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from manoir.templates._html import words
from manoir.templates._safe import SafeString, escape, format_html

MAX_URL_LENGTH = 2_048
OPENERS = {")": "(", "]": "["}
TRAILING = ".,:;!?\"'"
DOMAIN_ENDINGS = (".com", ".edu", ".gov", ".int", ".mil", ".net", ".org")
EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63}){1,10}")


def urlize(
    text: object,
    trim_url_limit: int | None = None,
    nofollow: bool = False,
    autoescape: bool = False,
    assume_https: bool = True,
) -> SafeString:
    """Turn URLs and mail addresses in plain text into links.

    Args:
        text: the text; safe text is taken as escaped already.
        trim_url_limit: longest shown text of a link; None shows all of it.
        nofollow: add `rel="nofollow"`.
        autoescape: escape what is not safe.
        assume_https: scheme of links that name none.

    Returns:
        Safe HTML if `autoescape` is on or the text was safe.

    Example:
        >>> urlize("see www.example.com.", autoescape=True)
        Markup('see <a href="https://www.example.com">www.example.com</a>.')
    """
    safe_input = isinstance(text, SafeString)
    out: list[str] = []
    for is_word, piece in words(str(text)):
        linked = (
            link(unescape(piece) if safe_input else piece, trim_url_limit, nofollow, assume_https) if is_word else None
        )
        if linked is not None:
            out.append(linked)
        else:
            out.append(str(escape(piece)) if autoescape and not safe_input else piece)
    return SafeString("".join(out))


def link(word: str, limit: int | None, nofollow: bool, assume_https: bool) -> str | None:
    """Return a word as a link with the punctuation around it, None when it is no address."""
    if len(word) > MAX_URL_LENGTH or not ("." in word or "@" in word or ":" in word):
        return None
    start, end = trim(word)
    middle = word[start:end]
    url = address(middle, assume_https)
    if url is None:
        return None
    shown = middle if limit is None or len(middle) <= limit else middle[: max(limit - 1, 0)] + "…"
    rel = SafeString(' rel="nofollow"') if nofollow and not url.startswith("mailto:") else ""
    return str(format_html('{}<a href="{}"{}>{}</a>{}', word[:start], url, rel, shown, word[end:]))


def trim(word: str) -> tuple[int, int]:
    """Return where an address in a word may begin and end, without quotes, stops and unmatched brackets around it."""
    start, end = 0, len(word)
    while start < end and word[start] in "([<\"'":
        start += 1
    unmatched = {closer: word.count(closer, start) - word.count(opener, start) for closer, opener in OPENERS.items()}
    while end > start:
        last = word[end - 1]
        if last in TRAILING or last == ">":
            end -= 1
        elif unmatched.get(last, 0) > 0:
            unmatched[last] -= 1
            end -= 1
        else:
            break
    return start, end


def address(text: str, assume_https: bool) -> str | None:
    """Return the URL that a piece of text stands for, None when it is none. Only http, https and mailto come out."""
    lower = text[:8].lower()
    if lower.startswith(("http://", "https://")):
        return smart_quote(text) if len(text) > len("https://") - lower.startswith("http://") else None
    if "://" in text:
        return None
    scheme = "https" if assume_https else "http"
    if lower.startswith("www.") and len(text) > 4:
        return smart_quote(f"{scheme}://{text}")
    if "@" not in text and ":" not in text.partition("/")[0]:
        host = re.split("[/?#]", text, maxsplit=1)[0].lower()
        if host.endswith(DOMAIN_ENDINGS) and re.fullmatch(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,20}", host):
            return smart_quote(f"{scheme}://{text}")
        return None
    if EMAIL.fullmatch(text):
        local, _, domain = text.rpartition("@")
        return f"mailto:{quote(local)}@{punycode(domain)}"
    return None


def punycode(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return quote(domain)


def smart_quote(url: str) -> str:
    """Quote what a URL may not hold, leaving quoted parts as they are."""
    try:
        scheme, host, path, query, fragment = urlsplit(url)
        host = host if host.isascii() else punycode(host)
    except ValueError:
        return quote(unquote(url), safe="!*'();:@&=+$,/?#[]~")
    requote: Callable[[str], str] = lambda part: quote(part, safe="!*'();:@&=+$,/?#[]~%")  # noqa: E731
    return urlunsplit((scheme, requote(host), requote(path), requote(query), requote(fragment)))
