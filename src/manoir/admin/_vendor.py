"""Files of other packages that the admin's pages load; none is copied into this one."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

HTMX = "admin/htmx.min.js"


def static_files() -> dict[str, Path]:
    """Return path below STATIC_URL and file of htmx; nothing where its package is missing.

    Without it every page works as it does without scripting: by links and forms.
    """
    spec = find_spec("js_lib_htmx")
    if spec is None or not spec.submodule_search_locations:
        return {}
    file = Path(next(iter(spec.submodule_search_locations))) / "static" / "htmx" / "htmx.min.js"
    return {HTMX: file} if file.is_file() else {}
