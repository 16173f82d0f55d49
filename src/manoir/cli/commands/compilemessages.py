"""`compilemessages`: catalogues into the form that gettext reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manoir.cli import _messages as messages
from manoir.commands import BaseCommand
from manoir.conf import settings
from manoir.exceptions import CommandError
from manoir.i18n import to_locale


class Command(BaseCommand):
    """Compiles PO files to MO files."""

    help = (
        "Compiles the catalogues (.po) below this folder and in LOCALE_PATHS to the form that is read (.mo). A translation"
        " with other places than its text, such as %(name)s, is an error: nothing is written then."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the languages."""
        add = parser.add_argument
        add("-l", "--locale", action="append", default=[], help="a language (may be repeated); without, all")
        add("-x", "--exclude", action="append", default=[], help="a language to leave out (may be repeated)")
        add("-f", "--use-fuzzy", action="store_true", dest="fuzzy", help="also take translations marked as uncertain")
        add("-i", "--ignore", action="append", default=[], dest="ignore_patterns", help="names or paths to leave out")

    def handle(self, **options: Any) -> None:
        """Compile all, then write."""
        messages.require_babel()
        wanted, excluded = (
            {to_locale(one.replace("_", "-")) for one in options[name]} for name in ("locale", "exclude")
        )
        files = [
            file
            for file in catalogue_files(Path.cwd(), (*messages.IGNORED, *options["ignore_patterns"]))
            if (not wanted or file.parts[-3] in wanted) and file.parts[-3] not in excluded
        ]
        if not files:
            raise CommandError(
                "There is no catalogue (locale/<language>/LC_MESSAGES/*.po) to compile. Run makemessages first."
            )
        done: dict[Path, bytes] = {}
        faults: list[str] = []
        for file in files:
            try:
                done[file] = messages.compiled(file, fuzzy=options["fuzzy"])
            except CommandError as error:
                faults.append(str(error))
        if faults:
            raise CommandError("\n".join(faults))
        for file, content in done.items():
            target = file.with_suffix(".mo")
            if target.exists() and target.read_bytes() == content:
                continue
            target.write_bytes(content)
            if options["verbosity"] >= 1:
                self.stdout.write(f"Compiled {file}")


def catalogue_files(folder: Path, ignored: tuple[str, ...]) -> list[Path]:
    """Return the PO files below a folder and in LOCALE_PATHS, each once."""
    found = {file.resolve(): file for file in messages.walk(folder, ignored) if is_catalogue(file)}
    for path in settings.LOCALE_PATHS:
        for file in sorted(Path(path).glob("*/LC_MESSAGES/*.po")):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def is_catalogue(file: Path) -> bool:
    """Whether a file is a catalogue where catalogues are looked for."""
    return (
        file.suffix == ".po" and len(file.parts) > 4 and file.parts[-2] == "LC_MESSAGES" and file.parts[-4] == "locale"
    )
