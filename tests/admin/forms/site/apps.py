from __future__ import annotations

from manoir.apps import AppConfig


class AtelierConfig(AppConfig):
    name = "tests.admin.forms.site"
    label = "atelier"
    verbose_name = "Atelier"
