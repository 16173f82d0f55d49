"""What modules above the query compiler plug into it: they import it, so it cannot import them.

Each is set once, when its module is imported.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

deferred_class: Callable[[Any, frozenset[str]], Any]
"""`_deferred.deferred_class`: the class for instances that lack some columns."""

prefetch: Callable[[Any, list[Any]], Awaitable[None]]
"""`_prefetch`: loads what `prefetch_related()` of a queryset asks for into the instances of its result."""

as_manager: Callable[[Any], Any]
"""`_manager`: makes a manager out of a queryset class, for `QuerySet.as_manager()`."""
