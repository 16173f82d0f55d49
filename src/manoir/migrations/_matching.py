"""Which models and fields of the new state are those of the old one under another name; the user is asked."""

from __future__ import annotations

from collections.abc import Iterator

from manoir.migrations._fields_changed import frozen_field
from manoir.migrations._questioner import Questioner
from manoir.migrations._references import ModelKey, target_key
from manoir.migrations._state import ModelState, ProjectState


def renamed_models(
    old: ProjectState, new: ProjectState, app_labels: set[str], questioner: Questioner
) -> Iterator[tuple[ModelKey, ModelState]]:
    """Pairs of an old key and the model it became; the old state is changed as they are found."""
    for key in sorted(set(new.models) - set(old.models)):
        model = new.models[key]
        if key[0] not in app_labels:
            continue
        for gone in sorted(set(old.models) - set(new.models)):
            candidate = old.models[gone]
            if (
                gone[0] == key[0]
                and same_shape(candidate, model)
                and questioner.ask_rename_model(candidate.label, model.label)
            ):
                old.rename_model(gone[0], candidate.name, model.name)
                yield gone, model
                break


def same_shape(old: ModelState, new: ModelState) -> bool:
    """Whether two models have the same fields, relations to themselves included."""
    if bool(old.options.get("proxy")) != bool(new.options.get("proxy")):
        return False
    return shape(old) == shape(new)


def shape(model: ModelState) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, field in model.fields.items():
        to_itself = field.is_relation and target_key(field, model.key) == model.key
        found[name] = (to_itself, frozen_field(field, without_target=to_itself))
    return found


def renamed_fields(
    old: ProjectState, new: ProjectState, key: ModelKey, questioner: Questioner
) -> Iterator[tuple[str, str]]:
    """Pairs of old and new name of a model's fields; the old state is changed as they are found."""
    model = new.models[key]
    for name, field in model.fields.items():
        before = old.models[key].fields
        if name in before:
            continue
        for gone in [one for one in before if one not in model.fields]:
            if same_but_column(before[gone], field) and questioner.ask_rename(model.name, gone, name, field):
                old.rename_field(key[0], key[1], gone, name)
                yield gone, name
                break


def same_but_column(old: object, new: object) -> bool:
    """Whether a field is another one but for its name; one that keeps its column by `db_column` too."""
    one, other = frozen_field(old), frozen_field(new)
    if one == other:
        return True
    path, args, kwargs = other
    column = dict(kwargs[1]).get("db_column")
    without = ("mapping", tuple([item for item in kwargs[1] if item[0] != "db_column"]))
    return column is not None and column == getattr(old, "column", None) and one == (path, args, without)
