"""Rows that are changed in the list (`list_editable`)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from manoir import messages
from manoir.admin._authorize import may
from manoir.db import router, transaction
from manoir.exceptions import PermissionDenied
from manoir.forms import BaseModelFormSet, ModelForm, modelform_factory, modelformset_factory
from manoir.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext as _

if TYPE_CHECKING:
    from manoir.admin._change_list import ChangeList

PREFIX = "form"


class BaseChangeListFormSet(BaseModelFormSet):
    """Forms of the rows of a list; of rows that the user may not change, all fields are closed.

    So is what the form of the row only shows, by `get_readonly_fields`. A closed field takes no notice of what was sent,
    so a forged form changes nothing (H02, H03).

    Attributes:
        may_change: a function of a row.
        only_shown: a function of a row that gives the names of what is only shown.
    """

    edit_only = True
    may_change: Any = None
    only_shown: Any = None

    def add_fields(self, form: Any, index: int | None) -> None:
        """Close the fields that may not be changed."""
        super().add_fields(form, index)
        form.may_change = bool(form.instance.pk is not None and self.may_change(form.instance))
        closed = set(self.only_shown(form.instance)) if form.may_change else set(form.fields)
        for name in closed & set(form.fields) - {self.model._meta.pk.name}:
            form.fields[name].disabled = True


def form_class(model_admin: Any, request: HttpRequest, **options: Any) -> Any:
    """Return the ModelForm of a row."""
    defaults: dict[str, Any] = {
        "form": ModelForm,
        "formfield_callback": partial(model_admin.formfield_for_dbfield, request=request),
        **options,
    }
    if "fields" not in defaults:
        defaults["fields"] = list(model_admin.list_editable)
    return modelform_factory(model_admin.model, **defaults)


def formset_class(model_admin: Any, request: HttpRequest, **options: Any) -> Any:
    """Return the class of the forms of all rows; no more of them than a list can show (H44)."""
    most = max(model_admin.list_per_page, model_admin.list_max_show_all)
    defaults: dict[str, Any] = {
        "formset": BaseChangeListFormSet,
        "formfield_callback": partial(model_admin.formfield_for_dbfield, request=request),
        "max_num": most,
        "absolute_max": most,
        **options,
    }
    return modelformset_factory(
        model_admin.model,
        model_admin.get_changelist_form(request),
        extra=0,
        fields=list(model_admin.list_editable),
        **defaults,
    )


def attach(changelist: ChangeList, model_admin: Any, request: HttpRequest, data: Any = None) -> Any:
    """Give a list the forms of its rows, bound to what was sent.

    The rows come from `get_queryset` alone: a forged key of another row is refused.
    """
    cls = model_admin.get_changelist_formset(request)
    if issubclass(cls, BaseChangeListFormSet):
        cls.may_change = staticmethod(lambda row: may(model_admin, request, "change", row))
        cls.only_shown = staticmethod(lambda row: model_admin.get_readonly_fields(request, row))
    if data is None:
        page = changelist.queryset.filter(pk__in=[row.pk for row in changelist.result_list])
        changelist.formset = cls(queryset=page, prefix=PREFIX)
        page._result = changelist.result_list  # they were read already
        changelist.formset._queryset = page
    else:
        changelist.formset = cls(data, request.FILES, queryset=changelist.root_queryset, prefix=PREFIX)
    return changelist.formset


def save(changelist: ChangeList, model_admin: Any, request: HttpRequest) -> HttpResponseBase | None:
    """Save what was changed in the list, in one transaction; each row is asked about and logged.

    Returns:
        A redirect to the list; None when something sent is not acceptable and the forms show it.

    Raises:
        PermissionDenied: the user may change nothing here.
    """
    if not model_admin.has_change_permission(request):
        raise PermissionDenied(_("This account may not change %s.") % model_admin.opts.verbose_name_plural)
    formset = attach(changelist, model_admin, request, request.POST)
    if not formset.is_valid():
        return None
    changed = 0
    with transaction.atomic(using=router.db_for_write(model_admin.model)):
        for form in formset.forms:
            if form.has_changed() and may(model_admin, request, "change", form.instance):
                save_row(model_admin, request, form)
                changed += 1
    if changed:
        options = model_admin.opts
        name = options.verbose_name if changed == 1 else options.verbose_name_plural
        text = _("%(count)s %(name)s changed.") % {"count": changed, "name": name}
        model_admin.message_user(request, text, messages.SUCCESS, fail_silently=True)
    return HttpResponseRedirect(request.get_full_path())


def save_row(model_admin: Any, request: HttpRequest, form: Any) -> None:
    """Save one row by the hooks of the form page."""
    row = model_admin.save_form(request, form, change=True)
    model_admin.save_model(request, row, form, change=True)
    model_admin.save_related(request, form, formsets=[], change=True)
    message = model_admin.construct_change_message(request, form, [])
    model_admin.log_change(request, row, message)
