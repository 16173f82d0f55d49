"""Forms of people in the admin: permissions with their models, and nothing given that the giver lacks."""

from __future__ import annotations

from typing import Any

from manoir import forms
from manoir.admin._rights import GRANTED, grantable
from manoir.bridge import hook
from manoir.models import QuerySet


class PermissionChoices(forms.ModelMultipleChoiceField):
    """Permissions, named with the app and the model that they are for."""

    def label_from_instance(self, obj: Any) -> str:
        """Return app, model and name."""
        return f"{obj.content_type.app_labeled_name} | {obj.name}"


class WithinOwnRights:
    """Mixin of forms that give rights: only what the signed-in user has can be given or taken.

    Rights beyond stay as they are: they are not shown, not removed, and not accepted.

    Attributes:
        giver: the signed-in user.
    """

    giver: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own: Any = self
        self.beyond: dict[str, list[Any]] = {}
        if self.giver.is_superuser:
            return
        for name in GRANTED:
            if name in own.fields:
                self._limit(name)

    def _limit(self, name: str) -> None:
        own: Any = self
        allowed = grantable(self.giver, name)
        own.fields[name].queryset = allowed
        stored = list(getattr(own.instance, name).all()) if own.instance.pk is not None else []
        keys = set(allowed.filter(pk__in=[row.pk for row in stored]).values_list("pk", flat=True)) if stored else set()
        self.beyond[name] = [row for row in stored if row.pk not in keys]
        if own.instance.pk is not None:
            own.initial[name] = [row for row in stored if row.pk in keys]

    @hook
    async def asave_m2m(self) -> None:
        """Save the rights that were chosen together with those that stay."""
        own: Any = self
        parent: Any = super()
        chosen = {name: own.cleaned_data[name] for name in self.beyond if name in own.cleaned_data}
        for name, rows in chosen.items():
            given = [row async for row in rows] if isinstance(rows, QuerySet) else list(rows)
            own.cleaned_data[name] = [*given, *self.beyond[name]]
        await parent.asave_m2m()
        own.cleaned_data.update(chosen)


def within_own_rights(form: Any, giver: Any) -> Any:
    """A class of forms that gives no more than the giver has."""
    body = {"giver": giver, "__module__": form.__module__}
    return type(form)(form.__name__, (WithinOwnRights, form), body)
