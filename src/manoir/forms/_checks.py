"""Checks of the forms of installed apps: hooks in both colours, and fields that nobody chose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.apps import classes_of_apps
from manoir.bridge import hook_conflicts
from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.forms._cleaning import DERIVED
from manoir.forms._form import BaseForm
from manoir.forms._model_form import BaseModelForm


@register(Tags.async_support)
def check_form_hooks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name forms that override both colours of one hook, so that it is undecided which one counts."""
    found: list[CheckMessage] = []
    for form in classes_of_apps(BaseForm, app_configs):
        for owner, sync_name, async_name in conflicts(form):
            found.append(
                Error(
                    f"{owner.__qualname__} defines both {sync_name}() and {async_name}().",
                    hint=f"Keep one: `def {sync_name}` or `async def {async_name}`; manoir calls it in both colours.",
                    obj=form,
                    id="manoir.forms.E001",
                )
            )
    return found


@register(Tags.security)
def check_all_fields(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name model forms that take whatever fields the model has."""
    return [
        Warning(
            f"{form.__qualname__} has fields = '__all__': visitors may change every field that is ever added to "
            f"{form._meta.model._meta.object_name}.",
            hint="List the fields that visitors may change.",
            obj=form,
            id="manoir.forms.W001",
        )
        for form in classes_of_apps(BaseForm, app_configs)
        if issubclass(form, BaseModelForm) and form.uses_all_fields
    ]


def conflicts(form: type[BaseForm]) -> Iterator[tuple[type, str, str]]:
    """Hooks of a form of which its own body overrides both colours."""
    for conflict in hook_conflicts(form):
        if conflict.owner is form:
            yield form, conflict.sync_name, conflict.async_name
    for name in form.base_fields:
        sync, awaitable = vars(form).get(f"clean_{name}"), vars(form).get(f"aclean_{name}")
        if (
            sync is not None
            and awaitable is not None
            and not hasattr(sync, DERIVED)
            and not hasattr(awaitable, DERIVED)
        ):
            yield form, f"clean_{name}", f"aclean_{name}"
