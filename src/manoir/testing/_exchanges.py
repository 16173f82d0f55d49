"""What happened while a request was answered: errors and rendered templates, by signals, each request for itself."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from manoir.signals import got_request_exception
from manoir.templates import template_rendered


class Exchange:
    """What one request caused.

    Attributes:
        outer: the block around it, such as that of an assertion; it sees the templates, too.
        errors: what views and middleware raised, in order.
        rendered: templates with their variables, in order.
    """

    def __init__(self, outer: Exchange | None = None) -> None:
        self.outer = outer
        self.errors: list[BaseException] = []
        self.rendered: list[tuple[Any, dict[str, Any]]] = []


# By context, because an asynchronous test may send several requests at once.
current: ContextVar[Exchange | None] = ContextVar("manoir.testing.exchange", default=None)
_open = 0


def note_error(sender: Any, request: Any = None, exception: Any = None, **kwargs: Any) -> None:
    """Take note of what a view raised."""
    exchange = current.get()
    if exchange is not None:
        exchange.errors.append(exception)


def note_template(sender: Any, template: Any = None, context: Any = None, **kwargs: Any) -> None:
    """Take note of a template that begins to be rendered."""
    exchange = current.get()
    while exchange is not None:
        exchange.rendered.append((template, context))
        exchange = exchange.outer


@contextmanager
def recorded() -> Generator[Exchange]:
    """Record what the block causes; nothing listens when no block is open."""
    global _open
    previous = current.get()
    exchange = Exchange(previous)
    current.set(exchange)
    if not _open:
        got_request_exception.connect(note_error, weak=False)
        template_rendered.connect(note_template, weak=False)
    _open += 1
    try:
        yield exchange
    finally:
        _open -= 1
        if not _open:
            got_request_exception.disconnect(note_error)
            template_rendered.disconnect(note_template)
        current.set(previous)
