"""Views with forms: free forms, and forms that create, change or delete an object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manoir import bridge
from manoir.bridge import TwoColours, atwin, hook, twin
from manoir.exceptions import ImproperlyConfigured, ValidationError
from manoir.forms import BaseForm, BaseModelForm, Form, modelform_factory
from manoir.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from manoir.views._base import View, answers, settle
from manoir.views.generic._objects import SingleObjectMixin, SingleObjectTemplateResponseMixin, model_of
from manoir.views.generic._template import ContextMixin, TemplateResponseMixin


class FormMixin(ContextMixin):
    """Builds, fills and checks a form.

    Attributes:
        initial: first values of the form.
        form_class: class of the form.
        success_url: where a valid form leads.
        prefix: prefix of the form's field names; None for none.
    """

    initial: dict[str, Any] = {}
    form_class: type[BaseForm] | None = None
    success_url: Any = None
    prefix: str | None = None
    request: HttpRequest

    @hook
    def get_initial(self) -> dict[str, Any]:
        """Return the first values of the form, as a copy."""
        return self.initial.copy()

    aget_initial = atwin(get_initial)

    @hook
    def get_prefix(self) -> str | None:
        """Return the prefix of the form's field names."""
        return self.prefix

    aget_prefix = atwin(get_prefix)

    @hook
    async def aget_form_class(self) -> type[BaseForm]:
        """Return the class of the form."""
        if self.form_class is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} has no form. Define form_class or override get_form_class()."
            )
        return self.form_class

    get_form_class = twin(aget_form_class)

    @hook
    async def aget_form(self, form_class: type[BaseForm] | None = None) -> BaseForm:
        """Return the form of this request, filled when it was sent."""
        kwargs = await self.aget_form_kwargs()
        return await bridge.spawn(form_class or await self.aget_form_class(), **kwargs)

    get_form = twin(aget_form)

    @hook
    async def aget_form_kwargs(self) -> dict[str, Any]:
        """Return the arguments of the form."""
        kwargs: dict[str, Any] = {"initial": await self.aget_initial(), "prefix": await self.aget_prefix()}
        if self.request.method in ("POST", "PUT"):
            kwargs.update(data=self.request.POST, files=self.request.FILES)
        return kwargs

    get_form_kwargs = twin(aget_form_kwargs)

    @hook
    def get_success_url(self) -> str:
        """Return where a valid form leads."""
        if not self.success_url:
            raise ImproperlyConfigured(f"{type(self).__name__} has no URL to go to. Define success_url.")
        return str(self.success_url)

    aget_success_url = atwin(get_success_url)

    @hook
    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Go to the success URL."""
        return HttpResponseRedirect(await self.aget_success_url())

    form_valid = twin(aform_valid)

    @hook
    async def aform_invalid(self, form: Any) -> HttpResponseBase:
        """Show the form again, with its errors."""
        return await self.arender_to_response(await self.aget_context_data(form=form))  # pyright: ignore[reportAttributeAccessIssue]

    form_invalid = twin(aform_invalid)

    @hook
    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables, with the form under `form`."""
        if "form" not in kwargs:
            kwargs["form"] = await self.aget_form()
        return await super().aget_context_data(**kwargs)

    get_context_data = twin(aget_context_data)


class ModelFormMixin(FormMixin, SingleObjectMixin):
    """Builds the form of a model.

    Attributes:
        fields: names of the model's fields in the form; required where `form_class` is not given.
    """

    fields: Sequence[str] | str | None = None
    object: Any = None

    @hook
    async def aget_form_class(self) -> type[BaseForm]:
        """Return `form_class`, or a ModelForm of the model with `fields`."""
        if self.fields is not None and self.form_class is not None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} has 'fields' and a 'form_class', which has fields of its own: keep one of them."
            )
        if self.form_class is not None:
            return self.form_class
        if self.fields is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} needs 'fields': the names of the model's fields that visitors may fill."
            )
        model = self.model or model_of(self.object) or (await self.aget_queryset()).model
        return modelform_factory(model, fields=self.fields)

    get_form_class = twin(aget_form_class)

    @hook
    async def aget_form_kwargs(self) -> dict[str, Any]:
        """Return the arguments of the form, with the object as its instance."""
        kwargs = await super().aget_form_kwargs()
        form_class = await self.aget_form_class()
        if isinstance(form_class, type) and issubclass(form_class, BaseModelForm):
            kwargs["instance"] = self.object
        return kwargs

    get_form_kwargs = twin(aget_form_kwargs)

    @hook
    def get_success_url(self) -> str:
        """Return `success_url`, filled with the object's values, or the object's own page."""
        if self.success_url:
            values = {name: value for name, value in vars(self.object).items() if not name.startswith("_")}
            return str(self.success_url).format(**values)
        try:
            return self.object.get_absolute_url()
        except AttributeError:
            raise ImproperlyConfigured(
                f"{type(self).__name__} has no URL to go to. Define success_url, or get_absolute_url() on the model."
            ) from None

    aget_success_url = atwin(get_success_url)

    @hook
    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Save the object, then go to the success URL."""
        self.object = await form.asave()
        return await super().aform_valid(form)

    form_valid = twin(aform_valid)


def finder(view: Any) -> SingleObjectMixin:
    """A view as one that finds its object: a mixin relies on what it is combined with."""
    return view


async def answer_form(view: Any) -> HttpResponseBase:
    """Check the form of a view, and let `form_valid` or `form_invalid` answer."""
    form = await view.aget_form()
    if not await form.ais_valid():
        return await view.aform_invalid(form)
    try:
        return await view.aform_valid(form)
    except ValidationError:
        # Saving found what checking could not: another visitor was faster. The form knows.
        if not form.errors:
            raise
        return await view.aform_invalid(form)


class ProcessFormView(View):
    """GET shows the form, POST checks it."""

    @answers
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the empty form."""
        return await self.arender_to_response(await self.aget_context_data())  # pyright: ignore[reportAttributeAccessIssue]

    @answers
    async def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Check the form; `form_valid` or `form_invalid` answers."""
        return await answer_form(self)

    @answers
    async def put(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Do what `post` does."""
        return await settle(self.post(*args, **kwargs))


