"""Content-Disposition: one builder, so that a file name can never start a parameter of its own (RFC 6266, RFC 8187)."""

from __future__ import annotations

from urllib.parse import quote

from manoir.http._files import safe_file_name


def content_disposition_header(as_attachment: bool, filename: str) -> str | None:
    r"""Return the value of Content-Disposition for a file.

    Only the last part of `filename` is sent. Quotes and backslashes are escaped, controls dropped, characters outside
    ASCII sent in the extended form beside an ASCII one.

    Args:
        as_attachment: ask the browser to save the file instead of showing it.
        filename: its name; "" for none.

    Returns:
        The value, None when there is nothing to say.

    Example:
        >>> content_disposition_header(True, 'a"b.txt')
        'attachment; filename="a\\"b.txt"'
        >>> content_disposition_header(False, "naïve.txt")
        "inline; filename*=utf-8''na%C3%AFve.txt"
    """
    name = safe_file_name(filename) if filename else ""
    if not name:
        return "attachment" if as_attachment else None
    kind = "attachment" if as_attachment else "inline"
    if name.isascii():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'{kind}; filename="{escaped}"'
    return f"{kind}; filename*=utf-8''{quote(name, safe='', errors='replace')}"
