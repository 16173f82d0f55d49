"""The views of the site under test."""

from __future__ import annotations

import threading
from typing import Any

from manoir import forms
from manoir.http import HttpResponse
from manoir.views import View
from manoir.views.generic import (
    CreateView,
    DeleteView,
    DetailView,
    FormView,
    ListView,
    RedirectView,
    TemplateView,
    UpdateView,
)
from tests.library.models import Author, Book

threads: dict[str, threading.Thread] = {}
"""In which thread the code named so ran last."""


def note(name: str) -> None:
    threads[name] = threading.current_thread()


class Plain(View):
    def get(self, request, **kwargs):
        note("plain")
        return HttpResponse(f"get {sorted(kwargs.items())}")

    def post(self, request, **kwargs):
        return HttpResponse("post")


class Async(View):
    async def get(self, request, **kwargs):
        note("async")
        return HttpResponse("async get")


class Page(TemplateView):
    template_name = "page.html"
    extra_context = {"title": "Extra"}


class OldPage(RedirectView):
    url = "/new/%(slug)s/"
    query_string = True


class NamedPage(RedirectView):
    pattern_name = "page"
    permanent = True


class Gone(RedirectView):
    url = None


class Anywhere(RedirectView):
    url = "/%(path)s"


class BookList(ListView):
    model = Book


class PagedBooks(ListView):
    model = Book
    paginate_by = 3
    ordering = "-title"


class NoBooks(ListView):
    queryset = Book.objects.filter(title="none")
    allow_empty = False


class SyncBooks(ListView):
    model = Book

    def get_queryset(self):
        note("get_queryset")
        return super().get_queryset().filter(title__gte="Book 6")

    def get_context_data(self, **kwargs):
        note("get_context_data")
        context = super().get_context_data(**kwargs)
        context["book_list"] = list(context["book_list"])
        return context


class AsyncBooks(ListView):
    model = Book

    async def aget_queryset(self):
        note("aget_queryset")
        return (await super().aget_queryset()).filter(title__gte="Book 6")

    async def aget_context_data(self, **kwargs: Any):
        note("aget_context_data")
        return await super().aget_context_data(**kwargs, more=await Book.objects.acount())


class MixedBooks(ListView):
    """An async handler of its own, and a sync hook."""

    model = Book

    async def get(self, request, *args, **kwargs):
        note("get")
        response = await super().get(request, *args, **kwargs)
        response.headers["X-Colour"] = "async"
        return response

    def get_queryset(self):
        note("get_queryset")
        return super().get_queryset().filter(title__gte="Book 6")


class BookDetail(DetailView):
    model = Book


class BookByIsbn(DetailView):
    model = Book
    slug_field = "isbn"
    slug_url_kwarg = "isbn"


class LoadedDetail(DetailView):
    queryset = Book.objects.select_related("author")

    def get_object(self, queryset=None):
        book = super().get_object(queryset)
        book.title = book.title.upper()
        return book


class AuthorCreate(CreateView):
    model = Author
    fields = ["name", "email"]
    success_url = "/authors/{id}/"


class StampedCreate(AuthorCreate):
    def form_valid(self, form):
        note("form_valid")
        form.instance.name = form.instance.name.upper()
        return super().form_valid(form)


class AsyncStampedCreate(AuthorCreate):
    async def aform_valid(self, form):
        note("aform_valid")
        form.instance.name = form.instance.name.upper()
        return await super().aform_valid(form)


class RacingCreate(AuthorCreate):
    """Somebody else takes the address between the check and the save."""

    async def aform_valid(self, form):
        await Author.objects.acreate(name="Faster", email=form.cleaned_data["email"])
        return await super().aform_valid(form)


class AuthorUpdate(UpdateView):
    model = Author
    fields = ["name", "email"]
    success_url = "/authors/{id}/"


class BookDelete(DeleteView):
    model = Book
    success_url = "/books/?gone={title}"


class ContactForm(forms.Form):
    text = forms.CharField(max_length=5)

    async def aclean(self):
        return {**self.cleaned_data, "books": await Book.objects.acount()}


class Contact(FormView):
    form_class = ContactForm
    template_name = "contact.html"
    success_url = "/thanks/"
    initial = {"text": "Hi"}
