"""What each worker of `serve` imports: the project, set up, with its static files in front."""

from __future__ import annotations

from manoir._setup import setup
from manoir.cli._static import with_static_files
from manoir.server import Handler, RSGIApplication

setup()
application = RSGIApplication(with_static_files(Handler()))
