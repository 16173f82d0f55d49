"""The one view that answers searches of autocomplete fields: a page of rows as JSON.

It answers only for relations that a form of this site has as `autocomplete_fields`, reads from the related ModelAdmin's
`get_queryset`, finds what its `search_fields` allow, keeps to the relation's `limit_choices_to`, and asks for the
permission to see these rows.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from manoir.admin._related_widgets import target_of
from manoir.apps import apps
from manoir.exceptions import FieldDoesNotExist, Http404, PermissionDenied
from manoir.http import HttpRequest, JsonResponse
from manoir.views import View

LONGEST_TERM: Final = 200
LAST_PAGE: Final = 1_000


class AutocompleteJsonView(View):
    """Answers `?app_label=…&model_name=…&field_name=…&term=…&page=…` with `results` (id, text) and `pagination.more`."""

    admin_site: Any = None
    paginate_by: ClassVar[int] = 20

    def get(self, request: HttpRequest) -> JsonResponse:
        """Answer a search.

        Raises:
            PermissionDenied: the relation is no autocomplete field, or the user may not see its rows.
            Http404: the related model cannot be searched here.
        """
        field = self.relation(request)
        related = self.admin_site._registry.get(field.remote_field.model)
        if related is None:
            raise Http404(f"{field.remote_field.model._meta.label} has no page on this site: register it.")
        if not related.get_search_fields(request):
            raise Http404(f"{type(related).__name__} does not say what to search: give it search_fields.")
        if not related.has_view_permission(request):
            raise PermissionDenied(f"This account may not see {related.opts.verbose_name_plural}.")
        rows, more = self.page(request, field, related)
        target = target_of(field.remote_field).name
        results = [self.serialize_result(row, target) for row in rows]
        return JsonResponse({"results": results, "pagination": {"more": more}})

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """Return what the script needs of a row; override it to add more."""
        return {"id": str(obj.serializable_value(to_field_name)), "text": str(obj)}

    def relation(self, request: HttpRequest) -> Any:
        """The relation that is asked for; it must be an autocomplete field of a form of this site."""
        app_label, model_name, name = (request.GET.get(key, "") for key in ("app_label", "model_name", "field_name"))
        try:
            model = apps.get_model(app_label, model_name)
            field: Any = model._meta.get_field(name)
        except (LookupError, ValueError, FieldDoesNotExist) as error:
            raise PermissionDenied("There is no such autocomplete field.") from error
        if getattr(field, "remote_field", None) is None or not self.is_offered(request, model, name):
            raise PermissionDenied("There is no such autocomplete field.")
        return field

    def is_offered(self, request: HttpRequest, model: Any, name: str) -> bool:
        """Whether a form that this user may open has the field as an autocomplete field."""
        for parent in self.admin_site._registry.values():
            classes = [one for one in parent.get_inlines(request, None) if one.model is model]
            inlines = [one(parent.model, self.admin_site) for one in classes]
            offers = [parent, *inlines] if parent.model is model else inlines
            if not any(name in one.get_autocomplete_fields(request) for one in offers):
                continue
            if parent.has_view_or_change_permission(request) or parent.has_add_permission(request):
                return True
        return False

    def page(self, request: HttpRequest, field: Any, related: Any) -> tuple[list[Any], bool]:
        """The rows of a page, and whether there are more."""
        rows: Any = related.get_queryset(request)
        limit = field.remote_field.limit_choices_to
        limit = limit() if callable(limit) else limit
        if limit:
            rows = rows.complex_filter(limit)
        rows, may_repeat = related.get_search_results(request, rows, request.GET.get("term", "")[:LONGEST_TERM])
        if may_repeat:
            rows = rows.distinct()
        if not rows.ordered:
            rows = rows.order_by("pk")
        number = request.GET.get("page", "1")
        page = min(int(number), LAST_PAGE) if number.isascii() and number.isdigit() and len(number) < 6 else 1
        start = max(page - 1, 0) * self.paginate_by
        found = list(rows[start : start + self.paginate_by + 1])
        return found[: self.paginate_by], len(found) > self.paginate_by
