"""`changepassword`: gives a user another password."""

from __future__ import annotations

import getpass
from typing import Any

from manoir.auth import get_user_model
from manoir.bridge import to_thread
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS
from manoir.exceptions import CommandError

ATTEMPTS = 3


class Command(BaseCommand):
    """Gives a user another password."""

    help = "Asks for a user's new password and stores it; all sessions of the user end."

    def add_arguments(self, parser: Any) -> None:
        """Take the user."""
        parser.add_argument("username", nargs="?", default=None, help="whose; without it, yours")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Ask twice and store it."""
        model = get_user_model()
        name = options.get("username") or (args[0] if args else getpass.getuser())
        try:
            user = await model._default_manager.db_manager(options["database"]).aget_by_natural_key(name)
        except model.DoesNotExist as error:
            raise CommandError(f"There is no user {name!r}.") from error
        for _ in range(ATTEMPTS):
            first = await to_thread(getpass.getpass, f"New password of {name}: ")
            if first and first == await to_thread(getpass.getpass, "The same again: "):
                await user.aset_password(first)
                await user.asave(update_fields=["password"])
                self.stdout.write(f"The password of {name!r} was changed.")
                return
            self.stderr.write("The two differ; try again." if first else "An empty password is none; try again.")
        raise CommandError(f"Nothing was changed: {ATTEMPTS} attempts failed.")
