"""Views that show one object, or a list of objects page by page."""

from __future__ import annotations

from typing import Any

from manoir import bridge
from manoir.bridge import atwin, hook, twin
from manoir.exceptions import FieldTypeError, Http404, ImproperlyConfigured
from manoir.http import HttpRequest, HttpResponseBase
from manoir.i18n import gettext as _
from manoir.models import Model, QuerySet
from manoir.paginator import InvalidPage, Page, Paginator
from manoir.views._base import View, answers
from manoir.views.generic._template import ContextMixin, TemplateResponseMixin


def all_of(view: Any) -> Any:
    """Return a fresh copy of the view's `queryset`, or all objects of its `model`."""
    if view.queryset is not None:
        return view.queryset.all() if isinstance(view.queryset, QuerySet) else view.queryset
    if view.model is not None:
        return view.model._meta.default_manager.all()
    name = type(view).__name__
    raise ImproperlyConfigured(
        f"{name} has no queryset. Define {name}.model, {name}.queryset, or override {name}.get_queryset()."
    )


def model_of(source: Any) -> type[Model] | None:
    """Return the model of an instance, a queryset or a model class; None for anything else."""
    model = getattr(source, "model", None) if isinstance(source, QuerySet) else type(source)
    return model if isinstance(model, type) and issubclass(model, Model) else None


class SingleObjectMixin(ContextMixin):
    """Finds one object by what the URL captured.

    Attributes:
        model: the model; short for `queryset = Model.objects.all()`.
        queryset: the objects among which is searched.
        slug_field: name of the field that `slug` is compared with.
        context_object_name: name of the object in the template; None takes the model's name.
        slug_url_kwarg, pk_url_kwarg: names under which the URL captured the two.
        query_pk_and_slug: use the slug even where a primary key was captured.
    """

    model: type[Model] | None = None
    queryset: QuerySet[Any] | None = None
    slug_field: str = "slug"
    context_object_name: str | None = None
    slug_url_kwarg: str = "slug"
    pk_url_kwarg: str = "pk"
    query_pk_and_slug: bool = False
    kwargs: dict[str, Any]
    object: Any

    @hook
    async def aget_object(self, queryset: QuerySet[Any] | None = None) -> Any:
        """Return the object, or raise Http404."""
        if queryset is None:
            queryset = await self.aget_queryset()
        pk = self.kwargs.get(self.pk_url_kwarg)
        slug = self.kwargs.get(self.slug_url_kwarg)
        if pk is None and slug is None:
            raise AttributeError(
                f"{type(self).__name__} cannot tell which object is meant: its URL pattern captures neither "
                f"{self.pk_url_kwarg!r} nor {self.slug_url_kwarg!r}."
            )
        try:
            if pk is not None:
                queryset = queryset.filter(pk=pk)
            if slug is not None and (pk is None or self.query_pk_and_slug):
                queryset = queryset.filter(**{await self.aget_slug_field(): slug})
            return await queryset.aget()
        except (queryset.model.DoesNotExist, FieldTypeError):  # the latter: the URL captured what no key can be
            name = queryset.model._meta.verbose_name
            raise Http404(_("No %(verbose_name)s found matching the query") % {"verbose_name": name}) from None

    get_object = twin(aget_object)

    @hook
    def get_queryset(self) -> QuerySet[Any]:
        """Return the objects among which is searched."""
        return all_of(self)

    aget_queryset = atwin(get_queryset)

    @hook
    def get_slug_field(self) -> str:
        """Return the name of the field that the slug is compared with."""
        return self.slug_field

    aget_slug_field = atwin(get_slug_field)

    @hook
    def get_context_object_name(self, obj: Any) -> str | None:
        """Return the name of the object in the template; None for none but `object`."""
        if self.context_object_name:
            return self.context_object_name
        model = model_of(obj)
        return model._meta.model_name if model else None

    aget_context_object_name = atwin(get_context_object_name)

    @hook
    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables, with the object under `object` and its own name."""
        context: dict[str, Any] = {}
        if getattr(self, "object", None) is not None:
            context["object"] = self.object
            name = await self.aget_context_object_name(self.object)
            if name:
                context[name] = self.object
        context.update(kwargs)
        return await super().aget_context_data(**context)

    get_context_data = twin(aget_context_data)


class SingleObjectTemplateResponseMixin(TemplateResponseMixin):
    """Finds the template of one object: `<app>/<model>_detail.html`.

    Attributes:
        template_name_field: name of a field of the object that names its template; None for none.
        template_name_suffix: what follows the model's name.
    """

    template_name_field: str | None = None
    template_name_suffix: str = "_detail"
    model: type[Model] | None
    object: Any

    @hook
    def get_template_names(self) -> list[str]:
        """Return `template_name`, or the name in the object's field, then the name made of app and model."""
        if self.template_name is not None:
            return [self.template_name]
        names: list[str] = []
        obj = getattr(self, "object", None)
        if obj is not None and self.template_name_field:
            name = getattr(obj, self.template_name_field, None)
            if name:
                names.append(str(name))
        model = model_of(obj) or self.model or model_of(getattr(self, "queryset", None))
        if model is not None:
            names.append(f"{model._meta.app_label}/{model._meta.model_name}{self.template_name_suffix}.html")
        if not names:
            raise ImproperlyConfigured(f"{type(self).__name__} needs a template_name: it has no object and no model.")
        return names

    aget_template_names = atwin(get_template_names)


