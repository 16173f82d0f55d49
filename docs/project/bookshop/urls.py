"""URLs of the project that the examples run in."""

from shop import views

from gallery import views as gallery
from manoir.urls import include, path
from manoir.views import media_urls

urlpatterns = [
    path("books/", views.book_list, name="books"),
    path("books/<int:pk>/", views.book_detail, name="book"),
    path("books/add/", views.book_add, name="book-add"),
    path("authors/", views.AuthorList.as_view(), name="authors"),
    path("photos/add/", gallery.photo_add, name="photo-add"),
    path("photos/<int:pk>/", gallery.photo, name="photo"),
    *media_urls(),
    path("accounts/", include("manoir.auth.urls")),
    path("accounts/", include("manoir.auth.signup_urls")),
]
