"""Keeps compiled templates, and sees changed files where the engine reloads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from manoir.exceptions import TemplateDoesNotExist
from manoir.templates import _loader

if TYPE_CHECKING:
    from manoir.templates._engine import Engine
    from manoir.templates._template import Template

__all__ = ["Loader"]

MAX_TEMPLATES = 10_000
"""Names kept, found or not: template names that come out of data must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A template that was loaded, or the error that said there is none."""

    found: Template | None
    error: str
    tried: list[Any]
    version: Any


class Loader(_loader.Loader):
    """Asks other loaders once for each name.

    In production a template is compiled once. Where the engine reloads (DEBUG), each use looks at the file's time:
    a changed template is compiled again, and one that was missing is looked for again.

    Args:
        engine: the engine it loads for.
        loaders: the other loaders, as in the `loaders` option.
    """

    def __init__(self, engine: Engine, loaders: Sequence[Any]) -> None:
        super().__init__(engine)
        self.loaders = [engine.find_template_loader(loader) for loader in loaders]
        self.kept: dict[tuple[str, tuple[str, ...]], Kept] = {}

    def get_template_sources(self, template_name: str) -> Iterator[_loader.Origin]:
        """Return the places of all loaders."""
        for loader in self.loaders:
            yield from loader.get_template_sources(template_name)

    def get_contents(self, origin: _loader.Origin) -> str:
        """Return the source at a place of one of the loaders."""
        assert origin.loader is not None
        return origin.loader.get_contents(origin)

    def get_template(self, template_name: str, skip: Sequence[_loader.Origin] | None = None) -> Template:
        """Return a template, compiled once."""
        key = (template_name, tuple(origin.name for origin in skip or ()))
        kept = self.kept.get(key)
        version = self.current(template_name, skip) if self.engine.reloads else None
        if kept is None or kept.version != version:
            kept = self.load(template_name, skip, version)
            if len(self.kept) >= MAX_TEMPLATES:
                self.kept.clear()
            self.kept[key] = kept
        if kept.found is None:
            raise _loader.missing(template_name, kept.tried, kept.error)
        return kept.found

    def load(self, name: str, skip: Sequence[_loader.Origin] | None, version: Any) -> Kept:
        """Ask the loaders."""
        try:
            return Kept(super().get_template(name, skip=skip), "", [], version)
        except TemplateDoesNotExist as error:
            return Kept(None, str(error), error.__dict__.get("tried", []), version)

    def current(self, name: str, skip: Sequence[_loader.Origin] | None) -> Any:
        """Return what identifies the present source of a name: its place and its version."""
        for origin in self.get_template_sources(name):
            if skip is not None and origin in skip:
                continue
            assert origin.loader is not None
            version = origin.loader.version(origin)
            if version is not None:
                return origin.name, version
        return None

    def names(self) -> Iterator[str]:
        """Return the names that the loaders know."""
        for loader in self.loaders:
            yield from loader.names()

    def reset(self) -> None:
        """Forget what was loaded."""
        self.kept.clear()
        for loader in self.loaders:
            loader.reset()
