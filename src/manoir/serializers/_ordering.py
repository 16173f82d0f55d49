"""The order in which models are serialized: those that natural keys lead to come first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manoir.apps import apps
from manoir.exceptions import CommandError, nearest
from manoir.serializers._natural import finds_by_natural_key, has_natural_key


def sort_dependencies(app_list: Iterable[tuple[Any, Iterable[Any] | None]], allow_cycles: bool = False) -> list[Any]:
    """Order models so that what a natural key needs is loaded before it.

    Args:
        app_list: pairs of an AppConfig and some of its models; None for all of them.
        allow_cycles: keep models that depend on each other in a circle as they come, instead of refusing them.

    Returns:
        The models.

    Raises:
        CommandError: models depend on each other in a circle; it names them.
    """
    models = dict.fromkeys(
        model for config, some in app_list for model in (config.get_models() if some is None else some)
    )
    needs = {model: [one for one in needed_by(model) if one in models and one is not model] for model in models}
    ordered: dict[Any, None] = {}
    while needs:
        ready = [model for model, needed in needs.items() if all(one in ordered for one in needed)]
        if not ready:
            if not allow_cycles:
                names = ", ".join(sorted(model._meta.label for model in needs))
                raise CommandError(
                    f"Natural keys of these models need each other in a circle: {names}. Dump without"
                    " --natural-foreign, or take a model out of `natural_key.dependencies`."
                )
            ready = list(needs)
        ordered.update(dict.fromkeys(ready))
        for model in ready:
            del needs[model]
    return list(ordered)


def needed_by(model: Any) -> list[Any]:
    """The models whose rows have to exist before those of a model: by its natural key, and by what it refers to so."""
    needed = [model_named(name) for name in getattr(getattr(model, "natural_key", None), "dependencies", ())]
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        other = field.related_model if field.is_relation else None
        if other is None or not (has_natural_key(other) and finds_by_natural_key(other)):
            continue
        if not field.many_to_many or field.remote_field.through._meta.auto_created:
            needed.append(other)
    return needed


def model_named(label: str) -> Any:
    try:
        return apps.get_model(label)
    except LookupError as error:
        known = [model._meta.label_lower for model in apps.get_models()]
        raise CommandError(
            f"natural_key.dependencies names {label!r}, which is no model.{nearest(str(label).lower(), known)}"
        ) from error
