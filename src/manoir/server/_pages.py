"""Pages of manoir itself: plain error pages, the debug pages, the welcome page.

They are templates of this package, rendered by an engine of their own whose autoescape cannot be switched off, and run
under a policy that allows nothing but their own style.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import Any

from manoir.http import HttpResponse
from manoir.templates import Engine

PAGES = Path(__file__).parent / "pages"


@cache
def pages_engine() -> Engine:
    """Return the engine of manoir's own pages, independent of TEMPLATES."""
    return Engine(dirs=[PAGES], debug=False, name="manoir-pages")


def render_own(name: str, context: dict[str, Any], status: int) -> HttpResponse:
    """Render one of manoir's own pages with a nonce for its style."""
    nonce = secrets.token_urlsafe(16)
    content = pages_engine().get_template(name).render({**context, "nonce": nonce})
    # Values of a program may hold halves of characters, which no encoding has.
    response = HttpResponse(content.encode("utf-8", "backslashreplace"), status=status)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self' data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


FAVICON = (PAGES / "favicon.svg").read_text(encoding="utf-8")
"""The picture that browsers ask for, as long as a project has none of its own."""


def render_favicon() -> HttpResponse:
    """Answer a browser's question for a picture, while developing a project that has none yet."""
    response = HttpResponse(FAVICON, content_type="image/svg+xml")
    response.headers["Cache-Control"] = "max-age=3600"
    return response


def render_page(status: int, title: str, message: str) -> HttpResponse:
    """Render the plain page of a status: a title, a sentence, nothing of the request."""
    return render_own("error.html", {"status": status, "title": title, "message": message}, status)
