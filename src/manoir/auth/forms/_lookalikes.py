"""Names that pass for the name of somebody who is there: other case, other scripts with the same shapes (C15)."""

from __future__ import annotations

from typing import Any

from manoir.auth._names import folded, latin_shape, shapes_of
from manoir.models import Q


def lookalikes(field: str, name: str) -> Q:
    """Return the condition of rows whose name passes for this one.

    Args:
        field: name of the field.
        name: the new name.
    """
    plain = folded(name)
    latin = latin_shape(plain)
    spelled = {name, name.lower(), name.upper(), name.title(), name.capitalize(), plain, latin}
    spelled |= shapes_of(latin)
    # `iexact` of SQLite knows the letters of ASCII only, so the usual spellings of others are asked for by themselves.
    return Q(**{f"{field}__in": sorted(spelled)}) | Q(**{f"{field}__iexact": name}) | Q(**{f"{field}__iexact": latin})


async def ais_taken(model: Any, name: str, using: str | None = None) -> bool:
    """Tell whether a user has this name, or one that passes for it."""
    rows = model._default_manager.using(using).filter(lookalikes(model.USERNAME_FIELD, name))
    return await rows.aexists()
