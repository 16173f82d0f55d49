"""`sendtestemail`: whether mail arrives."""

from __future__ import annotations

import socket
from typing import Any

from manoir import timezone
from manoir.commands import BaseCommand
from manoir.exceptions import CommandError, ImproperlyConfigured
from manoir.mail import amail_admins, amail_managers, asend_mail


class Command(BaseCommand):
    """Sends a mail for a test."""

    help = "Sends a test mail to the given addresses, as the settings of mail say."
    missing_args_message = "Give at least one address, or --managers or --admins."

    def add_arguments(self, parser: Any) -> None:
        """Take who gets it."""
        parser.add_argument("email", nargs="*", help="addresses")
        parser.add_argument("--managers", action="store_true", help="also to the addresses of MANAGERS")
        parser.add_argument("--admins", action="store_true", help="also to the addresses of ADMINS")

    async def handle(self, *args: str, **options: Any) -> None:
        """Send."""
        addresses: list[str] = [*args, *options["email"]]
        if not (addresses or options["managers"] or options["admins"]):
            raise CommandError(str(self.missing_args_message))
        subject = f"Test email from {socket.gethostname()} on {timezone.now():%Y-%m-%d %H:%M:%S %Z}"
        text = "If you're reading this, it was successful."
        try:
            if addresses:
                await asend_mail(subject, text, None, addresses)
            if options["managers"]:
                await amail_managers(subject, "This email was sent to the site managers.")
            if options["admins"]:
                await amail_admins(subject, "This email was sent to the site admins.")
        except (OSError, ValueError, ImproperlyConfigured) as error:
            raise CommandError(f"The mail could not be sent: {error}") from error
        if options["verbosity"] >= 1:
            groups = [name for name in ("managers", "admins") if options[name]]
            self.stdout.write(f"Sent to {', '.join([*addresses, *groups])}.")
