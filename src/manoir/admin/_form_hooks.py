"""The documented hooks of a ModelAdmin's forms: what is shown, checked, saved, logged and answered.

The bodies are short or stand in the modules that they call. Each hook may be overridden as `def name` or as
`async def aname`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from manoir.admin import _change_form, _delete, _differences, _forms, _history, _responses
from manoir.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from manoir.bridge import TwoColours, atwin, hook
from manoir.exceptions import FieldTypeError, ValidationError
from manoir.http import HttpRequest, HttpResponseBase
from manoir.models import Model, QuerySet

if TYPE_CHECKING:
    from manoir.admin._sites import AdminSite
    from manoir.models import Options

Context: TypeAlias = "Mapping[str, Any] | None"


class FormHooks(TwoColours):
    """What ModelAdmin inherits for its forms."""

    if TYPE_CHECKING:
        model: type[Model]
        opts: Options
        admin_site: AdminSite
        form: Any
        inlines: Any

        def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
            """The rows that the user may see."""
            ...

    # -- pages ------------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Context = None) -> HttpResponseBase:
        """Answer the page that adds an object."""
        return self.changeform_view(request, None, form_url, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Context = None
    ) -> HttpResponseBase:
        """Answer the page that changes an object."""
        return self.changeform_view(request, object_id, form_url, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Context = None,
    ) -> HttpResponseBase:
        """Answer the page that adds (`object_id` is None) or changes an object; writes are one transaction."""
        return _change_form.changeform_view(self, request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Context = None) -> HttpResponseBase:
        """Answer the page that asks before an object is deleted."""
        return _delete.delete_view(self, request, object_id, extra_context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Context = None) -> HttpResponseBase:
        """Answer the page that lists what was done with an object."""
        return _history.history_view(self, request, object_id, extra_context)

    # -- the object -------------------------------------------------------------------------------------------------

    @hook
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Hook: return the object of a key, out of `get_queryset`; None when there is none.

        Args:
            request: the request.
            object_id: the key, as the address has it.
            from_field: the field whose value it is; None: the primary key.
        """
        rows: Any = self.get_queryset(request)
        options = rows.model._meta
        field = options.pk if from_field is None else options.get_field(from_field)
        target = field.target_field if field.is_relation else field
        try:
            return rows.get(**{field.name: target.to_python(object_id)})
        except (rows.model.DoesNotExist, ValidationError, FieldTypeError, ValueError, TypeError, OverflowError):
            return None

    aget_object = atwin(get_object, waits=True)

    @hook
    def get_changeform_initial_data(self, request: HttpRequest) -> Mapping[str, Any]:
        """Hook: return first values of the form that adds an object, out of the address; others than fields are lost."""
        return _forms.initial_of(self, request)

    aget_changeform_initial_data = atwin(get_changeform_initial_data, waits=True)

    # -- the form ---------------------------------------------------------------------------------------------------

    @hook
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Hook: return the class of the form.

        Args:
            request: the request.
            obj: the object; None for a new one.
            change: whether an object is changed.
            **kwargs: further arguments of `modelform_factory`.

        Raises:
            FieldError: `fields` or `fieldsets` name something that is no field, or `readonly_fields` do not.
        """
        return _forms.form_class(self, request, obj, change, kwargs)

    aget_form = atwin(get_form, waits=True)

    def _form_for_fields(self, request: HttpRequest, obj: Any) -> Any:
        return self.get_form(request, obj, change=obj is not None, fields=None)

    @hook
    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Hook: return the object of a checked form, not saved yet."""
        return form.save(commit=False)

    asave_form = atwin(save_form, waits=True)

    @hook
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hook: save the object.

        Args:
            request: the request.
            obj: the object.
            form: its form.
            change: False for a new object.
        """
        obj.save()

    asave_model = atwin(save_model, waits=True)

    @hook
    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Hook: save the rows of an inline."""
        formset.save()

    asave_formset = atwin(save_formset, waits=True)

    @hook
    def save_related(self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool) -> None:
        """Hook: save what belongs to the saved object: its many-to-many relations, then the rows of the inlines."""
        form.save_m2m()
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    asave_related = atwin(save_related, waits=True)

    # -- inlines ----------------------------------------------------------------------------------------------------

    @hook
    def get_inlines(self, request: HttpRequest, obj: Any) -> Sequence[Any]:
        """Hook: return the classes of the inlines."""
        return self.inlines

    aget_inlines = atwin(get_inlines, waits=True)

    @hook
    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Hook: return the inlines of this page: those of which the user may see, add, change or delete rows."""
        shown: list[Any] = []
        for inline_class in self.get_inlines(request, obj):
            inline = inline_class(self.model, self.admin_site)
            if not inline.has_view_or_change_permission(request, obj) and not (
                inline.has_add_permission(request, obj) or inline.has_delete_permission(request, obj)
            ):
                continue
            if not inline.has_add_permission(request, obj):
                inline.max_num = 0
            shown.append(inline)
        return shown

    aget_inline_instances = atwin(get_inline_instances, waits=True)

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[tuple[Any, Any]]:
        """Yield the class of formsets of each inline, and the inline."""
        for inline in self.get_inline_instances(request, obj):
            yield inline.get_formset(request, obj), inline

    @hook
    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Hook: return the arguments that a formset is made with."""
        return _change_form.formset_arguments(self, request, obj, inline, prefix)

    aget_formset_kwargs = atwin(get_formset_kwargs, waits=True)

    # -- the log ----------------------------------------------------------------------------------------------------

    @hook
    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Sequence[Any], add: bool = False
    ) -> Any:
        """Hook: return what was changed, for the log: a list of steps, or a text."""
        return _differences.steps(form, formsets, add)

    aconstruct_change_message = atwin(construct_change_message, waits=True)

    @hook
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Hook: log that an object was added."""
        return self._log(request, [obj], ADDITION, message, single_object=True)

    alog_addition = atwin(log_addition, waits=True)

    @hook
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Hook: log that an object was changed."""
        return self._log(request, [obj], CHANGE, message, single_object=True)

    alog_change = atwin(log_change, waits=True)

    @hook
    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Hook: log that objects are going to be deleted; called before they are."""
        return self._log(request, queryset, DELETION, "", single_object=False)

    alog_deletions = atwin(log_deletions, waits=True)

    def _log(self, request: HttpRequest, objects: Any, flag: int, message: Any, single_object: bool) -> Any:
        user: Any = request.user
        return LogEntry.objects.log_actions(user.pk, objects, flag, message, single_object=single_object)

    # -- deletion ---------------------------------------------------------------------------------------------------

    @hook
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Hook: delete an object."""
        obj.delete()

    adelete_model = atwin(delete_model, waits=True)

    @hook
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Hook: delete the rows that the action "delete selected" was asked for."""
        queryset.delete()

    adelete_queryset = atwin(delete_queryset, waits=True)

    @hook
    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[Any], list[Any]]:
        """Hook: find out what goes when objects are deleted.

        Args:
            objs: a queryset or a list of objects.
            request: the request.

        Returns:
            The objects as a nested list for people, the number of each model, the names of the models that the user
            may not delete, and the objects that forbid the deletion.
        """
        return _delete.get_deleted_objects(objs, request, self.admin_site)

    aget_deleted_objects = atwin(get_deleted_objects, waits=True)

    # -- answers ----------------------------------------------------------------------------------------------------

    @hook
    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponseBase:
        """Hook: answer with the page of a form."""
        return _change_form.render(self, request, context, add, change, form_url, obj)

    arender_change_form = atwin(render_change_form, waits=True)

    @hook
    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
        """Hook: answer with the page that asks before a deletion."""
        return _delete.render(self, request, context)

    arender_delete_form = atwin(render_delete_form, waits=True)

    @hook
    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponseBase:
        """Hook: answer once an object was added.

        Args:
            request: the request.
            obj: the object.
            post_url_continue: where "save and continue" leads; None: to the object's page.
        """
        return _responses.added(self, request, obj, post_url_continue)

    aresponse_add = atwin(response_add, waits=True)

    @hook
    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponseBase:
        """Hook: answer once an object was changed."""
        return _responses.changed(self, request, obj)

    aresponse_change = atwin(response_change, waits=True)

    @hook
    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponseBase:
        """Hook: answer once an object was deleted."""
        return _responses.deleted(self, request, obj_display, obj_id)

    aresponse_delete = atwin(response_delete, waits=True)

    @hook
    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseBase:
        """Hook: where "Save" leads once an object was added."""
        return _responses.after_save(self, request)

    aresponse_post_save_add = atwin(response_post_save_add, waits=True)

    @hook
    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseBase:
        """Hook: where "Save" leads once an object was changed."""
        return _responses.after_save(self, request)

    aresponse_post_save_change = atwin(response_post_save_change, waits=True)
