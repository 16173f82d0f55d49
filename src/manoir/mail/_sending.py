"""The short ways to send a mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from manoir.bridge import blocking_function
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.mail._base import BaseEmailBackend
from manoir.mail._connections import get_connection
from manoir.mail._message import EmailMessage, EmailMultiAlternatives


async def asend_mail(
    subject: str,
    message: str,
    from_email: str | None,
    recipient_list: Sequence[str],
    fail_silently: bool = False,
    auth_user: str | None = None,
    auth_password: str | None = None,
    connection: BaseEmailBackend | None = None,
    html_message: str | None = None,
    *,
    using: str | None = None,
) -> int:
    """Send one mail; everybody in `recipient_list` sees the others.

    Args:
        subject: the subject line; a line break in it is refused.
        message: the text.
        from_email: who sends it; None is DEFAULT_FROM_EMAIL.
        recipient_list: addresses, one mailbox in each.
        fail_silently: True swallows errors of the server.
        auth_user: user at the server; None is the setting.
        auth_password: password at the server; None is the setting.
        connection: the backend; None makes one.
        html_message: the text as HTML, besides.
        using: alias of MAILERS.

    Returns:
        How many mails were sent: 1 or 0.

    Raises:
        InvalidHeader: the subject or an address holds a line break.
        ValueError: an address is no mailbox, or more than one.
    """
    connection = connection or get_connection(
        using=using, fail_silently=fail_silently, username=auth_user, password=auth_password
    )
    mail = EmailMultiAlternatives(subject, message, from_email, recipient_list, connection=connection)
    if html_message:
        mail.attach_alternative(html_message, "text/html")
    return await mail.asend()


send_mail = blocking_function(asend_mail)


async def asend_mass_mail(
    datatuple: Iterable[tuple[str, str, str | None, Sequence[str]]],
    fail_silently: bool = False,
    auth_user: str | None = None,
    auth_password: str | None = None,
    connection: BaseEmailBackend | None = None,
    *,
    using: str | None = None,
) -> int:
    """Send many mails over one connection.

    Args:
        datatuple: tuples of subject, message, from_email and recipient_list.
        fail_silently: True swallows errors of the server.
        auth_user: user at the server; None is the setting.
        auth_password: password at the server; None is the setting.
        connection: the backend; None makes one.
        using: alias of MAILERS.

    Returns:
        How many mails were sent.
    """
    connection = connection or get_connection(
        using=using, fail_silently=fail_silently, username=auth_user, password=auth_password
    )
    mails = [
        EmailMessage(subject, message, sender, recipients, connection=connection)
        for subject, message, sender, recipients in datatuple
    ]
    return await connection.asend_messages(mails) or 0


send_mass_mail = blocking_function(asend_mass_mail)


def people(name: str) -> list[str]:
    """Return the addresses of ADMINS or MANAGERS: texts, or pairs of name and address.

    Raises:
        ImproperlyConfigured: the setting has another shape.
    """
    found: list[str] = []
    for entry in getattr(settings, name):
        address = entry[1] if isinstance(entry, (list, tuple)) and len(entry) == 2 else entry
        if not isinstance(address, str):
            raise ImproperlyConfigured(
                f"{name} is a list of addresses, or of (name, address) pairs; {entry!r} is neither."
            )
        found.append(address)
    return found


async def tell(name: str, subject: str, message: str, html_message: str | None, connection: BaseEmailBackend) -> None:
    receivers = people(name)
    if not receivers:
        return
    # The subject often quotes a request or an exception: its line breaks are not an attack on us, and must not hide it.
    line = " ".join(f"{settings.EMAIL_SUBJECT_PREFIX}{subject}".split())[:989]
    mail = EmailMultiAlternatives(line, message, settings.SERVER_EMAIL, receivers, connection=connection)
    if html_message:
        mail.attach_alternative(html_message, "text/html")
    await mail.asend()


async def amail_admins(
    subject: str,
    message: str,
    fail_silently: bool = False,
    connection: BaseEmailBackend | None = None,
    html_message: str | None = None,
    *,
    using: str | None = None,
) -> None:
    """Send a mail to ADMINS, from SERVER_EMAIL, with EMAIL_SUBJECT_PREFIX before the subject.

    Args:
        subject: the subject line; line breaks become blanks.
        message: the text.
        fail_silently: True swallows errors of the server.
        connection: the backend; None makes one.
        html_message: the text as HTML, besides.
        using: alias of MAILERS.
    """
    await tell(
        "ADMINS", subject, message, html_message, connection or get_connection(using=using, fail_silently=fail_silently)
    )


mail_admins = blocking_function(amail_admins)


async def amail_managers(
    subject: str,
    message: str,
    fail_silently: bool = False,
    connection: BaseEmailBackend | None = None,
    html_message: str | None = None,
    *,
    using: str | None = None,
) -> None:
    """Send a mail to MANAGERS; arguments as for `amail_admins`."""
    await tell(
        "MANAGERS",
        subject,
        message,
        html_message,
        connection or get_connection(using=using, fail_silently=fail_silently),
    )


mail_managers = blocking_function(amail_managers)
