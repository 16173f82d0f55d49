"""A view of each colour that uses the shortcuts."""

from __future__ import annotations

from manoir.shortcuts import aget_object_or_404, arender, get_object_or_404, redirect, render
from manoir.urls import path
from tests.library.models import Book


def sync_list(request):
    return render(request, "books.html", {"books": Book.objects.all()}, status=201, content_type="text/plain")


async def async_list(request):
    return render(request, "books.html", {"books": Book.objects.all()}, status=201, content_type="text/plain")


async def early_list(request):
    response = await arender(request, "books.html", {"books": Book.objects.all()})
    response.headers["X-Length"] = str(len(response.content))
    return response


def sync_book(request, pk):
    get_object_or_404(Book, pk=pk)
    return redirect("book-async", pk=pk)


async def async_book(request, pk):
    await aget_object_or_404(Book.objects.filter(price=0), pk=pk)
    return redirect(sync_book, pk, permanent=True)


urlpatterns = [
    path("sync/", sync_list),
    path("async/", async_list),
    path("early/", early_list),
    path("sync/<int:pk>/", sync_book),
    path("async/<int:pk>/", async_book, name="book-async"),
]
