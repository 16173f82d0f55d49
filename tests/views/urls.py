"""The URLs of the site under test."""

from __future__ import annotations

from manoir.urls import path
from tests.views import site

urlpatterns = [
    path("plain/", site.Plain.as_view()),
    path("plain/<int:pk>/", site.Plain.as_view()),
    path("async/", site.Async.as_view()),
    path("page/<slug:slug>/", site.Page.as_view(), name="page"),
    path("page-of-pattern/", site.Page.as_view(extra_context={"title": "Given"})),
    path("old/<slug:slug>/", site.OldPage.as_view()),
    path("named/<slug:slug>/", site.NamedPage.as_view()),
    path("gone/", site.Gone.as_view()),
    path("any/<path:path>", site.Anywhere.as_view()),
    path("books/", site.BookList.as_view()),
    path("books/paged/", site.PagedBooks.as_view()),
    path("books/paged/<int:page>/", site.PagedBooks.as_view()),
    path("books/none/", site.NoBooks.as_view()),
    path("books/sync/", site.SyncBooks.as_view()),
    path("books/async/", site.AsyncBooks.as_view()),
    path("books/mixed/", site.MixedBooks.as_view()),
    path("books/<str:pk>/", site.BookDetail.as_view()),
    path("loaded/<int:pk>/", site.LoadedDetail.as_view()),
    path("isbn/<str:isbn>/", site.BookByIsbn.as_view()),
    path("nothing/", site.BookDetail.as_view()),
    path("books/<int:pk>/delete/", site.BookDelete.as_view()),
    path("authors/new/", site.AuthorCreate.as_view()),
    path("authors/new/sync/", site.StampedCreate.as_view()),
    path("authors/new/async/", site.AsyncStampedCreate.as_view()),
    path("authors/new/racing/", site.RacingCreate.as_view()),
    path("authors/<int:pk>/edit/", site.AuthorUpdate.as_view()),
    path("contact/", site.Contact.as_view()),
]
