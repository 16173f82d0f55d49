"""The onion: middleware composed once, each layer in the colour that costs least.

- Everything is async unless a layer can only be sync. Between the outermost and the innermost layer that can only be
  sync, layers of both colours are built sync, too: such a stretch runs in one thread, and calls itself directly.
- Where the colour changes, an adapter stands: inwards `bridge.wait` (the thread waits, and serves what the loop hands
  it meanwhile), outwards `bridge.run_sync`. So a request occupies one thread at most, and context variables and
  transactions hold, because both carry them.
- Pure neighbours (see `PureMiddleware`) are fused into one coroutine.
- A layer never sees an exception of an inner one: `convert` has made a response of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from manoir import bridge
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from manoir.http import HttpResponseBase
from manoir.middleware._base import MiddlewareMixin, PureMiddleware, is_async
from manoir.middleware._steps import put_together_inwards, put_together_outwards

if TYPE_CHECKING:
    from manoir.http import HttpRequest

Factory: TypeAlias = Callable[[Any], Any]
Hook: TypeAlias = Callable[..., Awaitable[Any]]
Skip: TypeAlias = "Callable[[HttpRequest, Callable[..., Any]], bool]"
Convert: TypeAlias = "Callable[[HttpRequest, Exception], Awaitable[HttpResponseBase]]"

_SYNC, _ASYNC = "sync", "async"


@dataclass(frozen=True, slots=True)
class Onion:
    """A composed stack of middleware.

    Attributes:
        call: answers a request through all layers.
        view_steps: `process_view` of all layers, the outermost first, each with what tells without waiting that it has
            nothing to do (`skips_view` of its layer; None without one).
        template_response_hooks: `process_template_response`, the innermost first.
        exception_hooks: `process_exception`, the innermost first. Each hook is `async def`, whatever it was written as.
    """

    call: Callable[[HttpRequest], Awaitable[HttpResponseBase]]
    view_steps: list[tuple[Skip | None, Hook]]
    template_response_hooks: list[Hook]
    exception_hooks: list[Hook]

    @property
    def view_hooks(self) -> list[Hook]:
        """`process_view` of all layers, the outermost first."""
        return [hook for _, hook in self.view_steps]


def compose(get_response: Callable[[Any], Awaitable[Any]], factories: Sequence[Factory], *, convert: Convert) -> Onion:
    """Build the onion, once.

    Args:
        get_response: the innermost layer, `async def`.
        factories: what makes the layers, outermost first; each takes the next layer.
        convert: makes a response of an exception; every layer sees responses only.

    Returns:
        The onion.

    Raises:
        ImproperlyConfigured: a factory returned None, something that cannot be called, or the wrong colour.
    """
    return _Builder(get_response, convert).build(factories)


class _Builder:
    def __init__(self, get_response: Callable[[Any], Awaitable[Any]], convert: Convert) -> None:
        self._convert = convert
        self._handler: Callable[[Any], Any] = _guard_async(get_response, convert)
        self._unguarded: Callable[[Any], Any] | None = get_response
        """What `_handler` guards, as long as nothing is around it: fused layers guard it themselves."""
        self._colour = _ASYNC
        self._fused: list[PureMiddleware] = []
        self._views: list[tuple[Skip | None, Hook]] = []
        self._templates: list[Hook] = []
        self._exceptions: list[Hook] = []

    def build(self, factories: Sequence[Factory]) -> Onion:
        colours = _choose_colours(factories)
        for factory, colour in zip(reversed(factories), reversed(colours), strict=True):
            self._add(factory, colour)
        self._finish_fused()
        self._turn(_ASYNC)
        return Onion(self._handler, self._views, self._templates, self._exceptions)

    def _add(self, factory: Factory, colour: str) -> None:
        pure = isinstance(factory, type) and issubclass(factory, PureMiddleware) and _uses_own_call(factory)
        if not pure or colour != self._colour:
            self._finish_fused()
            self._turn(colour)
        try:
            layer = factory(self._handler)
        except MiddlewareNotUsed:
            return
        _check(factory, layer, colour)
        self._collect_hooks(layer)
        if pure:
            self._fused.append(layer)
            return
        guard = _guard_async if colour == _ASYNC else _guard_sync
        self._handler, self._unguarded = guard(layer, self._convert), layer

    def _turn(self, colour: str) -> None:
        """Put an adapter around the layers so far, unless they have this colour."""
        if colour != self._colour:
            self._handler = _as_async(self._handler) if colour == _ASYNC else _as_sync(self._handler)
            self._unguarded = None
            self._colour = colour

    def _finish_fused(self) -> None:
        if self._fused:
            fuse = _fuse_async if self._colour == _ASYNC else _fuse_sync
            self._handler = fuse(list(reversed(self._fused)), self._unguarded or self._handler, self._convert)
            self._unguarded = None
            self._fused = []

    def _collect_hooks(self, layer: Any) -> None:
        pure = isinstance(layer, PureMiddleware)
        if (hook := getattr(layer, "process_view", None)) is not None:
            self._views.insert(0, (_skip_of(layer), _as_async_hook(hook, pure=pure)))
        if (hook := getattr(layer, "process_template_response", None)) is not None:
            self._templates.append(_as_async_hook(hook, pure=pure))
        if (hook := getattr(layer, "process_exception", None)) is not None:
            self._exceptions.append(_as_async_hook(hook, pure=pure))


def _skip_of(layer: Any) -> Skip | None:
    """Return `skips_view` of a layer, unless a subclass has written `process_view` anew without it."""
    for kind in type(layer).__mro__:
        if "skips_view" in kind.__dict__:
            return layer.skips_view
        if "process_view" in kind.__dict__:
            break
    return None


# -- colours ----------------------------------------------------------------------------------------------------------


def _capabilities(factory: Factory) -> tuple[bool, bool]:
    """Return whether a factory can be sync, and async; a class with blocking hooks is cheapest as sync only."""
    can_sync = getattr(factory, "sync_capable", True)
    can_async = getattr(factory, "async_capable", False)
    if isinstance(factory, type) and issubclass(factory, MiddlewareMixin) and not issubclass(factory, PureMiddleware):
        hooks = [getattr(factory, name, None) for name in ("process_request", "process_response")]
        written = [hook for hook in hooks if hook is not None]
        if can_sync and _uses_own_call(factory) and any(not inspect.iscoroutinefunction(hook) for hook in written):
            can_async = False
    return can_sync, can_async


def _uses_own_call(factory: type[Any]) -> bool:
    return factory.__call__ is MiddlewareMixin.__call__ and factory.__acall__ is MiddlewareMixin.__acall__


def _choose_colours(factories: Sequence[Factory]) -> list[str]:
    capabilities = [_capabilities(factory) for factory in factories]
    for factory, (can_sync, can_async) in zip(factories, capabilities, strict=True):
        if not (can_sync or can_async):
            raise ImproperlyConfigured(f"The middleware {_name(factory)} is neither sync_capable nor async_capable.")
    only_sync = [index for index, (_, can_async) in enumerate(capabilities) if not can_async]
    first, last = (only_sync[0], only_sync[-1]) if only_sync else (1, 0)
    return [
        _SYNC if can_sync and (not can_async or first <= index <= last) else _ASYNC
        for index, (can_sync, can_async) in enumerate(capabilities)
    ]


def _name(factory: Any) -> str:
    return f"{getattr(factory, '__module__', '')}.{getattr(factory, '__qualname__', repr(factory))}"


def _check(factory: Factory, layer: Any, colour: str) -> None:
    if layer is None:
        raise ImproperlyConfigured(f"Middleware factory {_name(factory)} returned None; return the middleware.")
    if not callable(layer):
        raise ImproperlyConfigured(f"Middleware factory {_name(factory)} returned {layer!r}, which cannot be called.")
    if colour == _SYNC and inspect.iscoroutinefunction(layer):
        raise ImproperlyConfigured(
            f"The middleware of {_name(factory)} is `async def`; mark the factory with @async_only_middleware."
        )


def _as_async(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    async def call_in_thread(request: Any) -> Any:
        return await bridge.run_sync(handler, request)

    return call_in_thread


def _as_sync(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_on_loop(request: Any) -> Any:
        return bridge.wait(handler(request))

    return call_on_loop


def _as_async_hook(hook: Callable[..., Any], *, pure: bool) -> Hook:
    if is_async(hook):
        return hook
    if pure:

        async def call_here(*args: Any) -> Any:
            return hook(*args)

        return call_here

    async def call_in_thread(*args: Any) -> Any:
        return await bridge.run_sync(hook, *args)

    return call_in_thread


# -- exceptions become responses --------------------------------------------------------------------------------------


def _guard_async(layer: Callable[[Any], Any], convert: Convert) -> Callable[[Any], Any]:
    async def call(request: Any) -> Any:
        try:
            response = await layer(request)
            return response if isinstance(response, HttpResponseBase) else _response(layer, response)
        except Exception as error:
            return await convert(request, error)

    return call


def _guard_sync(layer: Callable[[Any], Any], convert: Convert) -> Callable[[Any], Any]:
    def call(request: Any) -> Any:
        try:
            return _response(layer, layer(request))
        except Exception as error:
            return bridge.wait(_awaited(convert, request, error))

    return call


async def _awaited(convert: Convert, request: Any, error: Exception) -> Any:
    return await convert(request, error)


def _response(layer: Any, response: Any) -> Any:
    if response is None or inspect.iscoroutine(response):
        _refuse(layer, response)
    return response


def _refuse(layer: Any, response: Any) -> None:
    name = _name(layer if hasattr(layer, "__qualname__") else type(layer))
    if response is None:
        raise ValueError(f"The middleware {name} returned None instead of a response: is a `return` missing?")
    response.close()
    raise ValueError(f"The middleware {name} returned an unawaited coroutine: add an `await`.")


# -- pure neighbours in one call --------------------------------------------------------------------------------------


_settings_stamp = object()
"""Another one after each change of a setting, so that fused layers ask for their hooks again."""


def _renew_stamp(name: str, value: object, enter: bool) -> None:
    global _settings_stamp
    _settings_stamp = object()


settings.on_change(_renew_stamp)


def _hooks_of(layers: Sequence[PureMiddleware]) -> tuple[list[tuple[int, Any]], list[list[tuple[str | None, Any]]]]:
    """Return the hooks of the way in with the depth of their layers, and of the way out from each depth (see `_steps`).

    The way out from depth `n` is the entry `n + 1`; the first is the way from outside of all layers, without any hook.
    """
    hooks = [layer.active_hooks() for layer in layers]
    inwards = put_together_inwards([(depth, before) for depth, (before, _) in enumerate(hooks) if before is not None])
    outwards = [
        put_together_outwards([after for _, after in reversed(hooks[:end]) if after is not None])
        for end in range(len(layers) + 1)
    ]
    return inwards, [*outwards, outwards[-1]]


def _fuse_async(
    layers: Sequence[PureMiddleware], handler: Callable[[Any], Any], convert: Convert
) -> Callable[[Any], Any]:
    inwards: list[tuple[int, Any]] = []
    outwards: list[list[tuple[str | None, Any]]] = []
    stamp: object = None
    innermost = len(layers)

    async def call(request: Any) -> Any:
        # hot path: benchmarks/http_objects.py
        nonlocal inwards, outwards, stamp
        if stamp is not _settings_stamp:
            latest = _settings_stamp
            inwards, outwards = _hooks_of(layers)
            stamp = latest  # only now: hooks that a setting forbids are refused to every request
        response: Any = None
        depth = innermost
        if inwards:
            try:
                for depth, hook in inwards:  # noqa: B007 - read after the loop
                    response = hook(request)
                    if response is not None and inspect.iscoroutine(response):
                        response = await response
                    if response is not None:
                        # The layer that answered still sees its own answer on the way out.
                        break
                else:
                    depth = innermost
            except Exception as error:
                response = await convert(request, error)
                depth -= 1
        if response is None:
            try:
                response = await handler(request)
                if not isinstance(response, HttpResponseBase):
                    _response(handler, response)
            except Exception as error:
                response = await convert(request, error)
        touched = request.__dict__
        for attribute, hook in outwards[depth + 1]:
            if attribute is not None and attribute not in touched:
                continue
            try:
                found = hook(request, response)
                if found is not response:
                    response = found if isinstance(found, HttpResponseBase) else await _settled(hook, found)
            except Exception as error:
                response = await convert(request, error)
        return response

    return call


async def _settled(hook: Any, response: Any) -> Any:
    """Return the response of a hook that has to wait for it."""
    if inspect.iscoroutine(response):
        response = await response
    return _response(hook, response)


def _fuse_sync(
    layers: Sequence[PureMiddleware], handler: Callable[[Any], Any], convert: Convert
) -> Callable[[Any], Any]:
    for layer in reversed(layers):
        handler = _guard_sync(_hooked(layer, handler), convert)
    return handler


def _hooked(layer: PureMiddleware, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    before, after = getattr(layer, "process_request", None), getattr(layer, "process_response", None)

    def call(request: Any) -> Any:
        response = _waited(before(request)) if before is not None else None
        if response is None:
            response = handler(request)
        return _waited(after(request, response)) if after is not None else response

    return call


def _waited(found: Any) -> Any:
    return bridge.wait(found) if inspect.iscoroutine(found) else found
