"""`get_next_by_<field>` and `get_previous_by_<field>` of models with dates that cannot be NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.bridge import blocking
from manoir.models._conditions import Q

if TYPE_CHECKING:
    from manoir.models._model import Model


def add_neighbour_methods(model: Any) -> None:
    """Give a model both methods in both colours for each of its dates, unless it defines them itself."""
    for field in model._meta.fields:
        if field.null or field.get_internal_type() not in ("DateField", "DateTimeField"):
            continue
        for word, forward in (("next", True), ("previous", False)):
            name = f"get_{word}_by_{field.name}"
            awaitable = neighbour_method(field.attname, forward, f"a{name}")
            for key, method in ((f"a{name}", awaitable), (name, blocking(awaitable))):
                if not hasattr(model, key):
                    setattr(model, key, method)


def neighbour_method(attname: str, forward: bool, name: str) -> Any:
    async def neighbour(self: Model, **lookups: Any) -> Model:
        if self.pk is None:
            raise ValueError(f"{name}() needs an instance that was saved.")
        value = getattr(self, attname)
        word, sign = ("gt", "") if forward else ("lt", "-")
        beyond = Q((f"{attname}__{word}", value)) | Q((attname, value), (f"pk__{word}", self.pk))
        rows: Any = type(self)._default_manager
        if self._state.db is not None:
            rows = rows.using(self._state.db)
        found = await rows.filter(beyond, **lookups).order_by(f"{sign}{attname}", f"{sign}pk").afirst()
        if found is None:
            raise self.DoesNotExist(f"There is no such {type(self).__name__}.")
        return found

    neighbour.__name__ = name
    neighbour.__qualname__ = name
    neighbour.__doc__ = "The neighbour by this date; raises DoesNotExist at the end. Keywords are lookups."
    return neighbour
