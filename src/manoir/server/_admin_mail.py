"""Errors by mail: `AdminEmailHandler` tells ADMINS what went wrong, without keeping a visitor waiting for it."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from manoir.conf import import_string, settings
from manoir.logging import escape_control
from manoir.mail import amail_admins, get_connection, mail_admins
from manoir.server._follow_ups import begin
from manoir.server._report import reporter_class

if TYPE_CHECKING:
    from manoir.http import HttpRequest

LONGEST_SUBJECT: Final = 300
MOST_SUBJECTS: Final = 200

clock = time.monotonic

logger = logging.getLogger("manoir.mail")


class AdminEmailHandler(logging.Handler):
    """Mails each record to ADMINS, with a report about its exception and its request.

    manoir puts one on `manoir.request` when ADMINS are named and DEBUG is off. In a coroutine the mail goes out in a task
    of its own; a server that ends waits for it. The same subject is mailed once in `interval` seconds: a site that fails
    at each request does not fill a mailbox, nor wait for a mail server; the next mail says how many were left out.

    Args:
        include_html: also send the debug page, which shows variables: only where the mailbox may see them.
        email_backend: dotted path of the mail backend; None is the one of the settings.
        reporter_class: dotted path of the class that writes the report; None is the request's, or
            DEFAULT_EXCEPTION_REPORTER.
        using: alias of MAILERS.
        interval: seconds; 0 mails every record.

    Example:
        >>> AdminEmailHandler(interval=0).level
        0
    """

    def __init__(
        self,
        include_html: bool = False,
        email_backend: str | None = None,
        reporter_class: str | None = None,
        *,
        using: str | None = None,
        interval: float = 60.0,
    ) -> None:
        super().__init__()
        self.include_html = include_html
        self.email_backend = email_backend
        self.reporter_path = reporter_class
        self.using = using
        self.interval = interval
        self.mailed: dict[str, tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Mail one record, unless its subject was mailed just now; what fails is no error of the request."""
        try:
            if not settings.ADMINS:
                return
            subject = self.format_subject(self.subject_of(record))
            left_out = self.turn_of(subject)
            if left_out is None:
                return
            text, html = self.report(record)
            if left_out:
                text = f"{left_out} more like this since the last mail.\n\n{text}"
            self.send_mail(subject, text, html_message=html)
        except Exception:
            self.handleError(record)

    def subject_of(self, record: logging.LogRecord) -> str:
        """Return the subject: level, whether the client is one of INTERNAL_IPS, and the message."""
        request: HttpRequest | None = getattr(record, "request", None)
        if request is None:
            return f"{record.levelname}: {record.getMessage()}"
        inside = request.META.get("REMOTE_ADDR") in settings.INTERNAL_IPS
        return f"{record.levelname} ({'internal' if inside else 'EXTERNAL'} IP): {record.getMessage()}"

    def format_subject(self, subject: str) -> str:
        """Return a subject on one line, of a length that mail programs show."""
        return escape_control(subject)[:LONGEST_SUBJECT]

    def turn_of(self, subject: str) -> int | None:
        """Return how many mails of this subject were left out since the last one; None while it is too early."""
        moment = clock()
        last, left_out = self.mailed.pop(subject, (None, 0))
        if last is not None and moment - last < self.interval:
            self.mailed[subject] = (last, left_out + 1)
            return None
        while len(self.mailed) >= MOST_SUBJECTS:
            self.mailed.pop(next(iter(self.mailed)))
        self.mailed[subject] = (moment, 0)
        return left_out

    def report(self, record: logging.LogRecord) -> tuple[str, str | None]:
        """Return the report as text, and as HTML where that is wanted."""
        request: HttpRequest | None = getattr(record, "request", None)
        error = record.exc_info[1] if record.exc_info else None
        kind = import_string(self.reporter_path) if self.reporter_path else reporter_class(request)
        reporter = kind(request, error)
        text = f"{escape_control(record.getMessage())}\n\n{reporter.get_traceback_text()}"
        return text, reporter.get_traceback_html() if self.include_html else None

    def send_mail(self, subject: str, message: str, *, html_message: str | None = None) -> None:
        """Send the mail: in a task where a loop runs, at once elsewhere."""
        options: dict[str, Any] = {"connection": self.connection(), "html_message": html_message}
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            mail_admins(subject, message, fail_silently=True, **options)
        else:
            begin(self.asend(subject, message, options))

    async def asend(self, subject: str, message: str, options: dict[str, Any]) -> None:
        """Send the mail; what fails is logged, and mailed to nobody."""
        try:
            await amail_admins(subject, message, fail_silently=True, **options)
        except Exception:
            logger.exception("ADMINS could not be told: %s", subject)

    def connection(self) -> Any:
        """Return the backend that sends."""
        return get_connection(self.email_backend, fail_silently=True, using=self.using)


def tell_admins() -> None:
    """Have ADMINS told about errors of requests, unless DEBUG is on or the project's LOGGING does so itself."""
    target = logging.getLogger("manoir.request")
    if settings.DEBUG or not settings.ADMINS or settings.LOGGING_CONFIG is None:
        return
    known = [*target.handlers, *logging.getLogger("manoir").handlers, *logging.getLogger().handlers]
    if not any(isinstance(handler, AdminEmailHandler) for handler in known):
        handler = AdminEmailHandler()
        handler.setLevel(logging.ERROR)
        target.addHandler(handler)
