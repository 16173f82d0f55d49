"""Templates by name, from the configured engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from manoir import bridge
from manoir.exceptions import TemplateDoesNotExist
from manoir.templates._context import Context
from manoir.templates._loader import missing
from manoir.templates._registry import engines
from manoir.templates._safe import SafeString

if TYPE_CHECKING:
    from manoir.http import HttpRequest


def candidates(using: str | None) -> list[Any]:
    return engines.all() if using is None else [engines[using]]


def get_template(template_name: str, using: str | None = None) -> Any:
    """Return a template by name.

    Args:
        template_name: its name, as `shop/books.html`; `shop/books.html#card` for a partial of it.
        using: NAME of an engine; None asks all engines in order.

    Returns:
        A template with `render(context=None, request=None)` and `arender`.

    Raises:
        TemplateDoesNotExist: no engine has it; the message lists the places and near names.
        TemplateSyntaxError: it cannot be compiled.
    """
    return select_template([template_name], using)


def select_template(template_name_list: Sequence[str], using: str | None = None) -> Any:
    """Return the first template of several names that exists; see `get_template`.

    Raises:
        TemplateDoesNotExist: none of them exists, or the list is empty.
        TypeError: one name was given instead of a list.
    """
    if isinstance(template_name_list, str):
        raise TypeError(f"select_template() takes a list of names; use get_template({template_name_list!r}).")
    errors: list[TemplateDoesNotExist] = []
    for name in template_name_list:
        for engine in candidates(using):
            try:
                return engine.get_template(name)
            except TemplateDoesNotExist as error:
                if error.__dict__.get("template_name", name) != name.partition("#")[0]:
                    raise  # the template is there; one that it extends is not
                errors.append(error)
    if not template_name_list:
        raise missing("", message="select_template() was given no names.")
    if len(errors) == 1:
        raise errors[0]
    tried = [place for error in errors for place in error.__dict__.get("tried", ())]
    text = "\n".join(map(str, errors)) or "TEMPLATES has no engine."
    raise missing(", ".join(template_name_list), tried, text)


def render_to_string(
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | Context | None = None,
    request: HttpRequest | None = None,
    using: str | None = None,
) -> SafeString:
    """Load a template and render it.

    Args:
        template_name: a name, or names of which the first that exists is taken.
        context: the variables.
        request: makes the engine's context processors run.
        using: NAME of an engine; None asks all engines in order.
    """
    if isinstance(template_name, str):
        return get_template(template_name, using).render(context, request)
    return select_template(template_name, using).render(context, request)


async def arender_to_string(
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | Context | None = None,
    request: HttpRequest | None = None,
    using: str | None = None,
) -> SafeString:
    """Load a template and render it in a coroutine: values in it may wait without blocking the loop."""
    return await bridge.spawn(render_to_string, template_name, context, request, using)
