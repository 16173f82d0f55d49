from __future__ import annotations

from manoir.apps import AppConfig


class LabelsConfig(AppConfig):
    name = "tests.labels"
