"""Template loaders, at the paths that the `loaders` option names: `filesystem`, `app_directories`, `locmem`, `cached`."""

from __future__ import annotations

from manoir.templates._loader import Loader, Origin

__all__ = ["Loader", "Origin"]
