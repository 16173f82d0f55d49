from __future__ import annotations

import manoir

manoir.setup()

from manoir.commands import call_command  # noqa: E402


def test_the_migrations_of_people_say_what_the_models_say(database, capsys):
    for label in ("contenttypes", "auth", "sessions"):
        call_command("makemigrations", label, check_changes=True, dry_run=True)
    assert capsys.readouterr().out.count("No changes") == 3
