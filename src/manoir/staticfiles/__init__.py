"""The door to static files: styles, scripts and images that belong to the code, not to visitors.

- `_finders.py`: where files of apps and of the project are found
- `_manifest.py`, `_references.py`: names with hashes of the content; `_compressed.py`: compressed copies
- `_storage.py`: where `collectstatic` gathers them, and their URLs: `static("shop/style.css")`
- `_serving.py`: answers below STATIC_URL, in front of the middleware, for `runserver`, `serve` and live tests
- `_checks.py`: settings that cannot work
- `templatetags/static.py`: `{% static %}`; `management/commands/`: `collectstatic`, `findstatic`
"""

from __future__ import annotations

from manoir.staticfiles._compressed import CompressedManifestStaticFilesStorage, CompressedStaticFilesStorage
from manoir.staticfiles._finders import AppDirectoriesFinder, BaseFinder, FileSystemFinder, find, get_finders
from manoir.staticfiles._manifest import ManifestFilesMixin, ManifestStaticFilesStorage
from manoir.staticfiles._serving import StaticFilesHandler
from manoir.staticfiles._storage import StaticFilesStorage, static

__all__ = [
    "AppDirectoriesFinder",
    "BaseFinder",
    "CompressedManifestStaticFilesStorage",
    "CompressedStaticFilesStorage",
    "FileSystemFinder",
    "ManifestFilesMixin",
    "ManifestStaticFilesStorage",
    "StaticFilesHandler",
    "StaticFilesStorage",
    "find",
    "get_finders",
    "static",
]
