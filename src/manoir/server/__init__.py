"""The door to serving: the handler that turns requests into responses, and the entry points for servers.

- `_handler.py`: `Handler`: middleware composed once, URL resolved, view called in its colour, errors made into answers
- `_calls.py`: how a view of either colour is called
- `_errors.py`: exceptions as responses: handlerXXX of the root URLconf, styled pages otherwise
- `_report.py`: the debug page and the report as text: traceback, locals, queries, with secrets removed
- `_admin_mail.py`: `AdminEmailHandler`: errors by mail to ADMINS
- `_rsgi.py`, `_asgi.py`: the protocols of Granian and of every other server
"""

from __future__ import annotations

from manoir.server._admin_mail import AdminEmailHandler
from manoir.server._asgi import ASGIApplication, get_asgi_application
from manoir.server._calls import called_by
from manoir.server._handler import Handler
from manoir.server._report import ExceptionReporter, SafeExceptionReporterFilter
from manoir.server._rsgi import RSGIApplication, get_rsgi_application

__all__ = [
    "ASGIApplication",
    "AdminEmailHandler",
    "ExceptionReporter",
    "Handler",
    "RSGIApplication",
    "SafeExceptionReporterFilter",
    "called_by",
    "get_asgi_application",
    "get_rsgi_application",
]
