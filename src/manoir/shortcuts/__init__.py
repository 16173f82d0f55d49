"""The door to what views use most: rendering a template, redirecting, and finding objects or answering 404.

- `_render.py`: `render`, `arender`
- `_redirect.py`: `redirect`, `resolve_url`
- `_objects.py`: `get_object_or_404`, `get_list_or_404` and their awaitable twins
"""

from __future__ import annotations

from manoir.shortcuts._objects import aget_list_or_404, aget_object_or_404, get_list_or_404, get_object_or_404
from manoir.shortcuts._redirect import redirect, resolve_url
from manoir.shortcuts._render import arender, render

__all__ = [
    "aget_list_or_404",
    "aget_object_or_404",
    "arender",
    "get_list_or_404",
    "get_object_or_404",
    "redirect",
    "render",
    "resolve_url",
]
