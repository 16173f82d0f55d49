"""Everything the demo needs, in one process: migrate, load the data once, make the first administrator, serve."""

from __future__ import annotations

import secrets
from typing import Any

from accounts.models import User
from manoir.commands import BaseCommand, call_command
from manoir.urls import reverse

ADMINISTRATOR = "admin@atlas.example"


class Command(BaseCommand):
    help = "Migrates, loads the world once, makes the first administrator, and serves the site."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("addrport", nargs="?", default="127.0.0.1:8000", help="address and port to listen on")

    def handle(self, *, addrport: str, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("load_world")
        self.tell_administrator(addrport)
        call_command("runserver", addrport, with_worker=True)

    def tell_administrator(self, addrport: str) -> None:
        """Say where the admin is and who may enter; the password is shown only when it was made just now."""
        address = addrport if ":" in addrport else f"127.0.0.1:{addrport}"
        self.stdout.write(f"Administration: http://{address}{reverse('admin:index')}")
        first = User.objects.filter(is_superuser=True).order_by("pk").first()
        if first is None:
            password = secrets.token_urlsafe(12)
            first = User.objects.create_superuser(ADMINISTRATOR, password)
            self.stdout.write(f"Sign in as {ADMINISTRATOR} with the password {password} (it is not shown again).")
        self.stdout.write(f"Another password: .venv/bin/python demo/manage.py changepassword {first.email}")
