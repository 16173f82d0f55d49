"""The interactive page of a description: Swagger UI out of a package, started by a script file, under a nonce policy."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from manoir.rest._browsable import engine
from manoir.rest._renderer import BaseRenderer
from manoir.security import get_token

ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "docs.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
}
"""The files of the page with their media types: a closed list, so that a name out of a request is never a path."""

OWN = Path(__file__).parent / "static" / "rest"


@cache
def vendor_folder() -> Path | None:
    """Return the folder of Swagger UI's files in the package that carries them; None where it is not installed."""
    found = importlib.util.find_spec("swagger_ui")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "static"
    return folder if (folder / "swagger-ui-bundle.js").exists() else None


def asset_path(name: str) -> Path | None:
    """Return where a file of the page lies; None for any other name."""
    if name not in ASSETS:
        return None
    if name.startswith("docs."):
        return OWN / name
    folder = vendor_folder()
    return None if folder is None else folder / name


class DocsRenderer(BaseRenderer):
    """Shows a description as a page on which each operation can be tried."""

    media_type = "text/html"
    format = "html"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: dict[str, Any] | None = None
    ) -> str:
        """Return the page; without the package `swagger-ui-py` one that says how to get it."""
        context = renderer_context or {}
        request, response = context["request"], context["response"]
        nonce = request._request.csp_nonce
        variables = {
            "title": data.get("info", {}).get("title", "API") if isinstance(data, dict) else "API",
            "error": data.get("detail", "") if response.exception and isinstance(data, dict) else "",
            "installed": vendor_folder() is not None,
            "path": request._request.path,
            "token": get_token(request._request),
            "nonce": nonce,
        }
        response["Content-Security-Policy"] = policy_of(nonce)
        response["Cache-Control"] = "no-store"
        return engine().get_template("rest/docs.html").render(variables)


def policy_of(nonce: str) -> str:
    """Return the policy of the page: its own scripts and styles, and requests to this site."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
