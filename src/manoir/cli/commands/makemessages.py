"""`makemessages`: the texts of a project into the catalogues of its languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manoir.cli import _messages as messages
from manoir.commands import BaseCommand
from manoir.conf import settings
from manoir.exceptions import CommandError
from manoir.i18n import to_locale

TEMPLATES = ("html", "txt", "py")


class Command(BaseCommand):
    """Finds texts, and adds them to PO files."""

    help = (
        "Finds the texts of the project in this folder that are to be translated, in Python and in templates, and adds"
        " them to the catalogues: those of an app with a folder `locale` there, all others in the first of LOCALE_PATHS,"
        " or in `locale` here. Translations stay; texts that are gone are kept at the end of the file."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """Take the languages, and what to read and write."""
        add = parser.add_argument
        add("-l", "--locale", action="append", default=[], help="a language, such as de or pt_BR (may be repeated)")
        add("-a", "--all", action="store_true", help="all languages that there are catalogues of")
        add("-x", "--exclude", action="append", default=[], help="a language to leave out (may be repeated)")
        add(
            "-d",
            "--domain",
            default="manoir",
            help='name of the catalogues: "manoir", or "django" of a project taken over',
        )
        add("-e", "--extension", action="append", default=[], dest="extensions", help="endings to read: html,txt,py")
        add("-i", "--ignore", action="append", default=[], dest="ignore_patterns", help="names or paths to leave out")
        add("--no-default-ignore", action="store_false", dest="use_default_ignore", help="also read .* and *~")
        add("--no-wrap", action="store_true", help="break no lines")
        add("--no-location", action="store_true", help="do not write where texts stand")
        add("--add-location", choices=("full", "file", "never"), help="write file and line, only the file, or nothing")
        add("--no-obsolete", action="store_true", help="remove texts that are gone")
        add("--keep-pot", action="store_true", help="keep the template of the catalogues, too")

    def handle(self, **options: Any) -> None:
        """Find, and write what changed."""
        messages.require_babel()
        if options["domain"] not in ("manoir", "django"):
            raise CommandError(f'--domain is "manoir" or "django", not {options["domain"]!r}.')
        if not (options["locale"] or options["all"] or options["exclude"]):
            raise CommandError("Say for which languages: --locale de, or --all.")
        folder = Path.cwd()
        groups = grouped(folder, self.texts(folder, options))
        if not groups:
            self.stderr.write(f"Nothing below {folder} is marked as a text to translate.")
        for locale_folder, texts in groups.items():
            self.write(folder, locale_folder, texts, options)

    def texts(self, folder: Path, options: dict[str, Any]) -> list[messages.Text]:
        """Return the texts of the project, file by file."""
        endings = {one.strip().lstrip(".") for part in options["extensions"] for one in part.split(",")} or {*TEMPLATES}
        ignored = (*(messages.IGNORED if options["use_default_ignore"] else ()), *options["ignore_patterns"])
        found: list[messages.Text] = []
        for file in messages.walk(folder, ignored):
            if file.suffix.lstrip(".") in endings:
                found.extend(messages.texts_of(file, folder))
        return found

    def write(self, folder: Path, locale_folder: Path, texts: list[messages.Text], options: dict[str, Any]) -> None:
        """Bring the catalogues of one folder up to date."""
        location = "never" if options["no_location"] else options["add_location"] or "full"
        domain: str = options["domain"]
        template = messages.template_of(texts, domain, location=location)
        width = None if options["no_wrap"] else 76
        if options["keep_pot"]:
            locale_folder.mkdir(parents=True, exist_ok=True)
            (locale_folder / f"{domain}.pot").write_bytes(messages.written(template, width=width))
        for locale in chosen(locale_folder, options):
            file = locale_folder / locale / "LC_MESSAGES" / f"{domain}.po"
            catalog = messages.updated(file, locale, template)
            content = messages.written(catalog, width=width, obsolete=not options["no_obsolete"])
            if file.exists() and messages.without_date(file.read_bytes()) == messages.without_date(content):
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            if options["verbosity"] >= 1:
                open_ones = sum(1 for one in catalog if one.id and (one.fuzzy or not is_translated(one)))
                shown = file.relative_to(folder) if file.is_relative_to(folder) else file
                self.stdout.write(f"{shown}: {len(catalog)} texts, {open_ones} to translate")


def is_translated(message: Any) -> bool:
    """Whether each form of a message has a translation."""
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(strings)


def chosen(locale_folder: Path, options: dict[str, Any]) -> list[str]:
    """Return the languages that a run is about, as names of folders."""
    wanted: list[str] = [to_locale(one.replace("_", "-")) for one in options["locale"]]
    if options["all"] or (options["exclude"] and not wanted):
        wanted += sorted(path.parent.name for path in locale_folder.glob("*/LC_MESSAGES"))
    for one in wanted:
        messages.check_language(one)
    excluded = {to_locale(one.replace("_", "-")) for one in options["exclude"]}
    return [one for one in dict.fromkeys(wanted) if one not in excluded]


def grouped(folder: Path, texts: list[messages.Text]) -> dict[Path, list[messages.Text]]:
    """Return the texts by the folder of catalogues that they belong to: the nearest `locale` above them.

    Raises:
        CommandError: a text belongs to none.
    """
    others = Path(settings.LOCALE_PATHS[0]) if settings.LOCALE_PATHS else folder / "locale"
    found: dict[Path, list[messages.Text]] = {}
    for text in texts:
        above = (folder / text.file).parents
        own = next((one / "locale" for one in above if one.is_relative_to(folder) and (one / "locale").is_dir()), None)
        if own is None and not settings.LOCALE_PATHS and not others.is_dir():
            raise CommandError(
                f"There is no place for the texts of {text.file}: make a folder `locale` in the app or here, or set LOCALE_PATHS."
            )
        found.setdefault(own or others, []).append(text)
    return found
