"""Templates as people hold them, and what one rendering of one template keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from manoir import bridge
from manoir.exceptions import TemplateSyntaxError, nearest
from manoir.signals import Signal
from manoir.templates._context import Context, make_context
from manoir.templates._errors import annotate
from manoir.templates._loader import Origin, missing
from manoir.templates._module import RenderFunction
from manoir.templates._nodes import NodeList
from manoir.templates._registry import engines
from manoir.templates._safe import SafeString
from manoir.templates._unit import Unit

if TYPE_CHECKING:
    from manoir.http import HttpRequest
    from manoir.templates._engine import Engine

MAX_PARENTS = 100

template_rendered = Signal()
"""Sent before a template is rendered, once for it and for each template it extends, with `template` and with `context`
as a dict; the test client listens to it."""


def tell_rendered(lineage: Lineage, context: Context) -> None:
    """Send `template_rendered` for a template and all it extends."""
    variables = context.flatten()
    for template in lineage.templates:
        template_rendered.send(template, template=template, context=variables)


@dataclass(frozen=True, slots=True)
class Merged:
    """A template and all it extends, as one.

    Attributes:
        root: renders the topmost parent.
        blocks: the most derived version of each block.
        supers: for each version of a block, the version that `block.super` means.
    """

    root: RenderFunction
    blocks: dict[str, RenderFunction]
    supers: dict[RenderFunction, RenderFunction]


class Lineage:
    """A template and all it extends, the most derived first."""

    __slots__ = ("_merged", "templates")

    def __init__(self, templates: tuple[Template, ...]) -> None:
        self.templates = templates
        self._merged: dict[bool, Merged] = {}

    def merged(self, autoescape: bool) -> Merged:
        """Return the functions to call, with escaping or without."""
        merged = self._merged.get(autoescape)
        if merged is None:
            merged = self._merged[autoescape] = self.merge(autoescape)
        return merged

    def merge(self, autoescape: bool) -> Merged:
        blocks: dict[str, RenderFunction] = {}
        supers: dict[RenderFunction, RenderFunction] = {}
        codes = [template.unit.code(autoescape) for template in self.templates]
        for code in reversed(codes):
            for name, function in code.blocks.items():
                if name in blocks:
                    supers[function] = blocks[name]
                blocks[name] = function
        return Merged(codes[-1].root, blocks, supers)


class Frame:
    """What one rendering of one template keeps: its blocks, and the memory of its tags."""

    __slots__ = ("cells", "merged")

    def __init__(self, lineage: Lineage) -> None:
        self.merged = lineage.merged
        self.cells: dict[int, Any] = {}


class Template:
    """A compiled template.

    Args:
        template_string: the source. Never text that a user may write: who writes templates can read whatever
            their context reaches.
        origin: where it came from.
        name: its name.
        engine: None takes the first configured engine.

    Raises:
        TemplateSyntaxError: anything wrong in the source, with line and tag.

    Example:
        >>> Template("{{ name|title }}").render({"name": "emma"})
        Markup('Emma')
    """

    def __init__(
        self,
        template_string: object,
        origin: Origin | None = None,
        name: str | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.name = name
        self.origin = origin or Origin("<template>")
        self.engine: Engine = engines.default() if engine is None else engine
        self.source = str(template_string)
        self.unit = Unit(self.engine, self.source, name, self.origin)
        self._lineage: Lineage | None = None

    @property
    def nodelist(self) -> NodeList:
        """The nodes of the template."""
        return self.unit.nodelist

    @property
    def template(self) -> Template:
        """This template itself: code for engines that wrap templates finds it here."""
        return self

    def render(
        self, context: Mapping[str, Any] | Context | None = None, request: HttpRequest | None = None
    ) -> SafeString:
        """Return the text of the template.

        In a coroutine use `arender`, so that values that have to wait (a lazy queryset) can.

        Args:
            context: the variables, as a dict or a Context.
            request: makes the engine's context processors run.

        Raises:
            Exception: what variables and tags raise, with a note that names template, line and tag.
        """
        full = make_context(context, request, autoescape=self.engine.autoescape)
        out: list[str] = []
        try:
            with full.bind_template(self):
                self.render_into(full, out)
        except Exception as error:
            if full.depth == 0:
                annotate(error)
            raise
        return SafeString("".join(out))

    async def arender(
        self, context: Mapping[str, Any] | Context | None = None, request: HttpRequest | None = None
    ) -> SafeString:
        """Return the text of the template, in a coroutine; values may wait without blocking the loop."""
        return await bridge.spawn(self.render, context, request)

    def render_into(self, context: Context, out: list[str]) -> None:
        """Append the text of the template to `out`, as a template of its own inside whatever is being rendered."""
        outer = context.frame, context.template_name
        context.depth += 1
        pushed = len(context.dicts)
        context.render_context.dicts.append({})
        try:
            lineage = self.lineage(context)
            if template_rendered.receivers:
                tell_rendered(lineage, context)
            context.template_name = self.name
            frame = context.frame = Frame(lineage)
            frame.merged(context.autoescape).root(context, out)
        finally:
            context.render_context.dicts.pop()
            context.frame, context.template_name = outer
            context.depth -= 1
            del context.dicts[max(pushed, 1) :]

    def partial(self, name: str) -> PartialTemplate:
        """Return a partial of this template as a template of its own, as `page.html#name` does.

        Raises:
            TemplateDoesNotExist: there is no such partial; the message names near ones.
        """
        if name not in self.unit.partials:
            hint = nearest(name, self.unit.partials)
            raise missing(f"{self.name}#{name}", message=f"{self.unit.display_name} has no partial {name!r}.{hint}")
        return PartialTemplate(self, name)

    def lineage(self, context: Context) -> Lineage:
        """Return this template with all it extends."""
        if self._lineage is not None:
            return self._lineage
        templates: list[Template] = [self]
        constant = True
        while (extends := templates[-1].unit.extends) is not None:
            if len(templates) > MAX_PARENTS:
                raise TemplateSyntaxError(f"{self.unit.display_name} extends more than {MAX_PARENTS} templates.")
            constant = constant and extends.is_constant
            templates.append(extends.find_parent(context, templates))
        lineage = Lineage(tuple(templates))
        if constant and not self.engine.reloads:
            self._lineage = lineage
        return lineage

    def __repr__(self) -> str:
        return f"<Template {self.unit.display_name!r}>"


class PartialTemplate(Template):
    """One partial of a template, rendered alone."""

    def __init__(self, whole: Template, name: str) -> None:
        self.__dict__.update(whole.__dict__)
        self.name = f"{whole.name}#{name}"
        self.whole = whole
        self.partial_name = name

    def lineage(self, context: Context) -> Lineage:
        """Return functions of the whole template, with the partial as the root."""
        return PartialLineage((self.whole,), self.partial_name)


class PartialLineage(Lineage):
    """The functions that a partial needs."""

    __slots__ = ("name",)

    def __init__(self, templates: tuple[Template, ...], name: str) -> None:
        super().__init__(templates)
        self.name = name

    def merge(self, autoescape: bool) -> Merged:
        code = self.templates[0].unit.code(autoescape)
        return Merged(code.partials[self.name], code.blocks, {})
