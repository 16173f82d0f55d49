from __future__ import annotations

from manoir.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "tests.serializers.archive"
