"""What forms, bound fields and lists of errors have in common: they render themselves by a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir.forms._renderers import BaseRenderer, get_default_renderer
from manoir.templates import SafeString


class RenderableMixin:
    """An object that a template shows by `{{ object }}`.

    Subclasses give `template_name` and `get_context()`.
    """

    renderer: BaseRenderer | None = None

    def get_context(self) -> dict[str, Any]:
        """Return the variables of the template."""
        raise TypeError(f"{type(self).__name__} must define get_context().")

    def get_template_name(self) -> str:
        """Return the name of the default template."""
        raise TypeError(f"{type(self).__name__} has no default template.")

    def render(
        self,
        template_name: str | None = None,
        context: Mapping[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        """Render to safe HTML.

        Args:
            template_name: name of a template; None takes the default.
            context: its variables; None takes `get_context()`.
            renderer: where templates are found; None takes the object's own, then FORM_RENDERER.
        """
        chosen = renderer or self.renderer or get_default_renderer()
        return chosen.render(
            template_name or self.get_template_name(), self.get_context() if context is None else context
        )

    def __html__(self) -> SafeString:
        return self.render()

    def __str__(self) -> str:
        return str(self.render())
