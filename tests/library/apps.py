from __future__ import annotations

from manoir.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "tests.library"
    label = "library"
