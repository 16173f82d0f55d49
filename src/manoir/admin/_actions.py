"""Actions: what can be done with chosen rows of a list, who may, and doing it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from manoir import forms, messages
from manoir.admin import _export
from manoir.admin._decorators import action
from manoir.admin._delete_selected import delete_chosen
from manoir.admin._lookups import IS_POPUP_VAR, SELECTED
from manoir.bridge import wait
from manoir.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext as _
from manoir.i18n import gettext_lazy
from manoir.models import QuerySet

ACTION_CHECKBOX_NAME = SELECTED
NOTHING: list[tuple[str, Any]] = [("", "---------")]

Found = tuple[Callable[..., Any], str, Any]


class ActionForm(forms.Form):
    """The menu of actions above a list; `ModelAdmin.action_form` may name a subclass with further fields."""

    action = forms.ChoiceField(label=gettext_lazy("Action:"))
    select_across = forms.BooleanField(
        label="", required=False, initial=0, widget=forms.HiddenInput({"class": "select-across"})
    )


@action(permissions=["delete"], description=gettext_lazy("Delete the chosen %(verbose_name_plural)s"))
def delete_selected(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any, Any]) -> HttpResponseBase | None:
    """Delete the chosen rows, after a page that shows what goes with them."""
    return delete_chosen(modeladmin, request, queryset)


@action(permissions=["view"], description=gettext_lazy("Export the chosen %(verbose_name_plural)s as CSV"))
def export_as_csv(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any, Any]) -> HttpResponseBase:
    """Send the chosen rows as CSV."""
    return _export.response(modeladmin, request, queryset)


# -- which actions there are ------------------------------------------------------------------------------------------


def actions_for(model_admin: Any, request: HttpRequest) -> dict[str, Found]:
    """Return the actions that the user may run, by name: the site's, then the ModelAdmin's."""
    if model_admin.actions is None or IS_POPUP_VAR in request.GET:
        return {}
    return {
        name: (function, name, description)
        for function, name, description in declared(model_admin)
        if permitted(model_admin, request, function) and offered(model_admin, request, name)
    }


def declared(model_admin: Any) -> list[Found]:
    """All actions of a ModelAdmin; its own take the place of the site's of the same name."""
    found: dict[str, Found] = {}
    for name, function in model_admin.admin_site.actions:
        found[name] = (function, name, described(function, name))
    for entry in model_admin.actions or ():
        one = model_admin.get_action(entry)
        if one is not None:
            found[one[1]] = one
    return list(found.values())


def offered(model_admin: Any, request: HttpRequest, name: str) -> bool:
    return name != "export_as_csv" or _export.allowed(model_admin, request)


def found(model_admin: Any, entry: Any) -> Found | None:
    """Return function, name and description of an action: a function, a method's name, or the name of one of the site's."""
    if callable(entry):
        name = entry.__name__
        return entry, name, described(entry, name)
    function = getattr(type(model_admin), str(entry), None)
    if function is None:
        try:
            function = model_admin.admin_site.get_action(entry)
        except KeyError:
            return None
    return function, str(entry), described(function, str(entry))


def described(function: Any, name: str) -> Any:
    own = getattr(function, "short_description", None)
    if own is not None:
        return own
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def permitted(model_admin: Any, request: HttpRequest, function: Any) -> bool:
    """Tell whether the user has one of the permissions that an action names."""
    names = getattr(function, "allowed_permissions", None)
    return not names or any(getattr(model_admin, f"has_{name}_permission")(request) for name in names)


def choices(model_admin: Any, request: HttpRequest, default_choices: Any = NOTHING) -> list[tuple[str, Any]]:
    """Return the menu."""
    options = model_admin.opts
    names = {"verbose_name": options.verbose_name, "verbose_name_plural": options.verbose_name_plural}
    return [
        *list(default_choices),
        *((name, str(description) % names) for _f, name, description in model_admin.get_actions(request).values()),
    ]


def form_for(model_admin: Any, request: HttpRequest, data: Any = None) -> Any:
    """Return the menu's form."""
    form = model_admin.action_form(data, auto_id=None) if data is not None else model_admin.action_form(auto_id=None)
    form.fields["action"].choices = model_admin.get_action_choices(request)
    return form


# -- running one ------------------------------------------------------------------------------------------------------


def run(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any, Any]) -> HttpResponseBase | None:
    """Run the action that a form of the list asks for.

    Names come out of the menu that this user gets, rows out of the list that this user sees: a forged name or key
    changes nothing (H03).

    Returns:
        What the action answered, else a redirect to the list; None when nothing was run.
    """
    form = form_for(model_admin, request, sent(request))
    if not form.is_valid():
        tell(model_admin, request, _("No action was chosen."))
        return None
    name, across = form.cleaned_data["action"], form.cleaned_data.get("select_across")
    function, _name, _description = model_admin.get_actions(request)[name]
    chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
    if not chosen and not across:
        tell(model_admin, request, _("Nothing was done: choose rows first."))
        return None
    rows = queryset if across else queryset.filter(pk__in=valid_keys(model_admin, chosen))
    answer = called(function, model_admin, request, rows)
    return answer if isinstance(answer, HttpResponseBase) else HttpResponseRedirect(request.get_full_path())


def sent(request: HttpRequest) -> Any:
    """Return what the pressed menu of several sent: the list may have one above and one below."""
    data: Any = request.POST.copy()
    data.pop(ACTION_CHECKBOX_NAME, None)
    index = request.POST.get("index", "0")
    names = request.POST.getlist("action")
    place = int(index) if index.isascii() and index.isdigit() and len(index) < 3 else 0
    if place < len(names):
        data["action"] = names[place]
    return data


def valid_keys(model_admin: Any, chosen: list[str]) -> list[Any]:
    """Return the keys that can be keys at all."""
    pk = model_admin.opts.pk
    field = pk.target_field if pk.is_relation else pk
    keys: list[Any] = []
    for text in chosen:
        try:
            keys.append(field.to_python(text))
        except (forms.ValidationError, ValueError, TypeError, OverflowError):
            continue
    return keys


def called(function: Any, model_admin: Any, request: HttpRequest, rows: Any) -> Any:
    """Call an action of either colour."""
    answer = function(model_admin, request, rows)
    return wait(answer) if inspect.iscoroutine(answer) else answer


def tell(model_admin: Any, request: HttpRequest, text: str) -> None:
    model_admin.message_user(request, text, messages.WARNING, fail_silently=True)
