"""`clearlockouts`: ends the lock of an account or an address, or removes what is forgotten."""

from __future__ import annotations

from typing import Any

from manoir.auth import SignInFailure, aclear_failures
from manoir.commands import BaseCommand
from manoir.exceptions import CommandError
from manoir.timezone import now


class Command(BaseCommand):
    """Ends locks."""

    help = (
        "Ends the lock of an account or of an address after too many failed sign-ins. Without either it removes the "
        "counts that are forgotten anyway; run it once a day."
    )

    def add_arguments(self, parser: Any) -> None:
        """Take what to clear."""
        parser.add_argument("--account", help="the name that somebody signs in with, in any spelling")
        parser.add_argument("--address", help="address of a client")
        parser.add_argument("--all", action="store_true", help="every lock and every familiar place")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Clear it."""
        rows = SignInFailure.objects.all()
        account, address = options.get("account"), options.get("address")
        if account or address:
            try:
                count = await aclear_failures(account, address)
            except ValueError as error:
                raise CommandError(f"--address: {error}.") from error
        else:
            count, _by_model = await (rows if options.get("all") else rows.filter(expires__lte=now())).adelete()
        self.stdout.write(f"Removed {count} count{'' if count == 1 else 's'} of failed sign-ins.")
