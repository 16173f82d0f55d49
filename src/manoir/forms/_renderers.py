"""Renderers: where forms and widgets find their templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from manoir.bridge import lazy_property
from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured, TemplateDoesNotExist
from manoir.templates import Engine, SafeString, get_template

DEFAULT_RENDERER = "manoir.forms.TemplatesRenderer"
SHIPPED = Path(__file__).parent / "templates"


class BaseRenderer:
    """What a form renderer is: names of the default templates, and `get_template`.

    Attributes:
        form_template_name: template of a whole form.
        formset_template_name: template of a formset.
        field_template_name: template of a field group: label, help text, errors, widget.
        bound_field_class: class of bound fields; None takes `BoundField`.
    """

    form_template_name: str = "manoir/forms/div.html"
    formset_template_name: str = "manoir/forms/formsets/div.html"
    field_template_name: str = "manoir/forms/field.html"
    bound_field_class: type[Any] | None = None

    def get_template(self, template_name: str) -> Any:
        """Return the template of that name.

        Raises:
            TemplateDoesNotExist: there is none.
        """
        raise TypeError(f"{type(self).__name__} must define get_template().")

    def render(self, template_name: str, context: Mapping[str, Any], request: Any = None) -> SafeString:
        """Render a template to safe HTML, without white space around it."""
        text = self.get_template(template_name).render(context, request=request)
        return SafeString(SafeString(text).strip())


class TemplatesRenderer(BaseRenderer):
    """The default: templates that come with manoir, and those of the `templates` directories of the apps.

    Its engine is its own and always escapes, whatever TEMPLATES says.
    """

    app_dirs: ClassVar[bool] = True

    @lazy_property
    def engine(self) -> Engine:
        """The engine, made at the first use."""
        return Engine(dirs=[], loaders=loaders(self.app_dirs))

    def get_template(self, template_name: str) -> Any:
        """Return the template of that name."""
        return self.engine.get_template(template_name)


class TemplatesSetting(BaseRenderer):
    """Looks into the engines of TEMPLATES first, so that a project may replace each template; then takes manoir's."""

    def get_template(self, template_name: str) -> Any:
        """Return the template of that name."""
        try:
            return get_template(template_name)
        except TemplateDoesNotExist as error:
            if error.__dict__.get("template_name", template_name) != template_name:
                raise
            return shipped_renderer().get_template(template_name)


def loaders(app_dirs: bool) -> list[Any]:
    """The loaders of an engine for forms: apps first, so that they may replace what manoir ships."""
    found: list[Any] = ["manoir.templates.loaders.app_directories.Loader"] if app_dirs else []
    found.append(("manoir.templates.loaders.filesystem.Loader", [str(SHIPPED)]))
    return [("manoir.templates.loaders.cached.Loader", found)]


_made: dict[Any, BaseRenderer] = {}


def forget_renderers(name: str, value: Any = None, enter: bool = True) -> None:
    if name in {"FORM_RENDERER", "INSTALLED_APPS", "TEMPLATES", "DEBUG"}:
        _made.clear()


settings.on_change(forget_renderers)


def shipped_renderer() -> BaseRenderer:
    """The renderer of the templates that come with manoir."""
    return renderer_at(DEFAULT_RENDERER, TemplatesRenderer)


def get_default_renderer() -> BaseRenderer:
    """Return the renderer that the setting FORM_RENDERER names.

    Raises:
        ImproperlyConfigured: it cannot be imported, or is no renderer.
    """
    path: Any = settings.FORM_RENDERER
    if path == DEFAULT_RENDERER:
        return shipped_renderer()
    try:
        cls = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"FORM_RENDERER: {path!r} cannot be imported. {error}") from error
    return renderer_at(path, cls)


def renderer_at(path: str, cls: Any) -> BaseRenderer:
    """The one renderer of a class."""
    found = _made.get(path)
    if found is None:
        if not (isinstance(cls, type) and issubclass(cls, BaseRenderer)):
            raise ImproperlyConfigured(f"FORM_RENDERER: {path!r} is no subclass of manoir.forms.BaseRenderer.")
        found = _made[path] = cls()
    return found
