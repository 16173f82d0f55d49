"""URLs of the project that the examples run in."""

from shop import views

from manoir.urls import path

urlpatterns = [
    path("books/", views.book_list, name="books"),
    path("books/<int:pk>/", views.book_detail, name="book"),
    path("books/add/", views.book_add, name="book-add"),
    path("authors/", views.AuthorList.as_view(), name="authors"),
]
