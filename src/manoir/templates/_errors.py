"""Tells which tags were being rendered when something raised."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """A place in a template.

    Attributes:
        template: name of the template, or of its origin.
        filename: the file, or a name in angle brackets.
        lineno: line, from 1.
        line: text of that line.
        tag: the tag or variable as written, "" when it is not known.
    """

    template: str
    filename: str
    lineno: int
    line: str
    tag: str


def template_lines(error: BaseException) -> list[TemplateLine]:
    """Return the places in templates that an error passed through, the outermost first.

    Example:
        >>> try:
        ...     Template("Total: {{ total }}").render({"total": lambda: 1 / 0})
        ... except ZeroDivisionError as error:
        ...     [(at.lineno, at.tag) for at in template_lines(error)]
        [(1, '{{ total }}')]
    """
    found: list[TemplateLine] = []
    step: TracebackType | None = error.__traceback__
    while step is not None:
        unit: Any = step.tb_frame.f_globals.get("__template__")
        if unit is not None and step.tb_frame.f_code.co_filename == unit.filename:
            found.append(place(unit, step))
        step = step.tb_next
    return found


def place(unit: Any, step: TracebackType) -> TemplateLine:
    line: str = unit.line(step.tb_lineno)
    tag = ""
    positions = list(step.tb_frame.f_code.co_positions())[step.tb_lasti // 2]
    start, end = positions[2], positions[3]
    if start is not None and end is not None:
        tag = line.encode("utf-8", "replace")[start:end].decode("utf-8", "replace").strip()
    return TemplateLine(unit.display_name, unit.filename, step.tb_lineno, line, tag)


def annotate(error: Exception) -> None:
    """Add a note to an error that names templates, lines and tags, once."""
    if any(note.startswith(NOTE) for note in getattr(error, "__notes__", ())):
        return
    places = template_lines(error)
    if not places:
        return
    error.add_note(NOTE + "\n".join(f"  {at.template}:{at.lineno}: {at.tag or at.line.strip()}" for at in places))
    context = error.__context__
    if context is not None and type(context) is type(error) and context.args == error.args:
        error.__suppress_context__ = True  # the same lookup, tried the short way first


NOTE = "While rendering:\n"

__all__ = ["TemplateLine", "annotate", "template_lines"]