class BaseDetailView(SingleObjectMixin, View):
    """Shows one object; needs a mixin that makes the answer."""

    @answers
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the object."""
        self.object = await self.aget_object()
        return await self.arender_to_response(await self.aget_context_data(object=self.object))  # pyright: ignore[reportAttributeAccessIssue]


class DetailView(SingleObjectTemplateResponseMixin, BaseDetailView):
    """Shows one object with a template.

    Example:
        >>> class BookDetail(DetailView):
        ...     model = Book  # shop/book_detail.html, with the variables `object` and `book`
    """


class MultipleObjectMixin(ContextMixin):
    """Gives a list of objects, page by page.

    Attributes:
        allow_empty: show an empty list instead of answering 404.
        queryset, model: the objects; one of the two, or `get_queryset()`.
        paginate_by: objects per page; None shows all on one page.
        paginate_orphans: a last page of at most so many joins the page before.
        context_object_name: name of the list in the template; None takes `<model>_list`.
        paginator_class: class of the paginator.
        page_kwarg: name of the page number in the URL or the query string.
        ordering: names of fields; None keeps the queryset's order.
    """

    allow_empty: bool = True
    queryset: Any = None
    model: type[Model] | None = None
    paginate_by: int | None = None
    paginate_orphans: int = 0
    context_object_name: str | None = None
    paginator_class: type[Paginator[Any]] = Paginator
    page_kwarg: str = "page"
    ordering: str | list[str] | tuple[str, ...] | None = None
    request: HttpRequest
    kwargs: dict[str, Any]
    object_list: Any

    @hook
    def get_queryset(self) -> Any:
        """Return the objects, in the order of `get_ordering()`."""
        objects = all_of(self)
        ordering = self.get_ordering()
        if ordering:
            objects = objects.order_by(*((ordering,) if isinstance(ordering, str) else ordering))
        return objects

    aget_queryset = atwin(get_queryset)

    @hook
    def get_ordering(self) -> str | list[str] | tuple[str, ...] | None:
        """Return names of fields; None keeps the queryset's order."""
        return self.ordering

    aget_ordering = atwin(get_ordering)

    @hook
    async def apaginate_queryset(self, queryset: Any, page_size: int) -> tuple[Paginator[Any], Page[Any], Any, bool]:
        """Return paginator, page, the page's objects, and whether there are other pages.

        Raises:
            Http404: the number of the page is no number, or too large.
        """
        paginator = await self.aget_paginator(
            queryset,
            page_size,
            orphans=await self.aget_paginate_orphans(),
            allow_empty_first_page=await self.aget_allow_empty(),
        )
        number: Any = self.kwargs.get(self.page_kwarg) or self.request.GET.get(self.page_kwarg) or 1
        try:
            page = await bridge.spawn(find_page, paginator, number)
        except InvalidPage as error:
            raise Http404(
                _("Invalid page (%(page_number)s): %(message)s") % {"page_number": number, "message": str(error)}
            ) from None
        return paginator, page, page.object_list, page.has_other_pages()

    paginate_queryset = twin(apaginate_queryset)

    @hook
    def get_paginate_by(self, queryset: Any) -> int | None:
        """Return the number of objects per page; None for one page."""
        return self.paginate_by

    aget_paginate_by = atwin(get_paginate_by)

    @hook
    def get_paginator(
        self, queryset: Any, per_page: int, orphans: int = 0, allow_empty_first_page: bool = True, **kwargs: Any
    ) -> Paginator[Any]:
        """Return the paginator."""
        return self.paginator_class(
            queryset, per_page, orphans=orphans, allow_empty_first_page=allow_empty_first_page, **kwargs
        )

    aget_paginator = atwin(get_paginator)

    @hook
    def get_paginate_orphans(self) -> int:
        """Return how many objects may join the page before."""
        return self.paginate_orphans

    aget_paginate_orphans = atwin(get_paginate_orphans)

    @hook
    def get_allow_empty(self) -> bool:
        """Return whether an empty list is shown; otherwise it is a 404."""
        return self.allow_empty

    aget_allow_empty = atwin(get_allow_empty)

    @hook
    def get_context_object_name(self, object_list: Any) -> str | None:
        """Return the name of the list in the template; None for none but `object_list`."""
        if self.context_object_name:
            return self.context_object_name
        model = model_of(object_list)
        return f"{model._meta.model_name}_list" if model and isinstance(object_list, QuerySet) else None

    aget_context_object_name = atwin(get_context_object_name)

    @hook
    async def aget_context_data(self, *, object_list: Any = None, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables: `paginator`, `page_obj`, `is_paginated`, `object_list` and its own name."""
        queryset = object_list if object_list is not None else self.object_list
        name = await self.aget_context_object_name(queryset)
        context: dict[str, Any] = {"paginator": None, "page_obj": None, "is_paginated": False}
        page_size = await self.aget_paginate_by(queryset)
        if page_size:
            paginator, page, queryset, is_paginated = await self.apaginate_queryset(queryset, page_size)
            context.update(paginator=paginator, page_obj=page, is_paginated=is_paginated)
        context["object_list"] = queryset
        if name is not None:
            context[name] = queryset
        context.update(kwargs)
        return await super().aget_context_data(**context)

    get_context_data = twin(aget_context_data)


class MultipleObjectTemplateResponseMixin(TemplateResponseMixin):
    """Finds the template of a list: `<app>/<model>_list.html`.

    Attributes:
        template_name_suffix: what follows the model's name.
    """

    template_name_suffix: str = "_list"
    object_list: Any

    @hook
    def get_template_names(self) -> list[str]:
        """Return `template_name`, then the name made of app and model."""
        names = [self.template_name] if self.template_name is not None else []
        model = model_of(self.object_list) if isinstance(self.object_list, QuerySet) else None
        if model is not None:
            names.append(f"{model._meta.app_label}/{model._meta.model_name}{self.template_name_suffix}.html")
        if not names:
            raise ImproperlyConfigured(
                f"{type(self).__name__} needs a template_name: its list is no queryset, so no name follows from it."
            )
        return names

    aget_template_names = atwin(get_template_names)


class BaseListView(MultipleObjectMixin, View):
    """Shows a list; needs a mixin that makes the answer."""

    @answers
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the list, or 404 where an empty one is not allowed."""
        self.object_list = await self.aget_queryset()
        if not await self.aget_allow_empty() and await bridge.spawn(
            is_empty, self.object_list, paginated=bool(await self.aget_paginate_by(self.object_list))
        ):
            raise Http404(
                _("Empty list and “%(class_name)s.allow_empty” is False.") % {"class_name": type(self).__name__}
            )
        return await self.arender_to_response(await self.aget_context_data())  # pyright: ignore[reportAttributeAccessIssue]


class ListView(MultipleObjectTemplateResponseMixin, BaseListView):
    """Shows a list of objects with a template.

    Example:
        >>> class BookList(ListView):
        ...     model = Book
        ...     paginate_by = 50  # shop/book_list.html, with `book_list`, `page_obj`, `paginator`
    """


def find_page(paginator: Paginator[Any], number: Any) -> Page[Any]:
    """Return one page by its number, or by the word "last"; loads its objects."""
    page = paginator.page(paginator.num_pages if number == "last" else number)
    len(page)
    return page


def is_empty(objects: Any, *, paginated: bool) -> bool:
    """Tell whether there is nothing to show; one cheap query when only a page would be loaded."""
    if paginated and isinstance(objects, QuerySet):
        return not objects.exists()
    return not objects
