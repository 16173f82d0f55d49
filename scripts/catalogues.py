"""Keeps the catalogues of translations: collects the texts of a room, adds the new ones to each language, compiles.

    python scripts/catalogues.py            # src/manoir/<room>/locale/<language>/LC_MESSAGES/manoir.po and .mo
    python scripts/catalogues.py --check    # changes nothing; says what is missing or not compiled

Translate what stands there with an empty `msgstr`, and run it again. A new language is a new folder below `locale/`.
"""

from __future__ import annotations

import io
import sys
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from manoir.cli import _messages

ROOT = Path(__file__).resolve().parent.parent / "src" / "manoir"
DOMAIN = "manoir"

Text = tuple[str, ...]
"""A message: singular, and plural where it has one."""


def texts_of(room: Path) -> dict[str, Text]:
    """Return the texts of a room by their singular, in order."""
    found: dict[str, Text] = {}
    for file in (*sorted(room.rglob("*.py")), *sorted(room.rglob("*.html"))):
        for text in _messages.texts_of(file, room):
            forms = text.id if isinstance(text.id, tuple) else (text.id,)
            found[forms[0]] = forms
    return dict(sorted(found.items()))


def catalogue_files() -> list[Path]:
    """Return the catalogues that there are."""
    return sorted(ROOT.glob(f"*/locale/*/LC_MESSAGES/{DOMAIN}.po"))


def updated(file: Path) -> Catalog:
    """Return a catalogue with exactly the texts of its room; translations that it has stay."""
    language, room = file.parts[-3], file.parents[3]
    known = read_po(io.BytesIO(file.read_bytes()), locale=language)
    people = "The manoir contributors"
    made = Catalog(
        locale=language, domain=DOMAIN, header_comment=f"# The {room.name} room in another language: {language}.", project=DOMAIN,
        version="1", msgid_bugs_address=people, last_translator=people, language_team=people, fuzzy=False,
    )  # fmt: skip
    made.creation_date = made.revision_date = known.revision_date
    for text in texts_of(room).values():
        entry = known.get(text[0])
        kept = entry.string if entry is not None and isinstance(entry.id, tuple) == (len(text) > 1) else None
        made.add(text if len(text) > 1 else text[0], kept or None)
    return made


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def said(binary: bytes) -> dict[Any, str]:
    """Return the translations of a compiled catalogue, without its header, which names the tool."""
    known: dict[Any, str] = vars(GNUTranslations(io.BytesIO(binary)))["_catalog"]
    return {key: text for key, text in known.items() if key}


def missing(catalogue: Catalog) -> list[str]:
    """Return the texts without a translation."""
    return [str(entry.id) for entry in catalogue if entry.id and not all(
        entry.string if isinstance(entry.string, tuple) else (entry.string,)
    )]  # fmt: skip


def faults(file: Path) -> list[str]:
    """Return what is wrong with a catalogue; texts that nothing says any more are no fault, and go with the next run."""
    known = read_po(io.BytesIO(file.read_bytes()), locale=file.parts[-3])
    found = [f"{file}: without a translation: {text}" for text in missing(updated(file))]
    binary = file.with_suffix(".mo")
    if not binary.exists() or said(binary.read_bytes()) != said(compiled(known)):
        found.append(f"{binary}: not compiled from {file.name}; run scripts/catalogues.py")
    return found


def write(file: Path) -> None:
    """Bring a catalogue up to date."""
    catalogue = updated(file)
    stream = io.BytesIO()
    write_po(stream, catalogue, width=120, omit_header=False, sort_output=True)
    file.write_bytes(stream.getvalue())
    file.with_suffix(".mo").write_bytes(compiled(catalogue))


def main() -> int:
    """Update the catalogues, or check them; return the status."""
    if "--check" not in sys.argv[1:]:
        for file in catalogue_files():
            write(file)
    found = [fault for file in catalogue_files() for fault in faults(file)]
    sys.stdout.write("".join(f"{fault}\n" for fault in found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
