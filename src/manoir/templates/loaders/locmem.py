"""Templates in a dict, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from manoir.exceptions import TemplateDoesNotExist
from manoir.templates import _loader

if TYPE_CHECKING:
    from manoir.templates._engine import Engine

__all__ = ["Loader"]


class Loader(_loader.Loader):
    """Finds templates in a dict of sources by name.

    Args:
        engine: the engine it loads for.
        templates_dict: the sources; changes to it are seen where the engine reloads.
    """

    def __init__(self, engine: Engine, templates_dict: Mapping[str, str]) -> None:
        super().__init__(engine)
        self.templates_dict = templates_dict

    def get_template_sources(self, template_name: str) -> Iterator[_loader.Origin]:
        """Return the only place."""
        yield _loader.Origin(template_name, template_name, self)

    def get_contents(self, origin: _loader.Origin) -> str:
        """Return a source out of the dict."""
        try:
            return self.templates_dict[origin.name]
        except KeyError as error:
            raise TemplateDoesNotExist(origin.name) from error

    def version(self, origin: _loader.Origin) -> Any:
        """Return the source itself."""
        return self.templates_dict.get(origin.name)

    def names(self) -> Iterator[str]:
        """Return the names in the dict."""
        return iter(list(self.templates_dict))
