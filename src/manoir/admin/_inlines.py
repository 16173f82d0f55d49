"""Inlines: rows of another model that are edited on the page of the object they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from manoir.admin._base import BaseModelAdmin
from manoir.admin._forms import form_options
from manoir.admin._guarded_rows import Rights, guarded
from manoir.auth import get_permission_codename
from manoir.bridge import atwin, hook
from manoir.forms import (
    BaseGenericInlineFormSet,
    BaseInlineFormSet,
    generic_inlineformset_factory,
    generic_key_of,
    inlineformset_factory,
)
from manoir.forms import get_foreign_key as foreign_key_of
from manoir.http import HttpRequest
from manoir.models import Model, Options

if TYPE_CHECKING:
    from manoir.admin._sites import AdminSite


class InlineModelAdmin(BaseModelAdmin):
    """Rows of a model that point to the object of the page.

    Who may add, change, delete or see rows is asked for the inline itself, beside the page's own permissions; what is
    sent for rows that somebody may not touch changes nothing.

    Args:
        parent_model: the model of the page.
        admin_site: the site.

    Attributes:
        model: the model of the rows.
        fk_name: name of the foreign key; needed where there are several.
        formset: class of the formset.
        extra: empty rows for new ones.
        min_num: rows there are at least; None: none.
        max_num: rows there are at most; None: as many as the formset allows.
        can_delete: rows can be deleted.
        show_change_link: rows have a link to a page of their own, where the model has one.
        verbose_name: what a row is, for people; None: the model's.
        verbose_name_plural: what rows are; None: the model's.
        classes: CSS classes; `collapse` folds the inline, `tab` puts it behind a tab.
        template: template of the inline.
        per_page: rows that are shown at once; more are on further pages.

    Example:
        >>> class ChapterInline(TabularInline):  # doctest: +SKIP
        ...     model = Chapter
        ...     extra = 1
    """

    model: Any = None
    fk_name: str | None = None
    formset: Any = BaseInlineFormSet
    extra: int = 3
    min_num: int | None = None
    max_num: int | None = None
    template: Any = None
    verbose_name: Any = None
    verbose_name_plural: Any = None
    can_delete: bool = True
    show_change_link: bool = False
    classes: Sequence[str] | None = None
    per_page: int = 100

    def __init__(self, parent_model: type[Model], admin_site: AdminSite) -> None:
        self.parent_model = parent_model
        self.admin_site = admin_site
        self.opts = self.model._meta
        self.has_registered_model = admin_site.is_registered(self.model)
        super().__init__()
        plain_name, plain_names = self.verbose_name, self.verbose_name_plural
        self.verbose_name = plain_name or self.opts.verbose_name
        if plain_names is None:
            self.verbose_name_plural = f"{plain_name}s" if plain_name else self.opts.verbose_name_plural

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: model={self.model.__qualname__} parent={self.parent_model.__qualname__}>"

    # -- how many ---------------------------------------------------------------------------------------------------

    @hook
    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Hook: return the number of empty rows."""
        return self.extra

    aget_extra = atwin(get_extra, waits=True)

    @hook
    def get_min_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int | None:
        """Hook: return the number of rows there are at least."""
        return self.min_num

    aget_min_num = atwin(get_min_num, waits=True)

    @hook
    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int | None:
        """Hook: return the number of rows there are at most."""
        return self.max_num

    aget_max_num = atwin(get_max_num, waits=True)

    # -- the formset ------------------------------------------------------------------------------------------------

    @hook
    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Hook: return the class of formsets.

        Args:
            request: the request.
            obj: the object of the page; None for a new one.
            **kwargs: further arguments of the factory of formsets.
        """
        return self._factory(**self._factory_options(request, obj, kwargs))

    aget_formset = atwin(get_formset, waits=True)

    def _factory(self, **options: Any) -> Any:
        return inlineformset_factory(self.parent_model, self.model, fk_name=self.fk_name, **options)

    def _factory_options(self, request: HttpRequest, obj: Any, options: dict[str, Any]) -> dict[str, Any]:
        rights = self.rights(request, obj)
        built = form_options(self, request, obj, False, options)
        parents = self.parent_fields()
        if built["fields"] is not None and obj is not None:
            # The key of the parent counts for uniqueness, though nobody sees it; a new parent has none yet.
            built["fields"] = [*built["fields"], *(name for name in parents if name not in built["fields"])]
        build = built["formfield_callback"]

        def build_other(db_field: Any, **chosen: Any) -> Any:
            return None if db_field.name in parents else build(db_field, **chosen)

        return {
            "formset": guarded(self.formset, rights),
            "extra": self.get_extra(request, obj) if rights.add else 0,
            "min_num": self.get_min_num(request, obj) if rights.add else 0,
            "max_num": self.get_max_num(request, obj) if rights.add else 0,
            "can_delete": self.can_delete and rights.delete,
            "edit_only": not rights.add,
            **built,
            "formfield_callback": build_other,
        }

    def parent_fields(self) -> tuple[str, ...]:
        """Names of the fields that say whose rows they are."""
        return (foreign_key_of(self.parent_model, self.model, fk_name=self.fk_name).name,)

    def _form_for_fields(self, request: Any, obj: Any) -> Any:
        return self.get_formset(request, obj, fields=None).form

    # -- rows and permissions ---------------------------------------------------------------------------------------

    @hook
    def get_queryset(self, request: HttpRequest) -> Any:
        """Hook: return the rows that this user may see; none for who may only add."""
        rows = super().get_queryset(request)
        return rows if self.has_view_or_change_permission(request) else rows.none()

    aget_queryset = atwin(get_queryset, waits=True)

    def rights(self, request: HttpRequest, obj: Any) -> Rights:
        """What the user may do with the rows of an object."""
        return Rights(
            add=self.has_add_permission(request, obj),
            change=self.has_change_permission(request, obj),
            delete=self.has_delete_permission(request, obj),
            view=self.has_view_permission(request, obj),
        )

    def _has(self, request: HttpRequest, action: str) -> bool:
        options: Options = self._permission_options()
        if self.opts.auto_created and action != "view":
            action = "change"  # a row that only connects two others is a change of these
        user: Any = request.user
        return bool(user.has_perm(f"{options.app_label}.{get_permission_codename(action, options)}"))

    @hook
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Hook: tell whether the user may add rows to an object."""
        return self._has(request, "add")

    ahas_add_permission = atwin(has_add_permission, waits=True)


