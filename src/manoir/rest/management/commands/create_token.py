"""`create_token`: makes a token for a user."""

from __future__ import annotations

from typing import Any

from manoir.auth import get_user_model
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS
from manoir.exceptions import CommandError
from manoir.rest.models import Token


class Command(BaseCommand):
    """Makes a token for a user."""

    help = "Makes a token for a user's program and prints its key, which is stored nowhere."

    def add_arguments(self, parser: Any) -> None:
        """Take the user."""
        parser.add_argument("username", help="whose")
        parser.add_argument("--name", default="", help="which program uses it")
        parser.add_argument("-r", "--reset", action="store_true", help="remove the user's other tokens")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Make the token and print its key."""
        model = get_user_model()
        name = options["username"]
        try:
            user = await model._default_manager.db_manager(options["database"]).aget_by_natural_key(name)
        except model.DoesNotExist as error:
            raise CommandError(f"There is no user {name!r}.") from error
        tokens = Token.objects.using(options["database"])
        if options["reset"]:
            await tokens.filter(user=user).adelete()
        token = await tokens.acreate(user=user, name=options["name"])
        self.stdout.write(f"{token.key}")
        self.stderr.write(f"This is the token of {name!r}. Keep it: the database has its hash only.")
