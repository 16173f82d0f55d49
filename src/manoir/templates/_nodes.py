"""The base classes of what a template is made of: nodes, and lists of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from manoir.exceptions import TemplateSyntaxError
from manoir.templates._expressions import Expression
from manoir.templates._lexer import Token
from manoir.templates._safe import SafeString

if TYPE_CHECKING:
    from manoir.templates._context import Context
    from manoir.templates._emitter import Emitter
    from manoir.templates._unit import Unit

N = TypeVar("N", bound="Node")


class Node:
    """One piece of a template. A tag of your own is a subclass with `render(context)`.

    Attributes:
        token: where it stands in the template.
        child_nodelists: names of the attributes that hold lists of nodes.
        must_be_first: only text may stand before it.

    Example:
        >>> class UpperNode(Node):
        ...     def __init__(self, nodelist):
        ...         self.nodelist = nodelist
        ...
        ...     def render(self, context):
        ...         return self.nodelist.render(context).upper()
    """

    token: Token | None = None
    child_nodelists: ClassVar[tuple[str, ...]] = ("nodelist",)
    must_be_first: ClassVar[bool] = False
    _unit: Unit | None = None

    def render(self, context: Context) -> str:
        """Return this piece as text; subclasses say how."""
        raise TypeError(f"{type(self).__name__} has no render(context) method.")

    def render_annotated(self, context: Context) -> str:
        """Return this piece as text; kept for tags that call it on their children."""
        return self.render(context)

    def get_nodes_by_type(self, node_type: type[N]) -> list[N]:
        """Return this node, if it is one, and all nodes below it that are of a type."""
        return [node for node in walk([self]) if isinstance(node, node_type)]


class CompiledNode(Node):
    """A node that is written as Python when its template is compiled, so that nothing of it exists at rendering.

    Attributes:
        shares_context: it hands the context to code that reads variables the compiler cannot see.
        changes_context: it hands the context to code that may set variables.
        inlined: what is inside it becomes part of the same Python function.
        opens_scope: variables set inside are gone after it.
    """

    shares_context: bool = False
    changes_context: bool = False
    inlined: ClassVar[bool] = True
    opens_scope: ClassVar[bool] = False

    def render(self, context: Context) -> str:
        """Render this node alone, for tags that call it on their children."""
        return NodeList.of(self).render(context)

    def emit(self, out: Emitter) -> None:
        """Write this piece as Python."""
        raise TypeError(f"{type(self).__name__} has no emit() method.")

    def expressions(self) -> Iterable[Expression]:
        """Return the expressions this node itself evaluates."""
        return ()

    def assigns(self) -> Iterable[str]:
        """Return the variables this node sets in the scope around it."""
        return ()

    def nodelists(self) -> Iterator[NodeList]:
        """Return the lists of nodes inside this one."""
        return named_lists(self)


class NodeList(list[Node]):
    """Nodes in order. For tags of your own, `render(context)` returns their text.

    The first call compiles them to one Python function.
    """

    unit: Unit | None = None

    @classmethod
    def of(cls, node: Node) -> NodeList:
        """Return a list of one node of a parsed template."""
        nodelist = cls([node])
        nodelist.unit = node._unit
        return nodelist

    def render(self, context: Context) -> SafeString:
        """Return the text of all nodes, rendered with a context."""
        if not self:
            return SafeString("")
        if self.unit is None:
            return SafeString("".join(str(node.render_annotated(context)) for node in self))
        return self.unit.render_nodelist(self, context)

    def get_nodes_by_type(self, node_type: type[N]) -> list[N]:
        """Return all nodes here and below that are of a type."""
        return [node for node in walk(self) if isinstance(node, node_type)]


class TextNode(CompiledNode):
    """Text that is copied as it is."""

    child_nodelists = ()

    def __init__(self, s: str) -> None:
        self.s = s

    def emit(self, out: Emitter) -> None:
        out.text(self.s)


class VariableNode(CompiledNode):
    """A variable to print, with its filters."""

    child_nodelists = ()

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def expressions(self) -> Iterable[Expression]:
        return (self.expression,)

    def emit(self, out: Emitter) -> None:
        out.output(self.expression)


def named_lists(node: Node) -> Iterator[NodeList]:
    """Return the lists of nodes in the attributes that `child_nodelists` names."""
    for name in node.child_nodelists:
        nodelist = getattr(node, name, None)
        if isinstance(nodelist, NodeList):
            yield nodelist


def nodelists(node: Node) -> Iterator[NodeList]:
    return node.nodelists() if isinstance(node, CompiledNode) else named_lists(node)


def walk(nodes: Iterable[Node], into: Callable[[Node], bool] = lambda node: True) -> Iterator[Node]:
    """Return all nodes, outer ones first; `into` says whether to look inside a node."""
    pending: list[Node] = list(nodes)[::-1]
    while pending:
        node = pending.pop()
        yield node
        if into(node):
            for nodelist in list(nodelists(node))[::-1]:
                pending.extend(nodelist[::-1])


def describe(token: Token | None) -> str:
    """Return the tag as an error message shows it."""
    if token is None:
        return "template"
    return token.raw if len(token.raw) <= 120 else token.raw[:117] + "…" + token.raw[-2:]


def located(message: str, token: Token | None, template: str) -> TemplateSyntaxError:
    """Return the error with file, line and tag before its message."""
    place = f"{template}:{token.lineno}: {describe(token)}" if token is not None else template
    error = TemplateSyntaxError(f"{place}: {message}")
    error.__dict__.update(template_name=template, lineno=token.lineno if token else None, token=token, reason=message)
    return error


def is_located(error: Any) -> bool:
    """Whether an error says already where in a template it happened."""
    return "template_name" in error.__dict__
