"""Steps that a fused stack understands, so that it can put those of several layers together.

`active_hooks()` of a layer may return them in place of its hooks. Each can also be called as the hook that it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manoir.http import HttpRequest, HttpResponseBase


@dataclass(frozen=True, slots=True)
class MakesLate:
    """A way in that only has attributes of the request made when they are read; those of neighbours are one.

    Attributes:
        makers: what makes each attribute, see `HttpRequest.make_late`.
        needs: an attribute that has to be made by a layer outside of this one; None: none.
        otherwise: the hook itself, which says what is wrong where that is missing.
    """

    makers: Mapping[str, Callable[[HttpRequest], Any]]
    needs: str | None = None
    otherwise: Callable[[HttpRequest], Any] | None = None

    def __call__(self, request: HttpRequest) -> None:
        """Have the attributes made late."""
        # hot path: benchmarks/web.py
        request.make_all_late(self.makers)


@dataclass(frozen=True, slots=True)
class OwnStep:
    """A way out that neither looks at the headers which `AddsHeaders` adds, nor minds when they are added.

    Attributes:
        hook: `process_response`.
        attribute: name of an attribute of the request without which there is nothing to do, such as a session that was
            opened; None: there always is.
    """

    hook: Callable[[HttpRequest, HttpResponseBase], Any]
    attribute: str | None = None

    def __call__(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """Do it, where there is something to do."""
        if self.attribute is not None and self.attribute not in request.__dict__:
            return response
        return self.hook(request, response)


@dataclass(frozen=True, slots=True)
class AddsHeaders:
    """A way out that adds headers where they are missing, the same ones to all answers.

    Attributes:
        items: names in small letters, and values.
        hook: decides instead for answers that have a policy of their own; None: they get the same.
    """

    items: Sequence[tuple[str, str]]
    hook: Callable[[HttpRequest, HttpResponseBase], Any] | None = None

    def __call__(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """Add the headers."""
        # hot path: benchmarks/web.py
        if self.hook is not None and has_own_policy(request, response):
            return self.hook(request, response)
        raw = response.headers.raw
        for name, value in self.items:
            if name not in raw:
                raw[name] = value
        return response


def has_own_policy(request: Any, response: Any) -> bool:
    """Tell whether something about an answer may need other headers than the settings say: a nonce, a mark of its view."""
    return (
        response.streaming
        or response.xframe_options_exempt
        or request.csp_nonce_used is not None
        or response._csp_config is not None
        or response._csp_ro_config is not None
    )


def put_together_inwards(steps: Sequence[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Return the ways in with their depths, neighbours that only make attributes late as one.

    Where an attribute is missing that a layer needs, its hook is left to say so.
    """
    found: list[tuple[int, Any]] = []
    known: set[str] = set()
    for depth, step in steps:
        if isinstance(step, MakesLate):
            if step.needs is not None and step.needs not in known:
                found.append((depth, step.otherwise))
                continue
            known.update(step.makers)
            if found and isinstance(found[-1][1], MakesLate):
                found[-1] = (depth, MakesLate({**found[-1][1].makers, **step.makers}))
                continue
        found.append((depth, step))
    return found


def put_together_outwards(steps: Sequence[Any]) -> list[tuple[str | None, Any]]:
    """Return the ways out, each with the attribute without which it has nothing to do (None: it always has).

    The outermost of several steps that add headers adds those of all, unless a step between may look at them.
    """
    found: list[tuple[str | None, Any]] = []
    adding: list[AddsHeaders] = []
    for step in steps:
        if isinstance(step, AddsHeaders):
            adding.append(step)
        elif isinstance(step, OwnStep):
            found.append((step.attribute, step.hook))
        else:
            found += [(None, one) for one in all_added(adding)]
            adding = []
            found.append((None, step))
    return found + [(None, one) for one in all_added(adding)]


def all_added(steps: Sequence[AddsHeaders]) -> Sequence[AddsHeaders]:
    """Return one step that adds the headers of several."""
    if len(steps) < 2:
        return steps

    def one_by_one(request: HttpRequest, response: HttpResponseBase) -> Any:
        for step in steps:
            response = step(request, response)
        return response

    has_hook = any(step.hook is not None for step in steps)
    return [AddsHeaders([item for step in steps for item in step.items], one_by_one if has_hook else None)]