class StackedInline(InlineModelAdmin):
    """Rows below each other, each a form with labels."""

    template = "admin/edit_inline/stacked.html"


class TabularInline(InlineModelAdmin):
    """Rows of a table."""

    template = "admin/edit_inline/tabular.html"


class GenericInlineModelAdmin(InlineModelAdmin):
    """Rows that point to the object of the page by a content type and a key.

    Attributes:
        ct_field: name of the foreign key to ContentType.
        ct_fk_field: name of the field with the key.
    """

    ct_field: str = "content_type"
    ct_fk_field: str = "object_id"
    formset: Any = BaseGenericInlineFormSet

    def _factory(self, **options: Any) -> Any:
        return generic_inlineformset_factory(self.model, ct_field=self.ct_field, fk_field=self.ct_fk_field, **options)

    def parent_fields(self) -> tuple[str, ...]:
        """Names of the fields that say whose rows they are."""
        return (self.ct_field, self.ct_fk_field)

    def get_key(self) -> tuple[Any, Any]:
        """Return the two fields of the key.

        Raises:
            ValueError: the model has no such fields, or the first is no foreign key to ContentType.
        """
        return generic_key_of(self.model, self.ct_field, self.ct_fk_field)


class GenericStackedInline(GenericInlineModelAdmin):
    """Such rows below each other."""

    template = "admin/edit_inline/stacked.html"


class GenericTabularInline(GenericInlineModelAdmin):
    """Such rows in a table."""

    template = "admin/edit_inline/tabular.html"
