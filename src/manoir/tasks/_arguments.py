"""The arguments of a task: bound to its signature and checked against its annotations, on both sides of the queue."""

from __future__ import annotations

import datetime as dt
import inspect
import typing
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
import msgspec.inspect

from manoir.exceptions import TaskArgumentError

NATIVE: Final = (bytes, dt.datetime, dt.date, dt.time, dt.timedelta, Decimal, uuid.UUID)
"""Types that arrive as themselves, so that a text never stands for them."""
UNCHECKED: Final = object()


class Arguments:
    """What a task's function takes.

    Args:
        func: the function.
        takes_context: its first parameter is the context, which no caller gives.
    """

    def __init__(self, func: Callable[..., Any], *, takes_context: bool) -> None:
        self.func = func
        self.signature = inspect.signature(func)
        parameters = list(self.signature.parameters.values())
        if takes_context:
            if not parameters:
                raise TypeError(
                    f"{func.__qualname__} takes no arguments, but takes_context=True gives it a TaskContext as the first."
                )
            parameters = parameters[1:]
        self.signature = self.signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
        self._hints: dict[str, Any] | None = None

    @property
    def hints(self) -> dict[str, Any]:
        """The types of parameters that can be checked; read when first needed, since annotations may name later classes."""
        if self._hints is None:
            try:
                found = typing.get_type_hints(self.func)
            except Exception:  # an annotation that names nothing at run time says nothing
                found = {}
            self._hints = {
                name: found[name]
                for name, parameter in self.signature.parameters.items()
                if name in found and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
                if can_check(found[name])
            }
        return self._hints

    # hot path: benchmarks/tasks.py
    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments as the function takes them, with values in the types it names, for the worker.

        Raises:
            TaskArgumentError: an argument is missing, too much, or of a type that the annotation excludes.
        """
        bound = self.bound(args, kwargs)
        for name, value in bound.arguments.items():
            if name in self.hints:
                bound.arguments[name] = self.converted(name, value)
        return list(bound.args), bound.kwargs

    def check(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """Refuse arguments that the function does not take, where they are given; they stay as they are.

        Raises:
            TaskArgumentError: an argument is missing, too much, or of a type that the annotation excludes.
        """
        bound = self.bound(args, kwargs)
        for name in self.hints:
            if name in bound.arguments:
                self.converted(name, bound.arguments[name])
        return bound

    def bound(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        try:
            return self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TaskArgumentError(
                f"The task {self.func.__qualname__} cannot be called like this: {error}. It takes"
                f" {self.func.__name__}{self.signature}."
            ) from None

    def converted(self, name: str, value: Any) -> Any:
        """Return a value in the type of its annotation (a member of an enumeration for its value, say)."""
        try:
            return msgspec.convert(value, self.hints[name], strict=True, builtin_types=NATIVE)
        except msgspec.ValidationError as error:
            raise TaskArgumentError(
                f"The task {self.func.__qualname__} cannot be given this {name!r}: {error}. It takes"
                f" {self.func.__name__}{self.signature}."
            ) from None


def can_check(hint: Any) -> bool:
    """Tell whether a type can be checked; classes of the project's own cannot."""
    if hint is Any:
        return False
    try:
        if isinstance(msgspec.inspect.type_info(hint), msgspec.inspect.CustomType):
            return False
        msgspec.convert(UNCHECKED, hint, strict=True)
    except msgspec.ValidationError:
        return True
    except Exception:
        return False
    return False
