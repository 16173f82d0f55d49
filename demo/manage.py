"""Runs commands of this project: `python manage.py help` lists them."""

import os
import sys

from manoir.cli import main

if __name__ == "__main__":
    os.environ.setdefault("MANOIR_SETTINGS_MODULE", "atlas.settings")
    sys.exit(main())
