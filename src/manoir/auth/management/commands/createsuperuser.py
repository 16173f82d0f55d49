"""`createsuperuser`: makes a user who may do everything."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from manoir.auth import get_user_model, validate_password
from manoir.bridge import to_thread
from manoir.commands import BaseCommand
from manoir.db import DEFAULT_DB_ALIAS
from manoir.exceptions import CommandError, ValidationError

PREFIXES = ("MANOIR_SUPERUSER_", "DJANGO_SUPERUSER_")


class Command(BaseCommand):
    """Makes a user who may do everything."""

    help = "Makes a user who may do everything. Asks for what is not given; with --noinput takes it from MANOIR_SUPERUSER_<FIELD>."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: Any) -> None:
        """Take the fields of the user model that are needed."""
        model = get_user_model()
        for name in (model.USERNAME_FIELD, *model.REQUIRED_FIELDS):
            parser.add_argument(f"--{name}", dest=name, default=None, help=f"{name} of the user")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="ask for nothing")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    async def handle(self, *args: Any, **options: Any) -> None:
        """Collect the fields, check them, and make the user."""
        model = get_user_model()
        interactive = options.get("interactive", True)
        if interactive and not (options.get("stdin") or sys.stdin).isatty():
            raise CommandError(
                "There is no terminal to ask at. Use --noinput and give the fields as options, the password as "
                "MANOIR_SUPERUSER_PASSWORD."
            )
        values: dict[str, Any] = {}
        for name in (model.USERNAME_FIELD, *model.REQUIRED_FIELDS):
            values[name] = await self.value_of(model, name, options.get(name), interactive, options["database"])
        password = await self.password(interactive, model(**values))
        await model._default_manager.db_manager(options["database"]).acreate_superuser(**values, password=password)
        self.stdout.write(f"Superuser {values[model.USERNAME_FIELD]!r} was made.")

    async def value_of(self, model: Any, name: str, given: str | None, interactive: bool, database: str) -> Any:
        """Return a checked value of a field, asking until there is one."""
        field = model._meta.get_field(name)
        while True:
            raw = given if given is not None else from_environment(name)
            if raw is None:
                if not interactive:
                    raise CommandError(f"--{name} is needed with --noinput (or MANOIR_SUPERUSER_{name.upper()}).")
                raw = await to_thread(input, f"{str(field.verbose_name).capitalize()}: ")
            try:
                value = field.clean(raw, None)
                if name == model.USERNAME_FIELD:
                    value = model.normalize_username(value)
                    if await model._default_manager.using(database).filter(**{name: value}).aexists():
                        raise ValidationError(f"{value!r} is taken already.")
            except ValidationError as error:
                if given is not None or not interactive:
                    raise CommandError(f"--{name}: {'; '.join(error.messages)}") from error
                self.stderr.write("; ".join(error.messages))
                continue
            return value

    async def password(self, interactive: bool, user: Any) -> str | None:
        """Return the password; None, which nobody can sign in by, when there is none and nobody to ask."""
        given = from_environment("password")
        if given is not None or not interactive:
            return given
        while True:
            first = await to_thread(getpass.getpass, "Password: ")
            if not first or first != await to_thread(getpass.getpass, "Password (again): "):
                self.stderr.write("The two differ; try again." if first else "An empty password is none; try again.")
            elif await self.is_accepted(first, user):
                return first

    async def is_accepted(self, password: str, user: Any) -> bool:
        """Tell whether the password keeps the rules, or is wanted in spite of them."""
        try:
            validate_password(password, user)
        except ValidationError as error:
            self.stderr.write(" ".join(error.messages))
            return (await to_thread(input, "Take it in spite of the rules? [y/N] ")).strip().lower() == "y"
        return True


def from_environment(name: str) -> str | None:
    """Return the value of MANOIR_SUPERUSER_<NAME>, or of its older spelling."""
    return next((os.environ[prefix + name.upper()] for prefix in PREFIXES if prefix + name.upper() in os.environ), None)
