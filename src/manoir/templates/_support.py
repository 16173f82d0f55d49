"""The functions that compiled templates call, and the namespace they find them in."""

# hot path: benchmarks/templates.py

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from manoir import bridge
from manoir.exceptions import ManoirError, TemplateSyntaxError
from manoir.i18n import gettext
from manoir.templates._loader import missing, relative_name
from manoir.templates._lookup import (
    INERT,
    MISSING,
    PLAIN,
    clean,
    clean_none,
    is_miss,
    look,
    look_path,
    settle,
)
from manoir.templates._loops import ForLoop, as_list, as_sized, changed_cells, unpacked
from manoir.templates._output import (
    escape_str,
    finish,
    finish_raw,
    local_time,
    plain_number_type,
    show,
    show_raw,
)
from manoir.templates._safe import SafeString, conditional_escape

if TYPE_CHECKING:
    from manoir.templates._context import Context
    from manoir.templates._module import RenderFunction
    from manoir.templates._nodes import Node
    from manoir.templates._template import Template
    from manoir.templates._unit import Unit

MAX_INCLUDES = 100


def nothing(context: Context, out: list[str]) -> None:
    """Stand in for the root of a template that extends another one, which is never rendered itself."""


def kept_safe(function: Callable[..., Any], value: Any, *arguments: Any, **options: Any) -> Any:
    """Call a filter that keeps safe text safe."""
    result = function(value, *arguments, **options)
    return SafeString(result) if isinstance(value, SafeString) and isinstance(result, str) else result


def translated(text: str) -> SafeString:
    return SafeString(gettext(text))


def present(variables: dict[str, Any]) -> dict[str, Any]:
    """Drop variables that no tag has set yet."""
    return {name: value for name, value in variables.items() if value is not MISSING}


def awaited(value: Any) -> Any:
    """Return the result of a tag, waiting for it when the tag is `async def`."""
    return bridge.wait(value) if hasattr(value, "__await__") else value


def rendered(node: Node, context: Context) -> str:
    """Return the text of a custom tag."""
    return str(awaited(node.render(context)))


def scoped(context: Context, out: list[str], function: RenderFunction, variables: dict[str, Any] | None) -> None:
    """Call a function with locals of the caller on top of the context."""
    if variables is None:
        return function(context, out)
    context.dicts.append(variables)
    try:
        function(context, out)
    finally:
        context.dicts.pop()
    return None


def call_block(context: Context, out: list[str], name: str, variables: dict[str, Any] | None) -> None:
    """Render a block: the most derived template's version of it."""
    frame = context.frame
    assert frame is not None
    scoped(context, out, frame.merged(context.autoescape).blocks[name], variables)


def call_partial(context: Context, out: list[str], unit: Unit, name: str, variables: dict[str, Any] | None) -> None:
    """Render a partial of the same template."""
    context.depth += 1
    try:
        if context.depth > MAX_INCLUDES:
            raise too_many_includes(unit.display_name)
        scoped(context, out, unit.code(context.autoescape).partials[name], variables)
    finally:
        context.depth -= 1


def too_many_includes(name: str) -> TemplateSyntaxError:
    return TemplateSyntaxError(
        f"{name}: templates include each other more than {MAX_INCLUDES} deep; does this one include itself without end?"
    )


def call_super(context: Context, out: list[str], own: RenderFunction, variables: dict[str, Any] | None) -> None:
    """Render the version of a block that the parent template has."""
    frame = context.frame
    function = frame.merged(context.autoescape).supers.get(own) if frame is not None else None
    if function is not None:
        scoped(context, out, function, variables)


def super_text(context: Context, own: RenderFunction, variables: dict[str, Any] | None) -> SafeString:
    """Return what `call_super` renders."""
    out: list[str] = []
    call_super(context, out, own, variables)
    return SafeString("".join(out))


class BlockReference:
    """What the variable `block` is inside a block.

    Attributes:
        name: name of the block.
    """

    __slots__ = ("context", "name", "own")

    def __init__(self, name: str, context: Context, own: RenderFunction) -> None:
        self.name = name
        self.context = context
        self.own = own

    def super(self) -> SafeString:
        """Return the text of the parent template's version of this block."""
        return super_text(self.context, self.own, None)


