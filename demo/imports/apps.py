"""Files of cities that staff upload, and the task that reads them."""

from manoir.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = "Imports"
