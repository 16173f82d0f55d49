"""Writes docs/reference/settings.md out of the documented defaults in src/manoir/conf/_defaults.

python scripts/settings_reference.py           # writes the page
python scripts/settings_reference.py --check   # ends with 1 when the page is not up to date
"""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULTS = ROOT / "src" / "manoir" / "conf" / "_defaults"
PAGE = ROOT / "docs" / "reference" / "settings.md"
SUBJECTS = ("_core", "_web", "_data", "_people", "_admin", "_formats")
LONGEST_DEFAULT = 60

INTRODUCTION = """\
# Settings

Every setting that manoir knows, with its type, its default and its meaning. How settings are loaded, checked and read is
told in [the topic on settings](../topics/settings.md). This page is written by `scripts/settings_reference.py` out of the
defaults themselves.
"""


@dataclass(frozen=True)
class Setting:
    """One setting: its name, the source of its type and default, its meaning."""

    name: str
    type: str
    default: str
    meaning: str


def read_subject(path: Path) -> list[str]:
    """Return the lines of the page about one subject."""
    source = path.read_text(encoding="utf-8")
    module = ast.parse(source)
    title = (ast.get_docstring(module) or "").splitlines()[0].rstrip(".")
    lines = [f"## {title}", ""]
    sections = section_titles(source)
    for definition in module.body:
        if not isinstance(definition, ast.ClassDef):
            continue
        last_line = definition.lineno
        for setting, line in settings_of(definition, source):
            for number, text in sections.items():
                if last_line < number <= line:
                    lines += [f"### {text[0].upper()}{text[1:]}", ""]
            last_line = line
            lines += entry(setting)
    return lines


def section_titles(source: str) -> dict[int, str]:
    """Return the comments `# -- title --` by line number."""
    return {
        number: line.strip().strip("#- ")
        for number, line in enumerate(source.splitlines(), 1)
        if line.strip().startswith("# -- ")
    }


def settings_of(definition: ast.ClassDef, source: str) -> list[tuple[Setting, int]]:
    """Return the settings of a class with the lines on which they stand; each is followed by a text of its own."""
    found: list[tuple[Setting, int]] = []
    for statement, after in zip(definition.body, [*definition.body[1:], None], strict=True):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if not documented or not isinstance(after.value.value, str):
            raise SystemExit(f"{statement.target.id} has no text below it that says what it means.")
        kind = ast.get_source_segment(source, statement.annotation) or ""
        default = ast.get_source_segment(source, statement.value) if statement.value else ""
        meaning = " ".join(after.value.value.split())
        found.append((Setting(statement.target.id, kind, default or "", meaning), statement.lineno))
    return found


def entry(setting: Setting) -> list[str]:
    """Return the lines about one setting."""
    head = f"**`{setting.name}`** · `{setting.type}`"
    default = " ".join(setting.default.split())
    if len(default) <= LONGEST_DEFAULT:
        return [f"{head} · default `{default}`<br>", setting.meaning, ""]
    return [head + "<br>", setting.meaning, "", "```", f"{setting.name} = {dedent(setting.default)}", "```", ""]


def dedent(source: str) -> str:
    """Take the indentation of a class body out of a value that goes over several lines."""
    return "\n".join(line.removeprefix("    ") for line in source.splitlines())


def page() -> str:
    """Return the whole page."""
    lines = [INTRODUCTION]
    for subject in SUBJECTS:
        lines += read_subject(DEFAULTS / f"{subject}.py")
    return "\n".join(lines).rstrip("\n") + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; return the exit status."""
    text = page()
    if "--check" in arguments:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is not up to date. Run: python scripts/settings_reference.py")
        return 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
