"""URLs of Atlas: the world, and the people who look at it."""

from manoir.urls import include, path

urlpatterns = [
    path("", include("world.urls")),
    path("account/", include("accounts.urls")),
]