class BaseFormView(FormMixin, ProcessFormView):
    """Shows and checks a form; needs a mixin that makes the answer."""


class FormView(TemplateResponseMixin, BaseFormView):
    """Shows and checks a form with a template.

    Example:
        >>> class Contact(FormView):
        ...     form_class = ContactForm
        ...     template_name = "contact.html"
        ...     success_url = "/thanks/"
    """


class BaseCreateView(ModelFormMixin, ProcessFormView):
    """Creates an object; needs a mixin that makes the answer."""

    @answers
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the empty form."""
        self.object = None
        return await settle(super().get(request, *args, **kwargs))

    @answers
    async def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Create the object when the form is valid."""
        self.object = None
        return await settle(super().post(request, *args, **kwargs))


class CreateView(SingleObjectTemplateResponseMixin, BaseCreateView):
    """Creates an object with a form: `<app>/<model>_form.html`.

    Example:
        >>> class BookCreate(CreateView):
        ...     model = Book
        ...     fields = ["title", "price"]
    """

    template_name_suffix = "_form"


class BaseUpdateView(ModelFormMixin, ProcessFormView):
    """Changes an object; needs a mixin that makes the answer."""

    @answers
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the form with the object's values."""
        self.object = await self.aget_object()
        return await settle(super().get(request, *args, **kwargs))

    @answers
    async def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Change the object when the form is valid."""
        self.object = await self.aget_object()
        return await settle(super().post(request, *args, **kwargs))


class UpdateView(SingleObjectTemplateResponseMixin, BaseUpdateView):
    """Changes an object with a form: `<app>/<model>_form.html`."""

    template_name_suffix = "_form"


class DeletionMixin(TwoColours):
    """Deletes an object on POST or DELETE.

    Attributes:
        success_url: where to go then; `{name}` stands for a value of the object.
    """

    success_url: Any = None
    object: Any

    @answers
    async def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Delete the object, then go to the success URL."""
        self.object = await finder(self).aget_object()
        url = await self.aget_success_url()
        await self.object.adelete()
        return HttpResponseRedirect(url)

    @answers
    async def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Do what `delete` does."""
        return await settle(self.delete(request, *args, **kwargs))

    @hook
    def get_success_url(self) -> str:
        """Return where to go after the object is gone."""
        if not self.success_url:
            raise ImproperlyConfigured(f"{type(self).__name__} has no URL to go to. Define success_url.")
        values = {name: value for name, value in vars(self.object).items() if not name.startswith("_")}
        return str(self.success_url).format(**values)

    aget_success_url = atwin(get_success_url)


class BaseDeleteView(DeletionMixin, FormMixin, SingleObjectMixin, View):
    """Asks on GET and deletes on POST; needs a mixin that makes the answer."""

    form_class: type[BaseForm] | None = Form

    @answers
    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask."""
        self.object = await self.aget_object()
        return await self.arender_to_response(await self.aget_context_data(object=self.object))  # pyright: ignore[reportAttributeAccessIssue]

    @answers
    async def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Delete when the form, empty by default, is valid."""
        self.object = await self.aget_object()
        return await answer_form(self)

    @hook
    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Delete the object, then go to the success URL."""
        url = await self.aget_success_url()
        await self.object.adelete()
        return HttpResponseRedirect(url)

    form_valid = twin(aform_valid)


class DeleteView(SingleObjectTemplateResponseMixin, BaseDeleteView):
    """Asks and deletes with a template: `<app>/<model>_confirm_delete.html`."""

    template_name_suffix = "_confirm_delete"
