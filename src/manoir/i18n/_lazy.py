"""Text that is decided when it is read, not when it is written: lazy strings.

A module is imported once, a request has a language of its own; so a label written at import time keeps the call that
makes its text and repeats it at every use. A lazy string is a proxy and not a subclass of `str`: the buffer of a
subclass would hold the untranslated text, and `"".join([...])`, JSON encoders and drivers would use it silently.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from markupsafe import Markup, escape

P = ParamSpec("P")
T = TypeVar("T")


class LazyString:
    """A string that is computed anew at each use. For type checkers it is a `str`; `str(lazy)` makes a real one.

    All methods and operators of `str` work and answer real strings. What asks for a real `str` in C
    (`", ".join([lazy])`, a database driver) raises TypeError: give it `str(lazy)`, or use `join_lazy`.

    Example:
        >>> greeting = lazystr(lambda: "Hello")
        >>> greeting + " world"
        'Hello world'
    """

    __slots__ = ("_args", "_func", "_kwargs")

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None):
        self._func = func
        self._args = args
        self._kwargs = dict(kwargs) if kwargs else {}

    def value(self) -> str:
        """Compute the text now; a `Markup` stays one."""
        text = self._func(*self._args, **self._kwargs)
        return text if isinstance(text, str) else str(text)

    def __str__(self) -> str:
        return str(self.value())

    def __repr__(self) -> str:
        return repr(self.value())

    def __html__(self) -> str:
        return escape(self.value())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._func, self._args, self._kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> LazyString:
        return self

    def __hash__(self) -> int:
        return hash(self.value())

    def __eq__(self, other: object) -> bool:
        return self.value() == unwrapped(other)

    def __lt__(self, other: Any) -> bool:
        return self.value() < unwrapped(other)

    def __le__(self, other: Any) -> bool:
        return self.value() <= unwrapped(other)

    def __gt__(self, other: Any) -> bool:
        return self.value() > unwrapped(other)

    def __ge__(self, other: Any) -> bool:
        return self.value() >= unwrapped(other)

    def __bool__(self) -> bool:
        return bool(self.value())

    def __len__(self) -> int:
        return len(self.value())

    def __iter__(self) -> Iterator[str]:
        return iter(self.value())

    def __contains__(self, part: Any) -> bool:
        return unwrapped(part) in self.value()

    def __getitem__(self, index: Any) -> str:
        return self.value()[index]

    def __format__(self, spec: str) -> str:
        return format(self.value(), spec)

    def __mod__(self, params: Any) -> str:
        return self.value() % params

    def __rmod__(self, template: str) -> str:
        return template % self.value()

    def __add__(self, other: Any) -> str:
        return operator.add(self.value(), unwrapped(other))

    def __radd__(self, other: Any) -> str:
        return operator.add(other, self.value())

    def __mul__(self, count: int) -> str:
        return self.value() * count

    __rmul__ = __mul__

    def join(self, parts: Iterable[Any]) -> str:
        """Join `parts`, lazy ones among them, with this text between them."""
        return self.value().join(unwrapped(part) for part in parts)


def forward(name: str) -> Callable[..., Any]:
    """Make the method of LazyString that calls the method `name` of the text."""

    def method(self: LazyString, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.value(), name)(*map(unwrapped, args), **kwargs)

    method.__name__ = name
    method.__qualname__ = f"LazyString.{name}"
    method.__doc__ = getattr(str, name).__doc__
    return method


for method_name in dir(str):
    if not method_name.startswith("_") and method_name not in LazyString.__dict__:
        setattr(LazyString, method_name, forward(method_name))


class LazyPlural(LazyString):
    """A lazy string that picks singular or plural when the number becomes known by `%`.

    The number is the right side of `%` itself, or the value of the key that `ngettext_lazy` was told.
    """

    __slots__ = ()

    def _number(self, params: Any) -> int:
        name = self._kwargs.get("number")
        if name is None:
            return params
        try:
            return params[name]
        except (KeyError, TypeError, IndexError):
            raise KeyError(
                f"The plural of {self._kwargs['singular']!r} is chosen by the parameter {name!r}, which is missing in "
                f"{params!r}. Give it: … % {{{name!r}: 2}}."
            ) from None

    def value(self) -> str:
        """Compute the text without a number, which is the plural one with its placeholders."""
        return self._func(**{**self._kwargs, "number": 0})

    def __mod__(self, params: Any) -> str:
        number = self._number(params)
        text: str = self._func(**{**self._kwargs, "number": number})
        try:
            return text % params
        except TypeError:
            # A text such as "one item" has no placeholder for a bare number.
            if isinstance(params, Mapping):
                raise
            return text


def unwrapped(value: Any) -> Any:
    """Return the real text of a lazy string, anything else as it is."""
    return value.value() if isinstance(value, LazyString) else value


def lazy(func: Callable[P, T], *result_classes: type[Any]) -> Callable[P, T]:
    """Make a function whose calls are carried out at each use of their result, which must be text.

    Args:
        func: a function that returns text.
        result_classes: documented in Django's signature; everything but text is refused.

    Raises:
        TypeError: a result class is not `str` or a subclass of it.

    Example:
        >>> shout = lazy(str.upper, str)
        >>> shout("hello") + "!"
        'HELLO!'
    """
    for cls in result_classes:
        if not issubclass(cls, str):
            raise TypeError(f"lazy() makes lazy text only; {cls.__name__} is not a str. Use a function instead.")

    def delayed(*args: P.args, **kwargs: P.kwargs) -> T:
        return cast(T, LazyString(func, args, kwargs))

    delayed.__name__ = getattr(func, "__name__", "delayed")
    delayed.__doc__ = func.__doc__
    return delayed


def lazystr(func: Any) -> str:
    """Make a lazy string out of a function without arguments, or out of any value by `str`.

    Example:
        >>> str(lazystr(lambda: "now"))
        'now'
    """
    return cast(str, LazyString(func) if callable(func) and not isinstance(func, str) else LazyString(str, (func,)))


def format_text(template: Any, *args: Any, **kwargs: Any) -> str:
    return str(template).format(*args, **kwargs)


def format_lazy(template: str, *args: Any, **kwargs: Any) -> str:
    """Do `template.format(*args, **kwargs)` at each use, where the template or an argument may be lazy.

    Example:
        >>> str(format_lazy("{city}: {count}", city="Paris", count=3))
        'Paris: 3'
    """
    return cast(str, LazyString(format_text, (template, *args), kwargs))


def join_text(separator: Any, parts: tuple[Any, ...]) -> str:
    texts = [unwrapped(part) for part in parts]
    if any(isinstance(text, Markup) for text in texts):
        return escape(separator).join(texts)
    return str(separator).join(map(str, texts))


def join_lazy(separator: str, parts: Iterable[Any]) -> str:
    """Do `separator.join(parts)` at each use, where any of them may be lazy.

    Example:
        >>> str(join_lazy(", ", [lazystr(lambda: "a"), "b"]))
        'a, b'
    """
    return cast(str, LazyString(join_text, (separator, tuple(parts))))
