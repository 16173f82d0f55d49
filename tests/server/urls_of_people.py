"""URLs of a project that has no view of its own yet."""

from manoir.urls import include, path

urlpatterns = [path("accounts/", include("manoir.auth.urls"))]
