"""The application that servers import: `atlas.app:application` speaks RSGI and ASGI."""

import os

from manoir.app import Manoir

os.environ.setdefault("MANOIR_SETTINGS_MODULE", "atlas.settings")

application = Manoir()
