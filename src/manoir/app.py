"""`Manoir`: one object that puts the parts together, for whoever serves the project.

    # mysite/app.py
    from manoir.app import Manoir
    application = Manoir()          # settings from MANOIR_SETTINGS_MODULE

Granian finds RSGI in it (`granian --interface rsgi mysite.app:application`), every other server ASGI
(`uvicorn mysite.app:application`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from manoir._setup import setup
from manoir.server import ASGIApplication, Handler, RSGIApplication

__all__ = ["Manoir"]


class Manoir:
    """The application of a project.

    Making one sets the project up: settings, logging, apps. Middleware is composed when a server starts.

    Raises:
        ImproperlyConfigured: every configuration error found, in one message.

    Example:
        >>> application = Manoir()
        >>> callable(application)
        True
    """

    def __init__(self) -> None:
        setup()
        handler = Handler()
        self.handler = handler
        self._rsgi = RSGIApplication(handler)
        self._asgi = ASGIApplication(handler)
        # Bound once: Granian calls it for each request.
        self.__rsgi__ = self._rsgi.__rsgi__

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Prepare a worker of Granian."""
        self._rsgi.__rsgi_init__(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what belongs to a worker of Granian."""
        self._rsgi.__rsgi_del__(loop)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer by ASGI."""
        await self._asgi(scope, receive, send)
