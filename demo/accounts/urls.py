"""URLs of people."""

from accounts import views
from manoir.urls import include, path

urlpatterns = [
    path("", views.profile, name="profile"),
    path("favourites/", views.keep, name="keep"),
    path("favourites/<int:pk>/forget/", views.forget, name="forget"),
    path("", include("manoir.auth.urls")),
    path("", include("manoir.auth.signup_urls")),
]
