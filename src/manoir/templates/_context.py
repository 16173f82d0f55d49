"""The variables of a rendering: a stack of dicts, looked through from the top."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from manoir.exceptions import ContextPopException
from manoir.templates._lookup import MISSING

if TYPE_CHECKING:
    from manoir.http import HttpRequest
    from manoir.templates._template import Frame, Template

ContextProcessor = Callable[..., Mapping[str, Any]]


class ContextDict(dict[str, Any]):
    """One level of a context; as a context manager it goes away at the end of the block."""

    def __init__(self, context: BaseContext, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.context = context
        context.dicts.append(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.context.pop()


class BaseContext:
    """A stack of dicts that reads like one dict."""

    def __init__(self, dict_: Mapping[str, Any] | BaseContext | None = None) -> None:
        self.dicts: list[dict[str, Any]] = [{}]
        self._reset(dict_)

    def _reset(self, values: Mapping[str, Any] | BaseContext | None) -> None:
        self.dicts = [{}]
        if isinstance(values, BaseContext):
            self.dicts.append(values.flatten())
        elif values is not None:
            self.dicts.append(dict(values))

    def lookup(self, name: str) -> Any:
        """Return the topmost value of a name, or MISSING."""
        for level in reversed(self.dicts):
            if name in level:
                return level[name]
        return MISSING

    def push(self, *args: Mapping[str, Any] | BaseContext, **kwargs: Any) -> ContextDict:
        """Put a new level on top.

        Args:
            *args: mappings whose values the level gets.
            **kwargs: further values.

        Returns:
            The level; in a `with` statement it is popped at the end of the block.

        Example:
            >>> context = Context({"a": 1})
            >>> with context.push(a=2):
            ...     context["a"]
            2
            >>> context["a"]
            1
        """
        values: dict[str, Any] = {}
        for mapping in args:
            values.update(mapping.flatten() if isinstance(mapping, BaseContext) else mapping)
        return ContextDict(self, values | kwargs)

    def pop(self) -> dict[str, Any]:
        """Take the topmost level away and return it.

        Raises:
            ContextPopException: only the bottom is left.
        """
        if len(self.dicts) == 1:
            raise ContextPopException("pop() was called more often than push(): only the context's bottom is left.")
        return self.dicts.pop()

    def get(self, key: str, otherwise: Any = None) -> Any:
        """Return the topmost value of a name, or `otherwise`."""
        value = self.lookup(key)
        return otherwise if value is MISSING else value

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of a name, after setting it on the top level if it was not there."""
        value = self.lookup(key)
        if value is MISSING:
            self[key] = value = default
        return value

    def set_upward(self, key: str, value: Any) -> None:
        """Set a variable where it is defined, the nearest level that has it; on top when none has."""
        for level in reversed(self.dicts):
            if key in level:
                level[key] = value
                return
        self[key] = value

    def flatten(self) -> dict[str, Any]:
        """Return all levels as one dict."""
        flat: dict[str, Any] = {}
        for level in self.dicts:
            flat.update(level)
        return flat

    def new(self, values: Mapping[str, Any] | BaseContext | None = None) -> Self:
        """Return a context of the same kind with other variables."""
        fresh = self.__copy__()
        fresh._reset(values)
        return fresh

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.dicts = self.dicts[:]
        return twin

    def __getitem__(self, key: str) -> Any:
        value = self.lookup(key)
        if value is MISSING:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        self.dicts[-1][key] = value

    def __delitem__(self, key: str) -> None:
        del self.dicts[-1][key]

    def __contains__(self, key: object) -> bool:
        return any(key in level for level in self.dicts)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return reversed(self.dicts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseContext) and self.flatten() == other.flatten()

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return repr(self.dicts)


class RenderContext(BaseContext):
    """State that custom tags keep during one rendering of one template; included templates have their own."""

    def lookup(self, name: str) -> Any:
        """Return the value on the top level only."""
        return self.dicts[-1].get(name, MISSING)

    def __contains__(self, key: object) -> bool:
        return key in self.dicts[-1]


class Context(BaseContext):
    """The variables of one rendering.

    Args:
        dict_: the variables.
        autoescape: whether printed values are escaped.
        use_l10n: whether values are localised; None lets `{% localize %}` and the settings say.
        use_tz: whether aware datetimes are shown in local time; None asks USE_TZ.

    Example:
        >>> Template("Hello, {{ name }}").render(Context({"name": "<you>"}))
        Markup('Hello, &lt;you&gt;')
    """

    request: HttpRequest | None = None

    def __init__(
        self,
        dict_: Mapping[str, Any] | BaseContext | None = None,
        autoescape: bool = True,
        use_l10n: bool | None = None,
        use_tz: bool | None = None,
    ) -> None:
        super().__init__(dict_)
        self.autoescape = autoescape
        self.use_l10n = use_l10n
        self.use_tz = use_tz
        self.template: Template | None = None
        self.template_name: str | None = "unknown"
        self.render_context = RenderContext()
        self.frame: Frame | None = None
        self.depth = 0  # how many templates include each other at this point

    def update(self, other_dict: Mapping[str, Any] | BaseContext) -> ContextDict:
        """Put a level with these values on top; see `push`."""
        return self.push(other_dict)

    def new(self, values: Mapping[str, Any] | BaseContext | None = None) -> Self:
        """Return a context with other variables and the same settings."""
        fresh = super().new(values)
        fresh.render_context = RenderContext()
        return fresh

    def __copy__(self) -> Self:
        twin = super().__copy__()
        twin.render_context = self.render_context.__copy__()
        return twin

    @contextmanager
    def bind_template(self, template: Template) -> Generator[None]:
        """Make the template known as the one being rendered."""
        if self.template is not None:
            yield
            return
        self.template = template
        try:
            yield
        finally:
            self.template = None


class RequestContext(Context):
    """A context that also has what the context processors of the engine make of the request.

    Args:
        request: the request.
        dict_: the variables; they win over those of the processors.
        processors: further processors for this context only.
        use_l10n: as in Context.
        use_tz: as in Context.
        autoescape: as in Context.
    """

    def __init__(
        self,
        request: HttpRequest,
        dict_: Mapping[str, Any] | BaseContext | None = None,
        processors: Sequence[ContextProcessor] | None = None,
        use_l10n: bool | None = None,
        use_tz: bool | None = None,
        autoescape: bool = True,
    ) -> None:
        super().__init__(dict_, autoescape=autoescape, use_l10n=use_l10n, use_tz=use_tz)
        self.request = request
        self._processors = tuple(processors or ())

    @contextmanager
    def bind_template(self, template: Template) -> Generator[None]:
        """Fill the lowest level with the values of the engine's context processors while a template is rendered."""
        if self.template is not None:
            yield
            return
        self.template = template
        values: dict[str, Any] = {}
        for processor in (*template.engine.template_context_processors, *self._processors):
            values.update(processor(self.request))
        self.dicts[0].update(values)
        try:
            yield
        finally:
            self.template = None
            for name in values:
                self.dicts[0].pop(name, None)


def make_context(
    values: Mapping[str, Any] | Context | None, request: HttpRequest | None = None, autoescape: bool = True
) -> Context:
    """Return a context of plain variables, a RequestContext when there is a request.

    Raises:
        TypeError: the variables are no mapping.
    """
    if isinstance(values, Context):
        return values
    if values is not None and not isinstance(values, Mapping):
        raise TypeError(f"A template's context is a dict of variables, not {type(values).__name__}.")
    if request is None:
        return Context(values, autoescape=autoescape)
    return RequestContext(request, values, autoescape=autoescape)
