"""The page that adds or changes an object with its inlines: shown, checked, saved and logged in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from manoir.admin import _responses as responses
from manoir.admin._authorize import authorize, may
from manoir.admin._batches import name_rows
from manoir.admin._forms import Layout, flatten_fieldsets
from manoir.admin._inline_layout import InlineGroup, fields_left, paginate
from manoir.admin._keys import unquote
from manoir.admin._page_links import page_links, submit_buttons
from manoir.admin._related_widgets import IS_POPUP_VAR, TO_FIELD_VAR
from manoir.admin._seen import SEEN, digest, was_changed
from manoir.admin._tabs import groups_of
from manoir.db import connections, router, transaction
from manoir.exceptions import (
    DisallowedModelAdminToField,
    IntegrityError,
    ProtectedError,
    RestrictedError,
    nearest,
)
from manoir.forms import Media, all_valid
from manoir.http import HttpResponseBase
from manoir.i18n import gettext as _
from manoir.templates import TemplateResponse

logger = logging.getLogger("manoir.request")

SAVE_AS_NEW: Final = "_saveasnew"


@dataclass(slots=True)
class Page:
    """What one request is about.

    Attributes:
        admin: the ModelAdmin.
        request: the request.
        obj: the object; None for a new one.
        add: a new object is made.
        form: the form.
        formsets: the formsets of the inlines.
        inlines: the inlines.
        notice: something went wrong that belongs to no form.
        name: name of the object as it is stored, before anything was sent.
    """

    admin: Any
    request: Any
    obj: Any
    add: bool
    form: Any = None
    formsets: Sequence[Any] = ()
    inlines: Sequence[Any] = ()
    notice: str = ""
    name: str | None = None

    @property
    def is_sent(self) -> bool:
        """Whether the form was sent."""
        return self.request.method == "POST"


def changeform_view(
    admin: Any, request: Any, object_id: str | None, form_url: str, extra_context: Any
) -> HttpResponseBase:
    """The body of `ModelAdmin.changeform_view`."""
    check_to_field(admin, request)
    if request.method != "POST":
        return answer(admin, request, object_id, form_url, extra_context)
    with transaction.atomic(using=router.db_for_write(admin.model)):
        return answer(admin, request, object_id, form_url, extra_context)


def check_to_field(admin: Any, request: Any) -> None:
    """Refuse a field whose value a popup must not give away.

    Raises:
        DisallowedModelAdminToField: nothing points to it.
    """
    for sent in (request.GET, request.POST):
        name = sent.get(TO_FIELD_VAR)
        if name and not admin.to_field_allowed(request, name):
            raise DisallowedModelAdminToField(
                f"No relation of this site points to the field {name!r:.100}.{nearest(name, ())}"
            )


def answer(admin: Any, request: Any, object_id: str | None, form_url: str, extra_context: Any) -> HttpResponseBase:
    """Find the object, ask whether the user may, then show or save."""
    if request.method == "POST" and admin.save_as and SAVE_AS_NEW in request.POST:
        object_id = None
    page = Page(admin, request, None, object_id is None)
    if object_id is None:
        authorize(admin, request, "add")
    else:
        to_field = request.POST.get(TO_FIELD_VAR) or request.GET.get(TO_FIELD_VAR) or None
        page.obj = admin.get_object(request, unquote(object_id), to_field)
        if page.is_sent and page.obj is not None:
            lock(admin, page.obj)
            page.obj = admin.get_object(request, unquote(object_id), to_field)
        authorize(admin, request, "change" if page.is_sent else "view", page.obj)
        if page.obj is None:
            return responses.missing(admin, request, unquote(object_id))
        page.name = str(page.obj)
    build = sent_forms if page.is_sent else first_forms
    build(page)
    if page.is_sent:
        response = save(page)
        if response is not None:
            return response
    return show(page, form_url, extra_context)


def lock(admin: Any, obj: Any) -> None:
    """Keep the row for this transaction: of two people who save at once the second one sees what the first one wrote."""
    using = router.db_for_write(admin.model, instance=obj)
    if connections[using].features.has_select_for_update:
        rows = admin.model._base_manager.using(using).select_for_update().filter(pk=obj.pk)
        list(rows.values_list("pk"))


# -- forms ------------------------------------------------------------------------------------------------------------


def first_forms(page: Page) -> None:
    """The forms as they are first seen."""
    form_class = page.admin.get_form(page.request, page.obj, change=not page.add)
    if page.add:
        form = form_class(initial=page.admin.get_changeform_initial_data(page.request))
    else:
        form = form_class(instance=page.obj)
    page.form = form
    page.formsets, page.inlines = make_formsets(page, form.instance)


def sent_forms(page: Page) -> None:
    """The forms with what was sent, checked. What the form knows about its object before is asked first."""
    form_class = page.admin.get_form(page.request, page.obj, change=not page.add)
    form = page.form = form_class(page.request.POST, page.request.FILES, instance=page.obj)
    if not page.add and was_changed(form, page.request.POST.get(SEEN)):
        page.notice = _(
            "Somebody else changed this meanwhile. Nothing was saved yet: look at the history, then save again to "
            "write over their changes."
        )
    form.changed_data  # noqa: B018 - reads what many-to-many relations are before they are saved
    obj = page.admin.save_form(page.request, form, change=not page.add) if form.is_valid() else form.instance
    page.formsets, page.inlines = make_formsets(page, obj)


def make_formsets(page: Page, obj: Any) -> tuple[list[Any], list[Any]]:
    """The formsets of the inlines, and the inlines."""
    formsets: list[Any] = []
    inlines: list[Any] = []
    prefixes: dict[str, int] = {}
    for formset_class, inline in page.admin.get_formsets_with_inlines(page.request, page.obj):
        prefix = formset_class.get_default_prefix()
        prefixes[prefix] = prefixes.get(prefix, 0) + 1
        if prefixes[prefix] > 1 or not prefix:
            prefix = f"{prefix}-{prefixes[prefix]}"
        formsets.append(formset_class(**page.admin.get_formset_kwargs(page.request, obj, inline, prefix)))
        inlines.append(inline)
    return formsets, inlines


def formset_arguments(admin: Any, request: Any, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
    """The body of `ModelAdmin.get_formset_kwargs`."""
    options: dict[str, Any] = {"instance": obj, "prefix": prefix, "queryset": inline.get_queryset(request)}
    if request.method == "POST":
        as_new = admin.save_as and SAVE_AS_NEW in request.POST
        options.update(data=request.POST, files=request.FILES, save_as_new=as_new)
    return options


# -- saving -----------------------------------------------------------------------------------------------------------


def save(page: Page) -> HttpResponseBase | None:
    """Save what was sent and answer; None where the page has to be shown again, and then nothing was written."""
    if not all_valid(page.formsets) or not page.form.is_valid() or page.notice:
        return None
    using = router.db_for_write(page.admin.model)
    try:
        with transaction.atomic(using=using):
            return write(page)
    except (ProtectedError, RestrictedError) as error:
        again(page, protected_words(error))
    except IntegrityError as error:
        logger.warning("The database refused a form of the admin: %s", type(error).__name__)
        again(page, _("The database refused this: somebody was faster, or a rule of the table forbids it."))
    return None


def write(page: Page) -> HttpResponseBase:
    """Save the object, then what belongs to it, log it, and answer."""
    admin, request, form = page.admin, page.request, page.form
    change = not page.add
    obj = form.instance
    admin.save_model(request, obj, form, change)
    admin.save_related(request, form, page.formsets, change)
    message = admin.construct_change_message(request, form, page.formsets, page.add)
    if page.add:
        admin.log_addition(request, obj, message)
        return admin.response_add(request, obj)
    admin.log_change(request, obj, message)
    return admin.response_change(request, obj)


def again(page: Page, notice: str) -> None:
    """Make the forms anew after the database took everything back; they find what others wrote in the meantime."""
    if page.obj is not None:
        page.obj = page.admin.get_object(page.request, str(page.obj.pk))
    sent_forms(page)
    sound = page.form.is_valid() and all_valid(page.formsets)
    page.notice = notice if sound else ""


def protected_words(error: Any) -> str:
    """Which rows forbid that a row goes."""
    rows = list(getattr(error, "protected_objects", None) or getattr(error, "restricted_objects", ()))
    names = ", ".join(f"{row._meta.verbose_name} “{row}”" for row in rows[:10])
    return _("Nothing was saved: a row cannot be deleted while others need it: %(rows)s") % {"rows": names}


# -- showing ----------------------------------------------------------------------------------------------------------


def show(page: Page, form_url: str, extra_context: Any) -> HttpResponseBase:
    """The page of the forms."""
    admin, request, obj = page.admin, page.request, page.obj
    fieldsets = admin.get_fieldsets(request, obj)
    locked = not page.add and not may(admin, request, "change", obj)
    readonly = flatten_fieldsets(fieldsets) if locked else admin.get_readonly_fields(request, obj)
    prepopulated = {} if locked else admin.get_prepopulated_fields(request, obj)
    layout = Layout(page.form, fieldsets, prepopulated, readonly, admin)
    groups = inline_groups(page, locked)
    name_rows([page.form, *(form for formset in page.formsets for form in formset.forms)])
    title = _("Add %s") if page.add else _("View %s") if locked else _("Change %s")
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": title % admin.opts.verbose_name,
        "subtitle": page.name,
        "adminform": layout,
        "object_id": None if page.add else str(obj.pk),
        "original": obj,
        "is_popup": IS_POPUP_VAR in request.POST or IS_POPUP_VAR in request.GET,
        "to_field": request.POST.get(TO_FIELD_VAR) or request.GET.get(TO_FIELD_VAR) or "",
        "media": media_of(page),
        "inline_admin_formsets": groups,
        "groups": groups_of(layout, groups),
        "error_summary": summary(page, layout, groups),
        "errors": all_errors(page),
        "notice": page.notice,
        "seen": "" if page.add else seen(page),
        "preserved_filters": admin.get_preserved_filters(request),
        "locked": locked,
    }
    if page.is_sent and page.add and admin.save_as and SAVE_AS_NEW in request.POST:
        context.update(show_save=False, show_save_and_continue=False)
    context.update(extra_context or {})
    response: HttpResponseBase = admin.render_change_form(
        request, context, add=page.add, change=not page.add, obj=obj, form_url=form_url
    )
    return response


def seen(page: Page) -> str:
    """The digest of the object as it is in the database: of the stored one after an error."""
    if not page.is_sent:
        return digest(page.form)
    stored = page.admin.get_object(page.request, str(page.obj.pk))
    return "" if stored is None else digest(type(page.form)(instance=stored))


def inline_groups(page: Page, locked: bool) -> list[InlineGroup]:
    """The inlines as the page draws them; of very many rows one page."""
    groups: list[InlineGroup] = []
    room = fields_left(len(page.form.fields), len(page.formsets))
    for inline, formset in zip(page.inlines, page.formsets, strict=True):
        rows = paginate(formset, page.request, inline.per_page, room)
        groups.append(InlineGroup(inline, formset, page.request, page.obj, rows, locked))
    return groups


def media_of(page: Page) -> Media:
    """The files of the forms."""
    found = getattr(page.admin, "media", Media()) + page.form.media
    for formset, inline in zip(page.formsets, page.inlines, strict=True):
        found = found + inline.media + formset.media
    return found


def all_errors(page: Page) -> list[str]:
    """All messages, as documented templates show their number."""
    if not page.is_sent:
        return []
    found: list[str] = [text for errors in page.form.errors.values() for text in errors]
    for formset in page.formsets:
        found += list(formset.non_form_errors())
        found += [text for errors in formset.errors for one in errors.values() for text in one]
    return found


def summary(page: Page, layout: Layout, groups: list[InlineGroup]) -> list[dict[str, str]]:
    """What is to be mended, with the field that each message belongs to."""
    if not page.is_sent:
        return []
    found = [{"text": text, "label": "", "target": ""} for text in page.form.non_field_errors()]
    for bound in page.form:
        found += [
            {"text": text, "label": str(bound.label), "target": bound.id_for_label or bound.auto_id}
            for text in bound.errors
        ]
    for group in groups:
        label = str(group.opts.verbose_name_plural)
        label = label[:1].upper() + label[1:]
        found += [{"text": text, "label": label, "target": ""} for text in group.formset.non_form_errors()]
        for number, form in enumerate(group.formset.forms, 1):
            name = f"{label} {number}"
            found += [{"text": text, "label": name, "target": ""} for text in form.non_field_errors()]
            for bound in form:
                found += [
                    {"text": text, "label": f"{name}, {bound.label}", "target": bound.id_for_label or bound.auto_id}
                    for text in bound.errors
                ]
    return found


def render(
    admin: Any, request: Any, context: dict[str, Any], add: bool, change: bool, form_url: str, obj: Any
) -> HttpResponseBase:
    """The body of `ModelAdmin.render_change_form`."""
    options = admin.opts
    view_url = admin.get_view_on_site_url(obj)
    rights = {
        "has_view_permission": admin.has_view_permission(request, obj),
        "has_add_permission": admin.has_add_permission(request),
        "has_change_permission": admin.has_change_permission(request, obj),
        "has_delete_permission": admin.has_delete_permission(request, obj),
    }
    groups: Sequence[Any] = context.get("inline_admin_formsets", ())
    editable_inline = any(
        group.rights.add or group.rights.change or group.rights.delete
        for group in groups
        if isinstance(group, InlineGroup)
    )
    context = {
        "add": add,
        "change": change,
        **rights,
        "has_editable_inline_admin_formsets": editable_inline,
        "has_file_field": context["adminform"].form.is_multipart()
        or any(group.formset.is_multipart() for group in groups),
        "has_absolute_url": view_url is not None,
        "absolute_url": view_url,
        "form_url": form_url,
        "opts": options,
        "app_label": options.app_label,
        "save_as": admin.save_as,
        "save_on_top": admin.save_on_top,
        "to_field_var": TO_FIELD_VAR,
        "is_popup_var": IS_POPUP_VAR,
        "model_admin": admin,
        **page_links(admin, request, obj, popup=context["is_popup"], to_field=context["to_field"] or None),
        **context,
    }
    context.update(submit_buttons(context))
    context.setdefault("close_url", context["listing_url"] or context["index_url"])
    own = admin.add_form_template if add and admin.add_form_template else admin.change_form_template
    names = own or [
        f"admin/{options.app_label}/{options.model_name}/change_form.html",
        f"admin/{options.app_label}/change_form.html",
        "admin/change_form.html",
    ]
    return TemplateResponse(request, names, context)
