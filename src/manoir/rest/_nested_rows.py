"""Lists of related rows inside an answer, limited to what the user of the request may see (H01).

Only models that say `visible_to(user)` are concerned. The rows are read for all instances of a result at once, as other
relations are, and kept with the instances for that user.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manoir.models import Prefetch, prefetch_related_objects
from manoir.models.shapes import peers_of
from manoir.rest._field import value_along
from manoir.rest._model_info import field_info
from manoir.rest._scoping import is_scoped, scoped

USER = "_seen_by"
"""Where an instance keeps whose view of its relations it holds."""


def visible_rows(field: Any, instance: Any) -> list[Any] | None:
    """Return the rows of a list that the user of the request may see; None where the model limits nobody.

    Args:
        field: the field of the list, or the serializer inside another.
        instance: the instance from which `field.source` leads to the relation.
    """
    # hot path: benchmarks/rest.py
    names = field.source_attrs
    request: Any = field.context.get("request")
    if request is None or not names:
        return None
    owner = instance if len(names) == 1 else owner_of(field, instance, names[:-1])
    options, name = getattr(owner, "_meta", None), names[-1]
    if options is None or owner.pk is None:
        return None
    relation = field_info(options.model).relations.get(name)
    if relation is None or not relation.to_many or not is_scoped(relation.related_model):
        return None
    user, kept = request.user, f"_seen_{name}"
    own = owner.__dict__
    if own.get(USER) is not user or kept not in own:
        chosen = scoped(relation.related_model._default_manager.all(), user)
        peers = peers_of(owner)
        prefetch_related_objects(peers, Prefetch(name, queryset=chosen, to_attr=kept))
        for one in peers:
            forget_others(one.__dict__, kept, user)
    return own[kept]


def owner_of(field: Any, instance: Any, names: Sequence[str]) -> Any:
    """Return the row whose relation a dotted source means; None where it leads nowhere, which the field itself tells."""
    try:
        return value_along(instance, names, field._visible)
    except (AttributeError, KeyError):
        return None


def forget_others(own: dict[str, Any], kept: str, user: Any) -> None:
    """Note whose view an instance holds; what another user saw is dropped."""
    if own.get(USER) is not user:
        for name in [name for name in own if name.startswith("_seen_") and name != kept]:
            del own[name]
        own[USER] = user
