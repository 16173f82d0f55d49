"""Files of new projects and apps: copied out of `templates/`, with the names put in."""

from __future__ import annotations

import keyword
import secrets
from importlib.util import find_spec
from pathlib import Path

from manoir.exceptions import CommandError

TEMPLATES = Path(__file__).parent / "templates"


def check_name(name: str, what: str) -> None:
    """Refuse a name that cannot be imported or hides something else.

    Raises:
        CommandError: the name is no identifier, a keyword, or the name of a module that exists.
    """
    if not name.isidentifier() or not name.isascii():
        cure = "".join(char if char.isalnum() and char.isascii() else "_" for char in name).strip("_").lower()
        suggestion = f" Try {cure!r}." if cure.isidentifier() else ""
        raise CommandError(
            f"{name!r} is not a valid name for {what}: use letters, digits and underscores, not starting with a digit.{suggestion}"
        )
    if keyword.iskeyword(name):
        raise CommandError(f"{name!r} is a keyword of Python and cannot be the name of {what}.")
    try:
        taken = find_spec(name) is not None
    except (ImportError, ValueError):
        taken = False
    if taken:
        raise CommandError(f"{name!r} is the name of a Python module that exists already; choose another for {what}.")


def write_tree(kind: str, target: Path, names: dict[str, str]) -> list[Path]:
    """Copy `templates/<kind>` to `target`, replacing `{{ name }}` in texts and `__name__` in paths.

    Returns:
        The files written.

    Raises:
        CommandError: a file is there already; nothing is written then.
    """
    source = TEMPLATES / kind
    files: dict[Path, str] = {}
    for path in sorted(source.rglob("*-tpl")):
        relative = str(path.relative_to(source)).removesuffix("-tpl").replace("dot_", ".")
        text = path.read_text(encoding="utf-8")
        for name, value in names.items():
            relative = relative.replace(f"__{name}__", value)
            text = text.replace(f"{{{{ {name} }}}}", value)
        files[target / relative] = text
    clash = next((path for path in files if path.exists()), None)
    if clash is not None:
        raise CommandError(f"{clash} exists already. Nothing was written; choose another directory.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600 if path.name == ".env" else 0o666)
        path.write_text(text, encoding="utf-8")
        if path.name == "manage.py":
            path.chmod(path.stat().st_mode | 0o111)
    return list(files)


def new_secret_key() -> str:
    """Return a key of 384 random bits."""
    return secrets.token_urlsafe(48)
