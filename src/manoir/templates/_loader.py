"""What loaders share: origins, sources, and joining names to directories without ever leaving them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from manoir.exceptions import SuspiciousFileOperation, TemplateDoesNotExist

if TYPE_CHECKING:
    from manoir.templates._engine import Engine
    from manoir.templates._template import Template

MAX_NAME_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a template came from.

    Attributes:
        name: path of the file, or a name in angle brackets.
        template_name: the name it was asked by.
        loader: the loader that found it.
    """

    name: str
    template_name: str | None = None
    loader: Loader | None = None

    @property
    def loader_name(self) -> str | None:
        """Dotted path of the loader's class."""
        return None if self.loader is None else f"{type(self.loader).__module__}.{type(self.loader).__qualname__}"

    def __str__(self) -> str:
        return self.name


class Loader:
    """Finds the sources of templates. A loader of your own has `get_template_sources` and `get_contents`.

    Args:
        engine: the engine it loads for.
        *args: further values from the `loaders` option.
    """

    def __init__(self, engine: Engine, *args: Any) -> None:
        self.engine = engine

    def get_template_sources(self, template_name: str) -> Iterator[Origin]:
        """Return the places where a template of this name may be, in order of preference."""
        raise TypeError(f"{type(self).__name__} has no get_template_sources(template_name) method.")

    def get_contents(self, origin: Origin) -> str:
        """Return the source at a place.

        Raises:
            TemplateDoesNotExist: nothing is there.
        """
        raise TypeError(f"{type(self).__name__} has no get_contents(origin) method.")

    def get_template(self, template_name: str, skip: Sequence[Origin] | None = None) -> Template:
        """Return the template of a name.

        Args:
            template_name: name, with slashes.
            skip: places that must not be used (a template that extends its namesake skips itself).

        Raises:
            TemplateDoesNotExist: it is at none of the places; `tried` lists them.
        """
        tried: list[tuple[Origin, str]] = []
        for origin in self.get_template_sources(template_name):
            if skip is not None and origin in skip:
                tried.append((origin, "Skipped to avoid recursion"))
                continue
            try:
                contents = self.get_contents(origin)
            except TemplateDoesNotExist:
                tried.append((origin, "Source does not exist"))
                continue
            return self.engine.compile(contents, origin, template_name)
        raise missing(template_name, tried)

    def reset(self) -> None:
        """Forget what was loaded."""

    def names(self) -> Iterator[str]:
        """Return the names of the templates this loader knows, for suggestions; need not be complete."""
        return iter(())

    def version(self, origin: Origin) -> Any:
        """Return something that changes when the source at a place changes; None when there is no source there."""
        return 0


def missing(
    name: str,
    tried: Sequence[tuple[Origin, str]] = (),
    message: str = "",
    describe: Callable[[], str] | None = None,
) -> TemplateDoesNotExist:
    """Return the error for a template that was not found, with the places that were tried.

    Args:
        name: its name.
        tried: the places.
        message: what the error says.
        describe: makes what it says when somebody reads it: near names are looked for in all directories, which whoever
            tries several names in turn must not pay for.
    """
    error = TemplateDoesNotExist(message or name)
    error.__dict__.update(template_name=name, tried=list(tried), describe=describe)
    return error


def contained_path(directory: str, name: str) -> str:
    """Join a template's name to a directory.

    Raises:
        SuspiciousFileOperation: the result would be outside the directory, or the name is no name of a file.
    """
    if not name or "\0" in name or len(name) > MAX_NAME_LENGTH:
        raise SuspiciousFileOperation(f"{name[:200]!r} is no name of a template.")
    root = os.path.abspath(directory)  # noqa: PTH100 - Path.absolute() keeps ".." parts
    path = os.path.abspath(os.path.join(root, name))  # noqa: PTH100, PTH118
    if not path.startswith(root.rstrip(os.sep) + os.sep):
        raise SuspiciousFileOperation(f"The template {name!r} is outside {root}.")
    return path


def relative_name(current: str | None, name: str) -> str:
    """Make a name that begins with `./` or `../` absolute, seen from the template that uses it.

    Raises:
        ValueError: it leads out of the root, or the current template has no name.
    """
    if not name.startswith(("./", "../")):
        return name
    if current is None:
        raise ValueError(f"{name!r} is relative, but this template has no name itself.")
    parts = current.lstrip("/").split("/")[:-1]
    for part in name.split("/"):
        if part == "..":
            if not parts:
                raise ValueError(f"{name!r} leads out of the templates' root, seen from {current!r}.")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
