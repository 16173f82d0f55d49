"""`changepassword`: gives a user another password."""

from __future__ import annotations

import getpass
from typing import Any

from manoir.auth import aclear_failures, get_user_model, validate_password
from manoir.bridge import to_thread
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS
from manoir.exceptions import CommandError, ValidationError

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
            password = await self.asked_password(name, user)
            if password is not None:
                await user.aset_password(password)
                await user.asave(update_fields=["password"])
                await aclear_failures(account=user.get_username())
                self.stdout.write(f"The password of {name!r} was changed.")
                return
        raise CommandError(f"Nothing was changed: {ATTEMPTS} attempts failed.")

    async def asked_password(self, name: str, user: Any) -> str | None:
        """Ask twice; return the password, None when the two differ or a rule refuses it."""
        first = await to_thread(getpass.getpass, f"New password of {name}: ")
        if not first or first != await to_thread(getpass.getpass, "The same again: "):
            self.stderr.write("The two differ; try again." if first else "An empty password is none; try again.")
            return None
        try:
            validate_password(first, user)
        except ValidationError as error:
            self.stderr.write(" ".join(error.messages))
            return None
        return first