def include(
    context: Context,
    out: list[str],
    template: Template,
    variables: dict[str, Any] | None,
    values: Mapping[str, Any] | None,
    only: bool,
) -> None:
    """Render another template in place.

    Args:
        context: the context of the including template.
        out: where the text goes.
        template: the other template.
        variables: locals of the including function.
        values: what follows `with`.
        only: the other template sees `values` and nothing else.
    """
    if context.depth >= MAX_INCLUDES:
        raise too_many_includes(template.unit.display_name)
    if only:
        inner = context.new(values)
        inner.depth = context.depth
        template.render_into(inner, out)
        return
    context.dicts.append({**(variables or {}), **(values or {})})
    try:
        template.render_into(context, out)
    finally:
        context.dicts.pop()


def find_included(context: Context, target: Any, current: str | None) -> Template:
    """Return the template that `{% include %}` names.

    Args:
        context: its template tells the engine.
        target: a template, a name, or names to try in order.
        current: name of the including template, for names that begin with `./` or `../`.
    """
    if hasattr(target, "render_into"):
        return target
    assert context.template is not None
    engine = context.template.engine
    if isinstance(target, str) or not isinstance(target, Sequence):
        return engine.get_template(absolute_name(str(target), current))
    return engine.select_template([absolute_name(str(name), current) for name in target])


def absolute_name(name: str, current: str | None) -> str:
    try:
        return relative_name(current, name)
    except ValueError as error:
        raise missing(name, message=str(error)) from error


def include_values(context: Context, out: list[str], target: Any, values: Mapping[str, Any]) -> None:
    """Render the template of an inclusion tag with the variables its function returned."""
    if not isinstance(values, Mapping):
        raise TypeError(f"An inclusion tag returns a dict of variables for its template, not {values!r}.")
    inner = context.new(values)
    inner.depth = context.depth
    token = context.get("csrf_token")
    if token is not None:
        inner["csrf_token"] = token
    find_included(context, target, None).render_into(inner, out)


def tag_text(value: Any) -> str:
    """Return the result of a simple tag as escaped text."""
    return escape_str(value) if type(value) is str else str(conditional_escape(value))


def contained(item: Any, container: Any, negated: bool = False) -> bool:
    """Evaluate `item in container`; False when the container cannot be asked."""
    try:
        return (item in container) is not negated
    except Exception as error:
        return unless_ours(error)


def unless_ours(error: Exception) -> bool:
    """Return False for values that cannot be compared; a failed query or a refused wait is no comparison."""
    if isinstance(error, ManoirError):
        raise error
    return False


def less(left: Any, right: Any) -> bool:
    try:
        return bool(left < right)
    except Exception as error:
        return unless_ours(error)


def less_or_equal(left: Any, right: Any) -> bool:
    try:
        return bool(left <= right)
    except Exception as error:
        return unless_ours(error)


def joined(values: Iterable[Any]) -> str:
    return "".join(map(str, values))


NAMES: dict[str, Any] = {
    "INERT": INERT,
    "MISSING": MISSING,
    "PLAIN": PLAIN,
    "BlockReference": BlockReference,
    "ForLoop": ForLoop,
    "SafeString": SafeString,
    "as_list": as_list,
    "as_sized": as_sized,
    "awaited": awaited,
    "call_block": call_block,
    "call_partial": call_partial,
    "call_super": call_super,
    "changed_cells": changed_cells,
    "clean": clean,
    "clean_none": clean_none,
    "contained": contained,
    "esc": escape_str,
    "find_included": find_included,
    "finish": finish,
    "finish_raw": finish_raw,
    "include": include,
    "include_values": include_values,
    "is_miss": is_miss,
    "kept_safe": kept_safe,
    "less": less,
    "less_or_equal": less_or_equal,
    "local_time": local_time,
    "look": look,
    "look_path": look_path,
    "plain_number_type": plain_number_type,
    "present": present,
    "rendered": rendered,
    "scoped": scoped,
    "settle": settle,
    "show": show,
    "show_raw": show_raw,
    "super_text": super_text,
    "tag_text": tag_text,
    "translated": translated,
    "unpacked": unpacked,
}
"""What every compiled template sees, beside the constants of its own."""
