"""URLs of the project that the examples run in."""

from shop import views

from gallery import views as gallery
from manoir import admin
from manoir.rest import AllowAny, get_schema_view
from manoir.urls import include, path
from manoir.views import media_urls

urlpatterns = [
    path("admin/", admin.site.urls),
    path("books/", views.book_list, name="books"),
    path("books/<int:pk>/", views.book_detail, name="book"),
    path("books/add/", views.book_add, name="book-add"),
    path("authors/", views.AuthorList.as_view(), name="authors"),
    path("photos/add/", gallery.photo_add, name="photo-add"),
    path("photos/<int:pk>/", gallery.photo, name="photo"),
    path("api/docs/", get_schema_view(title="Bookshop", permission_classes=[AllowAny], public=True), name="api-docs"),
    path("api/", include("shop.api")),
    *media_urls(),
    path("accounts/", include("manoir.auth.urls")),
    path("accounts/", include("manoir.auth.signup_urls")),
]
